import path from "node:path";
import { createJournal } from "../admin/journal.ts";
import { type AdminServer, startAdmin } from "../admin/server.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { createIdentity } from "../keys/identity.ts";
import { readKeystore } from "../keys/keystore.ts";
import { openDatabase } from "../storage/database.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createPrometheusMeter } from "../telemetry/prometheus-meter.ts";
import { createConfigReads } from "./config-reads.ts";
import { createLifecycle } from "./lifecycle.ts";
import { joinCommittee, type OracleOverrides, startOracle } from "./oracle.ts";
import type { OracleView, Platform } from "./platform.ts";
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

/** How far a starting node has come; read by the admin interface while the node still starts. */
interface Progress {
  phase: string;
  view: OracleView | undefined;
}

/**
 * The composition root: builds a node from its configuration, in order, and runs it until `stop`.
 * The admin interface comes first, so that an operator sees what a starting node waits for.
 */
export async function startNode(
  { config, password, configReadMs, signal }: NodeOptions,
  overrides: OracleOverrides = {},
): Promise<RunningNode> {
  const platform = createPlatform(config);
  const { lifecycle, log } = platform;
  if (configReadMs !== undefined) platform.configReads.took("node", configReadMs);
  const progress: Progress = { phase: "connecting to the chain", view: undefined };
  signal?.addEventListener("abort", () => lifecycle.abort(), { once: true });
  try {
    const identity = await createIdentity(await readKeystore(config.keystore, { password }));
    const database = openDatabase(path.join(config.dataDirectory, "quorate.db"));
    lifecycle.onStop("database", () => database.close());
    const admin = await startAdminInterface(platform, progress);
    const membership = await joinCommittee(platform, identity);
    progress.phase = "starting the oracle";
    progress.view = await startOracle(platform, { membership, database }, overrides);
    progress.phase = "running";
    log.info({ admin: admin.url, peerId: identity.peerId, signer: identity.member.signer }, "node started");
    return { adminUrl: admin.url, peerId: identity.peerId, stop: () => lifecycle.stop() };
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

async function startAdminInterface(
  { config, journal, meter, lifecycle }: Platform,
  progress: Progress,
): Promise<AdminServer> {
  const admin = await startAdmin(config.admin, {
    journal,
    metrics: meter,
    readiness() {
      const reasons = progress.view?.unreadyReasons() ?? [progress.phase];
      return { ready: reasons.length === 0, reasons };
    },
    status: () => ({ name: config.name, pid: process.pid, phase: progress.phase, ...progress.view?.status() }),
    finalOf: (sequence) => progress.view?.finalOf(sequence),
  });
  lifecycle.onStop("admin", () => admin.stop());
  return admin;
}
