import type { Hex } from "../../../../core/types/hex.ts";

/** What the storing child writes, and its parent looks for. */
export const STORING_MODULE: Hex = `0x${"07".repeat(32)}`;
export const KEYS = 6;
/** Does not compress, so that a life of some milliseconds fills segments. */
export const VALUE_BYTES = 7_000;
