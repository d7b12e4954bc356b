import { isStorageKey, StorageSpace } from "../../../core/ports/storage-space.ts";
import { MAX_KEYS, type StorageEntry, type StorageSnapshot } from "../../../core/ports/module-storage.ts";

/** Absent keys that are recorded. A key that is not among the reads was absent, so a replay needs none of them. */
const MAX_ABSENT_READS = MAX_KEYS;

/**
 * One phase's view of its module's storage: a snapshot, and the phase's own writes over it.
 *
 * What a phase sees is part of its inputs, so everything that decides an answer is recorded: the first read of each key, and
 * the whole snapshot once a write was refused because the space is full. A snapshot made of the recorded reads alone
 * therefore gives every answer again: what succeeded over more keys succeeds over fewer.
 */
export class StorageView {
  readonly #before: ReadonlyMap<string, Uint8Array>;
  readonly #space: StorageSpace;
  readonly #reads = new Map<string, Uint8Array | undefined>();
  readonly #writes = new Map<string, Uint8Array | undefined>();
  #absentReads = 0;
  #allRecorded = false;

  constructor(snapshot: StorageSnapshot) {
    this.#before = new Map(snapshot);
    this.#space = new StorageSpace(snapshot);
  }

  /** The phase's own last write, else what the snapshot has. */
  read(key: string): Uint8Array | undefined {
    if (!isStorageKey(key)) return undefined;
    if (!this.#writes.has(key)) this.#record(key);
    return this.#space.get(key);
  }

  /** @returns false where a bound would be passed; nothing is written then. */
  set(key: string, value: Uint8Array): boolean {
    const refusal = this.#space.set(key, value);
    if (refusal === undefined) this.#writes.set(key, value);
    if (refusal === "too-many-keys" || refusal === "module-full") this.#recordAll();
    return refusal === undefined;
  }

  /** @returns whether there was a value. */
  delete(key: string): boolean {
    if (!isStorageKey(key)) return false;
    // Even where the phase has written the key itself, the snapshot decides whether a write is left to be done.
    this.#record(key);
    const existed = this.#space.delete(key);
    if (this.#before.has(key)) this.#writes.set(key, undefined);
    // Written and deleted by this phase alone: as if it had never been, so that tombstones are bounded by the snapshot.
    else this.#writes.delete(key);
    return existed;
  }

  reads(): readonly StorageEntry[] {
    return entriesOf(this.#reads);
  }

  writes(): readonly StorageEntry[] {
    return entriesOf(this.#writes);
  }

  #record(key: string): void {
    if (this.#reads.has(key)) return;
    const value = this.#before.get(key);
    if (value === undefined && ++this.#absentReads > MAX_ABSENT_READS) return;
    this.#reads.set(key, value);
  }

  /** Once per phase: a guest may be refused as often as it likes, at the price of a call. */
  #recordAll(): void {
    if (this.#allRecorded) return;
    this.#allRecorded = true;
    for (const key of [...this.#before.keys()].sort()) this.#record(key);
  }
}

function entriesOf(map: ReadonlyMap<string, Uint8Array | undefined>): readonly StorageEntry[] {
  return [...map].map(([key, value]) => ({ key, value }));
}
