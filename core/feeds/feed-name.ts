import type { Hex } from "../types/hex.ts";

/**
 * What a feed's id reads as: printable ASCII, filled up with zero bytes on the right. Undefined for any other id, so that nothing
 * comes out that a terminal would obey. @param id bytes32.
 */
export function feedName(id: Hex): string | undefined {
  const digits = id.slice(2).replace(/(00)+$/, "");
  const bytes = digits.match(/../g) ?? [];
  const isPrintable = bytes.length > 0 && bytes.every((byte) => byte >= "20" && byte <= "7e");
  return isPrintable ? String.fromCharCode(...bytes.map((byte) => parseInt(byte, 16))) : undefined;
}
