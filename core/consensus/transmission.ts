import type { Hex } from "../types/hex.ts";
import { keyedPermutation } from "./permutation.ts";

export interface StageOptions {
  readonly n: number;
  readonly configDigest: Hex;
  readonly sequence: bigint;
  readonly member: number;
}

function stageOf(purpose: string, { n, configDigest, sequence, member }: StageOptions): number {
  return keyedPermutation(n, { purpose, configDigest, counter: sequence }).indexOf(member);
}

/** A member's turn to send a final report to the chain: stage i waits i·DeltaStage and looks whether it is still needed. */
export function transmissionStage(options: StageOptions): number {
  return stageOf("quorate.transmission.v1", options);
}

/** A member's turn to prove a transmitted report: an order of its own, so that proving does not fall to the transmitter. */
export function provingStage(options: StageOptions): number {
  return stageOf("quorate.proving.v1", options);
}
