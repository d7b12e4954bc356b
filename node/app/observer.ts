import type { Observer } from "../../core/ports/observer.ts";
import { createObserver } from "../observe/observer.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { bindFeeds, loadFetcher, type LoadedFetcher, requireDeclaredSources, requireFuelRules } from "./fetchers.ts";
import type { Membership, Platform } from "./platform.ts";

/** Starts the sandbox, admits every configured fetcher and binds the committee's feeds to them. */
export async function startObserver(
  { config, clock, log, meter, lifecycle }: Platform,
  { chain, self }: Membership,
): Promise<Observer> {
  requireFuelRules(chain.configuration);
  const sandbox = await createSandbox({}, { log, meter });
  lifecycle.onStop("sandbox", () => sandbox.stop());
  const fetchers: LoadedFetcher[] = [];
  for (const manifest of config.modules)
    fetchers.push(await loadFetcher(manifest, config.sources, { sandbox, clock, meter }));
  requireDeclaredSources(config.sources, fetchers);
  const { configuration, digest: configDigest } = chain;
  return createObserver(
    { feeds: bindFeeds(configuration, fetchers), lanes: configuration.lanes, configDigest, member: self },
    { sandbox, clock, log, meter },
  );
}
