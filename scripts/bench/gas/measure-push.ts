import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { id, keccak256, AbiCoder } from "ethers";
import { packWords, quantise, type LaneBits } from "../../../core/codec/packed-lanes.ts";
import { reportDigest } from "../../../core/codec/report.ts";
import { packLaneUpdate, packPackedUpdate, packSignedClaim } from "../../../core/codec/report-update.ts";
import { keccak256 as hash } from "../../../core/crypto/keccak.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";
import { type GasNetwork, gasOf, nextValues, signLanes, type SignedLanes } from "./gas-network.ts";

/** Updates before the first that is measured: a feed's first one writes an empty slot. */
export const FIRST_UPDATES = 2;
/** Seconds that a pulled report may be old. */
const MAX_AGE = 60;

/** Gas of pushes that store all feeds, with new values and times each; the first ones are left out. */
export function measurePush(network: GasNetwork, runs: number, context: BenchContext): Promise<number[]> {
  const update = async (round: number) => packStored(network, await signLanes(network, round));
  return measureUpdates(network, { runs, update }, context);
}

/** The same at a packed hub, whose reports are stored whole. */
export function measurePackedPush(
  network: GasNetwork,
  { runs, bits }: { readonly runs: number; readonly bits: LaneBits },
  context: BenchContext,
): Promise<number[]> {
  return measureUpdates(network, { runs, update: (round) => signPacked(network, { round, bits }) }, context);
}

async function measureUpdates(
  { hub }: GasNetwork,
  { runs, update }: { readonly runs: number; readonly update: (round: number) => Promise<Hex> },
  { signal }: BenchContext,
): Promise<number[]> {
  const used: number[] = [];
  for (let round = 1; round <= FIRST_UPDATES + runs; round++) {
    requireUnstopped(signal);
    used.push(await gasOf(await hub.getFunction("transmit").send(await update(round))));
  }
  return used.slice(FIRST_UPDATES);
}

/** With all feeds to be stored. */
function packStored({ committee }: GasNetwork, { report, values, signatures }: SignedLanes): Hex {
  const padded = Array.from({ length: committee.configuration.lanes }, (_, lane) => values[lane]);
  return packLaneUpdate({ report, values: padded, signatures }, [...values.keys()]);
}

async function signPacked(network: GasNetwork, { round, bits }: { round: number; bits: LaneBits }): Promise<Hex> {
  const { committee, configDigest, domain } = network;
  const values = await nextValues(network, round);
  const words = packWords(
    values.map((value) => quantise(value, bits)),
    bits,
  );
  const report = {
    ...{ configDigest, sequence: sequenceOf({ configIndex: committee.configuration.index, epoch: 1, round }) },
    observedAt: await network.connection.networkHelpers.time.latest(),
    // The hub takes the root's word: of the same length whatever its leaves are.
    ...{ feedsRoot: id(`packed root ${round}`) as Hex, valuesHash: hash(words) },
  };
  return packPackedUpdate({ report, words, signatures: committee.sign(reportDigest(report, domain)) });
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
    const { report, values } = await signLanes(network, round);
    const leaves = Array.from({ length: 2 ** depth }, (_, lane) => ({
      feedId: id(`pulled feed ${lane}`) as Hex,
      value: (values[0] ?? 0n) + BigInt(lane),
    }));
    const tree = SimpleMerkleTree.of(
      leaves.map(({ feedId, value }) => leafHash(feedId, value, report.observedAt)),
      { sortLeaves: false },
    );
    const wide = { ...report, feedsRoot: tree.root as Hex };
    const signatures = network.committee.sign(reportDigest(wide, network.domain));
    const chosen = leaves.length >> 1;
    const { feedId, value } = leaves[chosen] ?? { feedId: "0x", value: 0n };
    const claim = packSignedClaim({ report: wide, signatures }, [{ value, path: tree.getProof(chosen) as Hex[] }]);
    used.push(await pull(network, [feedId, wide.sequence, MAX_AGE, claim]));
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
