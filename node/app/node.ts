import { createJournal } from "../admin/journal.ts";
import { startAdmin } from "../admin/server.ts";
import { readHub } from "../chain/chain-reader.ts";
import { type CommitteeWatcher, startCommitteeWatcher } from "../chain/committee-watcher.ts";
import { connectChain } from "../chain/connect.ts";
import { createChainMetrics } from "../chain/metrics.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { createIdentity, type NodeIdentity } from "../keys/identity.ts";
import { readKeystore } from "../keys/keystore.ts";
import { databaseFile, openDatabase } from "../storage/database.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createPrometheusMeter } from "../telemetry/prometheus-meter.ts";
import { createCommittees } from "./committees.ts";
import type { CommitteeSupervisor } from "./committees/supervisor.ts";
import { createConfigReads } from "./config-reads.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createNodeView, type NodeView } from "./node-view.ts";
import type { NodeOverrides, Platform } from "./platform.ts";
import { type SharedParts, startSharedParts } from "./shared-parts.ts";
import { systemClock } from "./system-clock.ts";

export interface NodeOptions {
  readonly config: NodeConfig;
  /** Of the keystore. */
  readonly password: string;
  /** Milliseconds that reading the configuration took. */
  readonly configReadMs?: number;
  /** Abandons a start that still waits, e.g. for the chain. A running node is ended by its `stop`. */
  readonly signal?: AbortSignal;
}

export interface RunningNode {
  readonly adminUrl: string;
  readonly peerId: string;
  stop(): Promise<void>;
}

/**
 * The composition root: builds a node from its configuration, in order, and runs it until `stop`.
 * The admin interface comes first, so that an operator sees what a starting node waits for.
 */
export async function startNode(
  { config, password, configReadMs, signal }: NodeOptions,
  overrides: NodeOverrides = {},
): Promise<RunningNode> {
  const platform = createPlatform(config);
  const { lifecycle, log } = platform;
  if (configReadMs !== undefined) platform.configReads.took("node", configReadMs);
  signal?.addEventListener("abort", () => lifecycle.abort(), { once: true });
  try {
    const identity = await createIdentity(await readKeystore(config.keystore, { password }));
    const view = createNodeView({ config, identity });
    const adminUrl = await startAdminInterface(platform, view);
    const shared = await startParts(platform, identity, { view, overrides });
    const committees = createCommittees(platform, shared);
    const watcher = watchRegistry(platform, shared, committees);
    view.show({ ...shared, committees, watcher });
    await firstWord(committees, lifecycle.signal);
    view.enter("running");
    log.info({ admin: adminUrl, peerId: identity.peerId, signer: identity.member.signer }, "node started");
    return { adminUrl, peerId: identity.peerId, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

function createPlatform(config: NodeConfig): Platform {
  const log = createLogger({ level: config.log.level, fields: { node: config.name } });
  const clock = systemClock;
  const meter = createPrometheusMeter();
  return {
    config,
    clock,
    log,
    meter,
    configReads: createConfigReads({}, { clock, log, meter }),
    journal: createJournal({ clock }),
    lifecycle: createLifecycle({ log }),
  };
}

async function startAdminInterface({ config, journal, meter, lifecycle }: Platform, view: NodeView): Promise<string> {
  const admin = await startAdmin(config.admin, { journal, metrics: meter, ...view });
  lifecycle.onStop("admin", () => admin.stop());
  return admin.url;
}

interface StartPartsInput {
  readonly view: NodeView;
  readonly overrides: NodeOverrides;
}

async function startParts(
  platform: Platform,
  identity: NodeIdentity,
  { view, overrides }: StartPartsInput,
): Promise<SharedParts> {
  const { config, clock, log, meter, lifecycle } = platform;
  const database = openDatabase(databaseFile(config.dataDirectory));
  lifecycle.onStop("database", () => database.close());
  const chainMetrics = createChainMetrics(meter);
  const connection = await connectChain(
    { ...config.chain, signal: lifecycle.signal },
    { clock, log, metrics: chainMetrics },
  );
  lifecycle.onStop("chain", () => connection.stop());
  const hub = await readHub(config.chain, connection);
  view.enter("starting the fetchers");
  return startSharedParts(platform, { identity, database, connection, chainMetrics, hub, overrides });
}

/** From here on the node takes part in whatever the registry says. */
function watchRegistry(
  { config, clock, log, lifecycle }: Platform,
  { registry, hub, connection, memory }: SharedParts,
  committees: CommitteeSupervisor,
): CommitteeWatcher {
  const watcher = startCommitteeWatcher(
    { registry, hub, pollMs: config.chain.pollMs, known: memory.known() },
    { provider: connection.provider, clock, log, events: committees },
  );
  lifecycle.onStop("committee watcher", () => watcher.stop());
  return watcher;
}

/** Resolves when the registry's first word was acted upon; rejects when the start is given up. */
async function firstWord(committees: CommitteeSupervisor, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([committees.started(), aborted]);
}
