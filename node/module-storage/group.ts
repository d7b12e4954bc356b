import type { StorageEntry } from "../../core/ports/module-storage.ts";
import { storageBoundError, StorageSpace } from "../../core/ports/storage-space.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type Batch, encodeBatch } from "./batch.ts";
import { storageFull } from "./errors.ts";
import { MAX_PAYLOAD_BYTES } from "./layout.ts";
import type { SpaceIndex } from "./space-index.ts";

/** One `apply` that waits for the disk. */
export interface Waiting {
  readonly module: Hex;
  readonly writes: readonly StorageEntry[];
  resolve(): void;
  reject(error: Error): void;
}

export interface GroupDeps {
  /** What is on the disk. */
  readonly index: SpaceIndex;
  readonly maxModules: number;
}

/** Calls that go to the disk together, in their order, under one checksum. */
export class Group {
  readonly calls: Waiting[] = [];
  readonly batches: Batch[] = [];
  readonly #encoded: Uint8Array[] = [];
  readonly #staged = new Map<Hex, StorageSpace>();
  readonly #deps: GroupDeps;
  #room = MAX_PAYLOAD_BYTES;

  /** Takes as many calls off the queue as fit into one frame. Those beyond their bounds are rejected here. */
  static take(waiting: Waiting[], deps: GroupDeps): Group {
    const group = new Group(deps);
    for (let call = waiting[0]; call !== undefined && group.#takes(call); call = waiting[0]) waiting.shift();
    return group;
  }

  constructor(deps: GroupDeps) {
    this.#deps = deps;
  }

  /** Empty where no call changes anything. */
  get payload(): Uint8Array {
    return Buffer.concat(this.#encoded);
  }

  /** @returns false where there is no room left. */
  #takes(call: Waiting): boolean {
    const { module } = call;
    const before = this.#staged.get(module) ?? new StorageSpace(this.#deps.index.snapshot(module));
    const after = before.with(call.writes);
    if (typeof after === "string" || this.#isOneTooMany(module, after)) {
      call.reject(typeof after === "string" ? storageBoundError(module, after) : storageFull(this.#deps.maxModules));
      return true;
    }
    const batch = { module, writes: changes(before, call.writes) };
    const encoded = batch.writes.length === 0 ? undefined : encodeBatch(batch);
    if (encoded !== undefined && encoded.length > this.#room) return false;
    this.#staged.set(module, after);
    this.calls.push(call);
    if (encoded !== undefined) {
      this.#room -= encoded.length;
      this.batches.push(batch);
      this.#encoded.push(encoded);
    }
    return true;
  }

  #isOneTooMany(module: Hex, after: StorageSpace): boolean {
    const { index, maxModules } = this.#deps;
    if (after.keys === 0 || index.has(module)) return false;
    return new Set([...index.modules, ...this.#staged.keys(), module]).size > maxModules;
  }
}

/** The last write of each key that is not what the key has anyway: what need not be written spares the disk. */
function changes(before: StorageSpace, writes: readonly StorageEntry[]): readonly StorageEntry[] {
  const last = new Map(writes.map(({ key, value }) => [key, value]));
  return [...last]
    .filter(([key, value]) => {
      const known = before.get(key);
      return known === undefined || value === undefined ? known !== value : Buffer.compare(known, value) !== 0;
    })
    .map(([key, value]) => ({ key, value }));
}
