import { MAX_VALUE_BYTES } from "../../../core/ports/module-storage.ts";
import type { GuestLogLevel, HostCapability } from "../../../core/ports/sandbox.ts";
import type { GuestSession } from "../guest/session.ts";

/** The interface of `sdk/guest/wit/fetcher.wit`, under the one version that there is. */
const HOST_INTERFACE = "quorate:fetcher/host";
export const HOST_IMPORT = `${HOST_INTERFACE}@1.0.0`;

interface HostInterfaceFunction {
  /** As `component-types.ts` writes it. */
  readonly type: string;
  /** What the manifest has to ask for: the same as for the function that core modules import. */
  readonly capability: HostCapability;
}

export const HOST_FUNCTIONS: Readonly<Record<string, HostInterfaceFunction>> = {
  log: { capability: "log", type: "func(enum{debug, info, warn, error}, string)" },
  "counter-add": { capability: "metrics", type: "func(string, string, u64)" },
  "gauge-set": { capability: "metrics", type: "func(string, string, f64)" },
  "storage-get": { capability: "storage", type: "func(string) -> option<list<u8>>" },
  "storage-set": { capability: "storage", type: "func(string, list<u8>) -> bool" },
  "storage-delete": { capability: "storage", type: "func(string) -> bool" },
};

/**
 * The functions for one instance, over the same bounded collector as those that core modules import. Copying texts and
 * values out of the guest's memory was charged where it was done, so fuel depends on the arguments alone here too: reading a
 * value costs as much as the longest.
 */
export function hostImports(session: GuestSession) {
  const record = (kind: "counter" | "gauge") => (name: string, label: string, value: bigint | number) =>
    session.effects.metric({ kind, name, label, value: Number(value) });
  return {
    [HOST_INTERFACE]: {
      log: (level: GuestLogLevel, text: string) => session.effects.log(level, text),
      counterAdd: record("counter"),
      gaugeSet: record("gauge"),
      storageGet(key: string): Uint8Array | undefined {
        session.charge(MAX_VALUE_BYTES);
        return session.effects.read(key);
      },
      /** The value is a copy already. */
      storageSet: (key: string, value: Uint8Array) => session.effects.write(key, value),
      storageDelete: (key: string) => session.effects.write(key, undefined),
    },
  };
}
