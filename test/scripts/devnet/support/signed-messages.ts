import { id } from "ethers";
import { encodeMessage } from "../../../../core/consensus/wire.ts";
import type { BindingRecord } from "../../../../core/ports/protocol-store.ts";
import type { FinalReport } from "../../../../core/types/final.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import type { AttributedObservation, SignedObservation } from "../../../../core/types/observation.ts";
import type { Report } from "../../../../core/types/report.ts";

export const SIGNATURE: Hex = `0x${"07".repeat(64)}`;
/** Of the committee that these messages are of. */
export interface Shape {
  readonly configDigest: Hex;
  readonly lanes: number;
}

/** An observation whose lanes all hold one value. The signature fits nothing: no audit here looks at it. */
export function observationOf({ lanes }: Shape, sequence: bigint, value: bigint): SignedObservation {
  const feeds = { mask: 2 ** lanes - 1, values: Array.from({ length: lanes }, () => value) };
  return {
    observation: { sequence, feeds, timestamp: 1, inputsDigest: id("inputs") as Hex, fuel: 0n },
    signature: { r8: { x: 1n, y: 2n }, s: 3n },
  };
}

export function reportOf({ configDigest }: Shape, sequence: bigint, text: string): Report {
  const hash = id(text) as Hex;
  return { configDigest, sequence, observedAt: 1, feedsRoot: hash, valuesHash: hash };
}

/** A final with three observers and two signers. */
export function finalOf(
  shape: Shape,
  sequence: bigint,
  {
    text = "report",
    signers = [0, 1],
    value = 1n,
  }: { text?: string; signers?: readonly number[]; value?: bigint } = {},
): FinalReport {
  const observations = [0, 1, 2].map((observer) => ({ observer, ...observationOf(shape, sequence, value) }));
  return {
    report: reportOf(shape, sequence, text),
    digest: id(`digest of ${text}`) as Hex,
    feeds: observations[0]!.observation.feeds,
    observations,
    signatures: signers.map((signer) => ({ signer, signature: SIGNATURE })),
  };
}

export const bindings = {
  observation: (shape: Shape, sequence: bigint, value: bigint): BindingRecord => ({
    ...{ kind: "observation", sequence },
    bytes: encodeMessage({ kind: "observation", ...observationOf(shape, sequence, value) }),
  }),
  proposal: (sequence: bigint, observations: readonly AttributedObservation[]): BindingRecord => ({
    ...{ kind: "proposal", sequence },
    bytes: encodeMessage({ kind: "proposal", sequence, observations, signature: SIGNATURE }),
  }),
  prepare(sequence: bigint, observationsHash: Hex): BindingRecord {
    const answer = { digest: id("report") as Hex, observationsHash, proposalSignature: SIGNATURE };
    return { kind: "prepare", sequence, bytes: encodeMessage({ kind: "prepare", sequence, ...answer }) };
  },
  signature: (shape: Shape, sequence: bigint, text: string): BindingRecord => ({
    ...{ kind: "signature", sequence },
    bytes: encodeMessage({ kind: "signature", report: reportOf(shape, sequence, text), signature: SIGNATURE }),
  }),
};
