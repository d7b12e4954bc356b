import { AbiCoder, concat, keccak256 } from "ethers";

/** A feed's leaf as OpenZeppelin's StandardMerkleTree hashes it. */
export function leafHash(feedId: string, value: bigint, observedAt: number): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["bytes32", "int96", "uint32"], [feedId, value, observedAt]);
  return keccak256(keccak256(encoded));
}

/** Where a path leads from a leaf: the lower of each two hashes comes first. */
export function pathRoot(path: readonly string[], leaf: string): string {
  return path.reduce((hash, sibling) => keccak256(concat(hash < sibling ? [hash, sibling] : [sibling, hash])), leaf);
}
