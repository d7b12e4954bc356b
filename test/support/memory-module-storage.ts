import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ModuleStorage } from "../../core/ports/module-storage.ts";
import { storageBoundError, StorageSpace } from "../../core/ports/storage-space.ts";
import type { Hex } from "../../core/types/hex.ts";

/** The port's in-memory twin: the same bounds, no disk. */
export function createMemoryModuleStorage(): ModuleStorage {
  const spaces = new Map<Hex, StorageSpace>();
  let closed = false;
  return {
    snapshot: (module) => spaces.get(module)?.snapshot() ?? [],
    async apply(module, writes) {
      if (closed) throw new QuorateError({ code: "storage-closed" }, "the storage is closed");
      const copies = writes.map(({ key, value }) => ({ key, value: value && new Uint8Array(value) }));
      await Promise.resolve();
      const after = (spaces.get(module) ?? new StorageSpace()).with(copies);
      if (typeof after === "string") throw storageBoundError(module, after);
      spaces.set(module, after);
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
