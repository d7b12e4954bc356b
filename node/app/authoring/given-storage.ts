import type { ModuleStorage, StorageSnapshot } from "../../../core/ports/module-storage.ts";
import type { Sandbox } from "../../../core/ports/sandbox.ts";

type Calls = Pick<Sandbox, "call">;
type Storage = Pick<ModuleStorage, "snapshot" | "apply">;

/** Gives modules a storage, as a node does: each phase sees what the one before wrote. */
export function givenStorage(sandbox: Calls, storage: Storage): Calls {
  return {
    async call(call) {
      const result = await sandbox.call({ ...call, storage: storage.snapshot(call.module) });
      const writes = result.effects?.writes ?? [];
      if (writes.length > 0) await storage.apply(call.module, writes);
      return result;
    },
  };
}

/** A storage that lasts as long as a test, of one module. */
export function memoryStorage(before: StorageSnapshot): Storage {
  const stored = new Map(before);
  return {
    snapshot: () => [...stored],
    apply(_module, writes) {
      for (const { key, value } of writes) {
        if (value === undefined) stored.delete(key);
        else stored.set(key, value);
      }
      return Promise.resolve();
    },
  };
}
