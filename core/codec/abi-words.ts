import type { Hex } from "../types/hex.ts";

/**
 * `abi.encode` of values of static types: one 32-byte word each. ethers' coder parses the types anew for every call, which
 * costs ten times as much, and a round encodes some hundred words.
 * @param values of numbers their value, negative ones in two's complement; of addresses the 20 bytes; of bytes32 all 32. Anything wider is cut.
 */
export function abiWords(values: readonly (bigint | number | Hex)[]): Hex {
  const words = values.map((value) => BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0"));
  return `0x${words.join("")}`;
}
