import path from "node:path";
import type { Sandbox } from "../../core/ports/sandbox.ts";
import { createGuestHost } from "../host-functions/guest-host.ts";
import { openModuleStorage } from "../module-storage/module-storage.ts";
import type { LoadedFetcher } from "./fetchers.ts";
import type { Platform } from "./platform.ts";

export interface StartGuestHostDeps {
  readonly sandbox: Pick<Sandbox, "call">;
  readonly fetchers: readonly LoadedFetcher[];
}

/** Gives the fetchers' modules what their manifests ask for. Storage is opened, and takes room, only where one asks for it. */
export async function startGuestHost(
  { config, clock, log, meter, lifecycle }: Platform,
  { sandbox, fetchers }: StartGuestHostDeps,
): Promise<Pick<Sandbox, "call">> {
  const modules = fetchers.map(({ module, terms: { name, host } }) => ({ module, name, host }));
  const deps = { sandbox, clock, log, meter };
  if (!modules.some(({ host }) => host.includes("storage"))) return createGuestHost({ modules }, deps);
  const storage = await openModuleStorage(
    { folder: path.join(config.dataDirectory, "module-storage") },
    { log, meter },
  );
  lifecycle.onStop("module storage", () => storage.close());
  await storage.retain(modules.map(({ module }) => module));
  return createGuestHost({ modules }, { ...deps, storage });
}
