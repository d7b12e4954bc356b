import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import type { Hex } from "../types/hex.ts";
import { lanesOf, laneValues, leafHashes, type ReportLeaves, unknownFeed } from "./report.ts";

/**
 * The Merkle path from the leaf of a present lane to `feedsRoot`, for the hub's `verify`. Throws as `feedsRoot`, or `unknown-feed`.
 * Apart from the report's own file: the tree's library is half of what a browser would load for it.
 */
export function feedLeafProof(leaves: ReportLeaves, lane: number): Hex[] {
  const position = lanesOf(leaves.feeds.mask).indexOf(lane);
  if (position < 0) throw unknownFeed(lane, leaves.feedIds.length);
  const hashes = leafHashes({ ...leaves, values: laneValues(leaves.feeds) });
  return SimpleMerkleTree.of(hashes, { sortLeaves: false }).getProof(position) as Hex[];
}
