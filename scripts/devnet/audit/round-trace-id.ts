import { dataSlice, solidityPackedKeccak256 } from "ethers";

/**
 * The W3C trace id under which the nodes read their sources in a round, 32 hexadecimal digits:
 * the first 16 bytes of keccak256(abi.encodePacked(bytes32 configDigest, uint64 sequence)).
 */
export function roundTraceId(configDigest: string, sequence: bigint): string {
  return dataSlice(solidityPackedKeccak256(["bytes32", "uint64"], [configDigest, sequence]), 0, 16).slice(2);
}
