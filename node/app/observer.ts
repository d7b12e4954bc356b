import type { Observer } from "../../core/ports/observer.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import { createObserver } from "../observe/observer.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { createReadGuard } from "../sources/read-guard.ts";
import { bindFeeds, loadFetcher, type LoadedFetcher, requireDeclaredSources, requireFuelRules } from "./fetchers.ts";
import { startGuestHost } from "./guest-host.ts";
import type { Membership, Platform } from "./platform.ts";
import { openRecordings, type Recordings } from "./recording/recordings.ts";

/** Starts the sandbox, admits every configured fetcher and binds the committee's feeds to them. */
export async function startObserver(
  platform: Platform,
  { chain, self }: Membership,
  tracer: Tracer,
): Promise<Observer> {
  const { config, clock, log, meter, lifecycle, configReads } = platform;
  requireFuelRules(chain.configuration);
  const sandbox = await createSandbox(config.sandbox, { log, meter, tracer });
  lifecycle.onStop("sandbox", () => sandbox.stop());
  const fetchers: LoadedFetcher[] = [];
  const guard = createReadGuard({}, { clock, log, meter, tracer });
  const { sources, publishers: trust } = config;
  for (const manifestFile of config.modules)
    fetchers.push(await loadFetcher({ manifestFile, sources, trust }, { sandbox, clock, meter, configReads, guard }));
  requireDeclaredSources(config.sources, fetchers);
  const guests = await startGuestHost(platform, { sandbox, fetchers });
  const recordings = await startRecordings(platform, fetchers);
  const { configuration, digest: configDigest } = chain;
  return createObserver(
    { feeds: bindFeeds(configuration, fetchers), lanes: configuration.lanes, configDigest, member: self },
    { sandbox: guests, clock, log, meter, tracer, ...recordings },
  );
}

/** Only where the configuration names a folder for them. */
async function startRecordings(
  { config, log, meter, lifecycle }: Platform,
  fetchers: readonly LoadedFetcher[],
): Promise<Pick<Recordings, "observe"> | object> {
  if (config.recordings === undefined) return {};
  const terms = new Map(fetchers.map((fetcher) => [fetcher.module, fetcher.terms]));
  const recordings = await openRecordings(config.recordings, { log, meter, terms });
  lifecycle.onStop("recordings", () => recordings.stop());
  return { observe: recordings.observe };
}
