import type { Counter } from "../../core/ports/meter.ts";
import type { ModuleStorage, StorageEntry } from "../../core/ports/module-storage.ts";
import type { GuestCall, HostCapability, Sandbox } from "../../core/ports/sandbox.ts";
import type { Hex } from "../../core/types/hex.ts";
import { GuestLogs, type GuestLogsDeps } from "./guest-logs.ts";
import { GuestMetrics } from "./guest-metrics.ts";

export interface HostedModule {
  /** Digest of an admitted module. */
  readonly module: Hex;
  /** Label of metrics and logs. */
  readonly name: string;
  readonly host: readonly HostCapability[];
}

export interface GuestHostOptions {
  readonly modules: readonly HostedModule[];
}

export interface GuestHostDeps extends GuestLogsDeps {
  readonly sandbox: Pick<Sandbox, "call">;
  /** Needed where a module asks for storage. */
  readonly storage?: Pick<ModuleStorage, "snapshot" | "apply">;
}

/**
 * A sandbox whose modules have what their manifests ask for: their log lines and measurements are passed on, bounded, and
 * what they store is kept.
 *
 * A phase sees its module's storage as it was when the phase began, and nothing that others write meanwhile. What it wrote
 * is stored when it succeeded, all or nothing, before its result is handed on, so that a feed's second phase sees what its
 * first wrote. Where phases of several feeds of one module overlap, the last that ends wins, key by key: a counter over
 * feeds needs a key per feed. A disk that takes no writes fails no phase; it is logged and counted.
 */
export function createGuestHost({ modules }: GuestHostOptions, deps: GuestHostDeps): Pick<Sandbox, "call"> {
  const hosted = new Map(modules.map((entry) => [entry.module, entry]));
  const logs = new GuestLogs(deps);
  const metrics = new GuestMetrics(deps);
  const { sandbox, storage } = deps;
  const lost = deps.meter.counter({
    name: "wasm_storage_lost_writes_total",
    help: "Phases whose writes could not be stored.",
    labels: ["module"],
  });
  return {
    async call(call) {
      const module = hosted.get(call.module);
      if (module === undefined) return sandbox.call(call);
      const stored = module.host.includes("storage") ? { storage: storage?.snapshot(call.module) ?? [] } : {};
      const result = await sandbox.call({ ...call, ...stored });
      const { effects } = result;
      if (effects === undefined) return result;
      logs.write(effects, { module: module.name, feed: call.feed, phase: call.phase, traceId: call.traceId });
      metrics.record(effects, module.name);
      await store({ call, module, writes: effects.writes }, { ...deps, lost });
      return result;
    },
  };
}

interface Stored {
  readonly call: GuestCall;
  readonly module: HostedModule;
  readonly writes: readonly StorageEntry[];
}

async function store(
  { call, module: { name }, writes }: Stored,
  { storage, log, lost }: GuestHostDeps & { readonly lost: Counter },
): Promise<void> {
  if (writes.length === 0 || storage === undefined) return;
  try {
    await storage.apply(call.module, writes);
  } catch (error) {
    lost.add(1, { module: name });
    log.error({ module: name, feed: call.feed, phase: call.phase, error }, "what a module wrote was not stored");
  }
}
