import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { id, keccak256, AbiCoder } from "ethers";
import { reportDigest } from "../../../core/codec/report.ts";
import { packClaim, packUpdate } from "../../../core/codec/report-update.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";
import { type GasNetwork, signRound, type SignedRound } from "./gas-network.ts";

/** Updates before the first that is measured: a feed's first one writes an empty slot. */
export const FIRST_UPDATES = 2;
/** Seconds that a pulled report may be old. */
const MAX_AGE = 60;

/** Gas of pushes that store all feeds, with new values and times each; the first ones are left out. */
export async function measurePush(network: GasNetwork, runs: number, { signal }: BenchContext): Promise<number[]> {
  const used: number[] = [];
  for (let round = 1; round <= FIRST_UPDATES + runs; round++) {
    requireUnstopped(signal);
    const signed = await signRound(network, round);
    used.push(await transmit(network, signed, signed.feeds.mask));
  }
  return used.slice(FIRST_UPDATES);
}

/** @returns gas used. */
export async function transmit({ hub }: GasNetwork, signed: SignedRound, storeMask: number): Promise<number> {
  return gasOf(await hub.getFunction("transmit").send(packUpdate(signed, storeMask)));
}

/**
 * A whole pull, as a consumer's own transaction pays it: 21,000, calldata, f+1 signatures and a Merkle path of this depth. The
 * tree is that of a report with 2^depth feeds; the hub sees no more of it than the path.
 */
export async function measurePull(
  network: GasNetwork,
  { depth, runs, lastRound }: { readonly depth: number; readonly runs: number; readonly lastRound: number },
): Promise<number[]> {
  const used: number[] = [];
  for (let round = lastRound + 1; round <= lastRound + runs; round++) {
    const { report, feeds } = await signRound(network, round);
    const leaves = Array.from({ length: 2 ** depth }, (_, lane) => ({
      feedId: id(`pulled feed ${lane}`) as Hex,
      value: (feeds.values[0] ?? 0n) + BigInt(lane),
    }));
    const tree = SimpleMerkleTree.of(
      leaves.map(({ feedId, value }) => leafHash(feedId, value, report.observedAt)),
      { sortLeaves: false },
    );
    const wide = { ...report, feedsRoot: tree.root as Hex };
    const digest = reportDigest(wide, network.domain);
    const { f } = network.committee.configuration;
    const signatures = Array.from({ length: f + 1 }, (_, signer) => network.committee.signReport(signer, digest));
    const chosen = leaves.length >> 1;
    const { feedId, value } = leaves[chosen] ?? { feedId: "0x", value: 0n };
    const leaf = { value, path: tree.getProof(chosen) as Hex[] };
    used.push(await pull(network, [feedId, wide.sequence, MAX_AGE, packClaim({ report: wide, signatures }, [leaf])]));
  }
  return used;
}

function leafHash(feedId: Hex, value: bigint, observedAt: number): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["bytes32", "int96", "uint32"], [feedId, value, observedAt]);
  return keccak256(keccak256(encoded));
}

async function pull({ hub }: GasNetwork, claim: readonly unknown[]): Promise<number> {
  // A view too can be called by a transaction.
  const transaction = await hub.getFunction("verify").populateTransaction(...claim);
  const response = await hub.runner?.sendTransaction?.(transaction);
  if (response === undefined) throw new TypeError("the hub's runner is a signer");
  return gasOf(response);
}

export async function gasOf(response: { wait(): Promise<{ readonly gasUsed: bigint } | null> }): Promise<number> {
  const receipt = await response.wait();
  if (receipt === null) throw new TypeError("a simulated network mines at once");
  return Number(receipt.gasUsed);
}
