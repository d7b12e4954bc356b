import { createHash } from "node:crypto";
import type { Hex } from "../../../core/types/hex.ts";

/** sha256 of the original: a module's name everywhere. */
export function moduleDigest(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
