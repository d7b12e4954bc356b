import type { Hex } from "../types/hex.ts";

/** Bytes of a key; UTF-8 text without control characters. */
export const MAX_KEY_BYTES = 64;
export const MAX_VALUE_BYTES = 8 * 1024;
/** Keys and values of one module together. A snapshot of them goes with each of its calls. */
export const MAX_MODULE_BYTES = 64 * 1024;
export const MAX_KEYS = 256;

/** A key with its value; undefined says that there is none (a read), or that it goes (a write). */
export interface StorageEntry {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** What a module's storage holds. */
export type StorageSnapshot = readonly (readonly [key: string, value: Uint8Array])[];

/** Key-value storage of guest modules, one space per module: none sees another's. */
export interface ModuleStorage {
  snapshot(module: Hex): StorageSnapshot;
  /**
   * Takes all entries or none, and resolves when they are on the disk: from then on they survive a crash at any instant.
   * Calls take effect in their order. After a rejection nothing of this call is read; where the disk was the reason, a
   * restart may still find all of it.
   * @throws QuorateError<StorageBoundError> where the module's bounds would be passed.
   */
  apply(module: Hex, writes: readonly StorageEntry[]): Promise<void>;
  close(): Promise<void>;
}
