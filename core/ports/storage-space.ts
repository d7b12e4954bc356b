import { QuorateError } from "../errors/quorate-error.ts";
import type { Hex } from "../types/hex.ts";
import {
  MAX_KEY_BYTES,
  MAX_KEYS,
  MAX_MODULE_BYTES,
  MAX_VALUE_BYTES,
  type StorageEntry,
  type StorageSnapshot,
} from "./module-storage.ts";

/** Why a write is not taken. */
export type StorageRefusal = "key-invalid" | "value-too-large" | "too-many-keys" | "module-full";

export interface StorageBoundError {
  readonly code: "storage-bound";
  readonly module: Hex;
  readonly bound: StorageRefusal;
}

const BOUNDS: Readonly<Record<StorageRefusal, string>> = {
  "key-invalid": `a key is 1 to ${MAX_KEY_BYTES} bytes of text without control characters`,
  "value-too-large": `a value has at most ${MAX_VALUE_BYTES} bytes`,
  "too-many-keys": `a module has at most ${MAX_KEYS} keys: let it delete some`,
  "module-full": `a module has at most ${MAX_MODULE_BYTES} bytes of keys and values: let it delete some`,
};

/** What an adapter rejects a list of writes with. */
export function storageBoundError(module: Hex, bound: StorageRefusal): QuorateError<StorageBoundError> {
  const message = `nothing was stored for module ${module}: ${BOUNDS[bound]}`;
  return new QuorateError<StorageBoundError>({ code: "storage-bound", module, bound }, message);
}

/** The keys and values of one module, and the arithmetic of their bounds: the same for the guest, the disk and tests. */
export class StorageSpace {
  readonly #values: Map<string, Uint8Array>;
  #bytes = 0;

  constructor(entries: StorageSnapshot = []) {
    this.#values = new Map(entries);
    for (const [key, value] of this.#values) this.#bytes += entryBytes(key, value);
  }

  /** Bytes of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get keys(): number {
    return this.#values.size;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Keeps the value itself, not a copy. @returns why it is not taken; nothing has changed then. */
  set(key: string, value: Uint8Array): StorageRefusal | undefined {
    if (!isStorageKey(key)) return "key-invalid";
    if (value.length > MAX_VALUE_BYTES) return "value-too-large";
    const old = this.#values.get(key);
    if (old === undefined && this.#values.size >= MAX_KEYS) return "too-many-keys";
    const bytes = this.#bytes + entryBytes(key, value) - (old === undefined ? 0 : entryBytes(key, old));
    if (bytes > MAX_MODULE_BYTES) return "module-full";
    this.#values.set(key, value);
    this.#bytes = bytes;
    return undefined;
  }

  /** @returns whether there was a value. */
  delete(key: string): boolean {
    const old = this.#values.get(key);
    if (old !== undefined) this.#bytes -= entryBytes(key, old);
    return this.#values.delete(key);
  }

  /** This space after all the writes, of which the last of a key counts, or why one cannot be taken. This one stays as it is. */
  with(writes: readonly StorageEntry[]): StorageSpace | StorageRefusal {
    const space = new StorageSpace(this.snapshot());
    const last = new Map(writes.map(({ key, value }) => [key, value]));
    // What goes makes room first, wherever it stands in the list: only the outcome has to be within the bounds.
    for (const key of last.keys()) space.delete(key);
    for (const [key, value] of last) {
      const refusal = value === undefined ? undefined : space.set(key, value);
      if (refusal !== undefined) return refusal;
    }
    return space;
  }

  snapshot(): StorageSnapshot {
    return [...this.#values];
  }
}

/** 1 to 64 bytes of UTF-8 without control characters. */
export function isStorageKey(key: string): boolean {
  if (key === "" || key.length > MAX_KEY_BYTES || /[\x00-\x1f\x7f-\x9f]/.test(key)) return false;
  return key.isWellFormed() && utf8Length(key) <= MAX_KEY_BYTES;
}

function entryBytes(key: string, value: Uint8Array): number {
  return utf8Length(key) + value.length;
}

function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
