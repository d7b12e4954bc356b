import type { StorageEntry, StorageSnapshot } from "../../core/ports/module-storage.ts";
import { StorageSpace } from "../../core/ports/storage-space.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Batch } from "./batch.ts";

interface Stored {
  readonly value: Uint8Array;
  /** The segment that its newest record is in. */
  readonly segment: number;
}

/** All that is stored, in memory, and where on the disk it is. */
export class SpaceIndex {
  readonly #modules = new Map<Hex, Map<string, Stored>>();

  get modules(): readonly Hex[] {
    return [...this.#modules.keys()];
  }

  has(module: Hex): boolean {
    return this.#modules.has(module);
  }

  snapshot(module: Hex): StorageSnapshot {
    return Array.from(this.#modules.get(module) ?? [], ([key, { value }]) => [key, value]);
  }

  /** Takes what a segment has on the disk now. */
  put({ module, writes }: Batch, segment: number): void {
    const entries = this.#modules.get(module) ?? new Map<string, Stored>();
    for (const { key, value } of writes) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, { value, segment });
    }
    if (entries.size > 0) this.#modules.set(module, entries);
    else this.#modules.delete(module);
  }

  /** Forgets keys beyond the bounds, of which there are none unless a deletion was lost. @returns how many. */
  trim(): number {
    let trimmed = 0;
    for (const [module, entries] of this.#modules) {
      const space = new StorageSpace();
      for (const [key, { value }] of entries) {
        if (space.set(key, value) === undefined) continue;
        entries.delete(key);
        trimmed++;
      }
      if (entries.size === 0) this.#modules.delete(module);
    }
    return trimmed;
  }

  /** What would be lost with a segment. */
  within(segment: number): readonly Batch[] {
    return [...this.#modules]
      .map(([module, entries]) => ({ module, writes: entriesWithin(entries, segment) }))
      .filter(({ writes }) => writes.length > 0);
  }
}

function entriesWithin(entries: ReadonlyMap<string, Stored>, segment: number): readonly StorageEntry[] {
  return [...entries].filter(([, stored]) => stored.segment === segment).map(([key, { value }]) => ({ key, value }));
}
