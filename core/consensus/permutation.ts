import { AbiCoder, keccak256, toUtf8Bytes } from "ethers";
import type { Hex } from "../types/hex.ts";

/**
 * A permutation of 0…n−1 keyed by (purpose, configuration, counter): Fisher–Yates over keccak256 words.
 * Public and the same on every node. The modulo bias of a 256-bit word over n ≤ 31 is below 2⁻²⁵⁰.
 */
export function keyedPermutation(n: number, key: { purpose: string; configDigest: Hex; counter: bigint }): number[] {
  const seed = keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "bytes32", "uint64"],
      [keccak256(toUtf8Bytes(key.purpose)), key.configDigest, key.counter],
    ),
  );
  const order = Array.from({ length: n }, (_, index) => index);
  let word = BigInt(seed);
  for (let i = n - 1; i > 0; i--) {
    const j = Number(word % BigInt(i + 1));
    [order[i], order[j]] = [order[j] ?? j, order[i] ?? i];
    word = BigInt(keccak256(`0x${word.toString(16).padStart(64, "0")}`));
  }
  return order;
}

/** Blocks of epochs whose leaders are remembered: every message asks for one, and few are ever current. */
const MAX_KNOWN_BLOCKS = 64;
const knownBlocks = new Map<string, readonly number[]>();

/**
 * The leader of an epoch: each block of n consecutive epochs is led by every member once, in an order of its own,
 * so a faulty leader never repeats within a block.
 */
export function leaderOf(epoch: number, committee: { n: number; configDigest: Hex }): number {
  const block = leadersOf(Math.floor(epoch / committee.n), committee);
  return block[epoch % committee.n] ?? 0;
}

/** A pure function with a bounded memory. */
function leadersOf(block: number, { n, configDigest }: { n: number; configDigest: Hex }): readonly number[] {
  const name = `${configDigest} ${n} ${block}`;
  const known = knownBlocks.get(name);
  if (known !== undefined) return known;
  const leaders = keyedPermutation(n, { purpose: "quorate.leader.v1", configDigest, counter: BigInt(block) });
  if (knownBlocks.size >= MAX_KNOWN_BLOCKS) knownBlocks.clear();
  knownBlocks.set(name, leaders);
  return leaders;
}
