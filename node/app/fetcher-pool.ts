import type { Observer } from "../../core/ports/observer.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FeedBinding } from "../observe/observe-feed.ts";
import { isDevelopmentChain } from "../config/chain-config.ts";
import { createObserver } from "../observe/observer.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { createReadGuard } from "../sources/read-guard.ts";
import { bindFeeds, loadFetcher, type LoadedFetcher, requireDeclaredSources, requireFuelRules } from "./fetchers.ts";
import { startGuestHost } from "./guest-host.ts";
import type { Membership, Platform } from "./platform.ts";
import { openRecordings, type Recordings } from "./recording/recordings.ts";
import { requireSupported } from "./supported.ts";

/** The sandbox and every configured fetcher in it, for all committees of a node. */
export interface FetcherPool {
  /**
   * The fetcher of each feed, in lane order.
   * @throws QuorateError<FetcherError> if this node cannot serve the configuration: a feed without a fetcher, other fuel rules.
   */
  bind(configuration: Configuration): readonly FeedBinding[];
  /** @throws as `bind`. */
  observerFor(membership: Membership): Observer;
}

/** Starts the sandbox and admits every configured fetcher. */
export async function startFetcherPool(platform: Platform, tracer: Tracer): Promise<FetcherPool> {
  const { config, clock, log, meter, lifecycle, configReads } = platform;
  const sandbox = await createSandbox(config.sandbox, { log, meter, tracer });
  lifecycle.onStop("sandbox", () => sandbox.stop());
  const fetchers: LoadedFetcher[] = [];
  const guard = createReadGuard({}, { clock, log, meter, tracer });
  const { sources, publishers: trust } = config;
  const acceptForgeable = isDevelopmentChain(config.chain.chainId);
  for (const manifestFile of config.modules) {
    const options = { manifestFile, sources, trust, acceptForgeable };
    fetchers.push(await loadFetcher(options, { sandbox, clock, meter, configReads, guard }));
  }
  requireDeclaredSources(config.sources, fetchers);
  const guests = await startGuestHost(platform, { sandbox, fetchers });
  const recordings = await startRecordings(platform, fetchers);

  function bind(configuration: Configuration): readonly FeedBinding[] {
    requireSupported(configuration);
    requireFuelRules(configuration);
    return bindFeeds(configuration, fetchers);
  }

  return {
    bind,
    observerFor({ chain: { configuration, digest: configDigest }, self: member }) {
      const feeds = bind(configuration);
      return createObserver(
        { feeds, lanes: configuration.lanes, configDigest, member },
        { sandbox: guests, clock, log, meter, tracer, ...recordings },
      );
    },
  };
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
