import { transmissionStage } from "../../core/consensus/transmission.ts";
import { dueMask } from "../../core/feeds/due.ts";
import type { ChainReader, ChainWriter, Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type {
  ProtocolStore,
  Transmission,
  TransmissionState,
  TransmissionStore,
} from "../../core/ports/protocol-store.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { RoundMetrics } from "./metrics.ts";

export interface TransmitterOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly self: number;
}

export interface TransmitterDeps {
  readonly reader: Pick<ChainReader, "feeds">;
  readonly writer: Pick<ChainWriter, "transmit">;
  readonly store: Pick<ProtocolStore, "finalOf">;
  readonly transmissions: TransmissionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RoundMetrics;
}

export interface Transmitter {
  /** Takes a final report over; returns at once. */
  accept(final: FinalReport): void;
  /** Takes up what a previous run left pending. */
  resume(): void;
  stop(): Promise<void>;
}

/** Final reports waiting for their turn. Older ones are worthless once newer ones wait: the oldest is dropped. */
export const MAX_WAITING = 32;
/** How long a stop waits for transactions under way. */
const STOP_GRACE_MS = 3_000;

interface Job {
  readonly final: FinalReport;
  /** Unix milliseconds of this member's turn. */
  readonly dueAt: number;
  /** Aborted when newer reports need the place, or the node stops. */
  readonly cancelled: AbortController;
}

/** Sends final reports to the chain in this member's turn, if the chain still wants them then. */
export function createTransmitter(options: TransmitterOptions, deps: TransmitterDeps): Transmitter {
  const { clock, log } = deps;
  const waiting = new Map<bigint, Job>();
  const attempts = new Set<Promise<void>>();
  let stopping = false;
  let line: Promise<void> = Promise.resolve();

  /** One at a time: the look at the chain must see what the transaction before it changed. */
  async function attempt(job: Job): Promise<void> {
    await clock.sleep(job.dueAt - clock.now(), job.cancelled.signal);
    line = line.then(async () => {
      if (stopping || job.cancelled.signal.aborted) return; // Pending for the next start, or settled as dropped.
      waiting.delete(job.final.report.sequence);
      await transmit(options, deps, job);
    });
    await line;
  }

  function dropOldest(): void {
    const [oldest] = waiting.values();
    if (oldest === undefined) return;
    const { sequence } = oldest.final.report;
    waiting.delete(sequence);
    oldest.cancelled.abort();
    settle(deps, oldest, { state: "failed" });
    log.warn({ sequence }, "too many reports wait for the chain: the oldest is left to the other members");
  }

  function schedule(final: FinalReport, dueAt: number): void {
    const { sequence } = final.report;
    if (stopping || waiting.has(sequence)) return;
    if (waiting.size >= MAX_WAITING) dropOldest();
    const job: Job = { final, dueAt, cancelled: new AbortController() };
    note(deps, { sequence, state: "pending", dueAt, txHash: undefined });
    waiting.set(sequence, job);
    const running = attempt(job);
    attempts.add(running);
    void running.finally(() => attempts.delete(running));
  }

  return {
    accept(final) {
      const { configuration, configDigest, self } = options;
      const { sequence } = final.report;
      const stage = transmissionStage({ n: configuration.members.length, configDigest, sequence, member: self });
      schedule(final, clock.now() + stage * configuration.timing.deltaStage);
    },
    resume() {
      for (const { sequence, dueAt } of deps.transmissions.pending()) {
        const final = deps.store.finalOf(sequence);
        if (final !== undefined) schedule(final, dueAt);
      }
    },
    async stop() {
      stopping = true;
      for (const { cancelled } of waiting.values()) cancelled.abort();
      // What is under way may wait for a receipt; it is stored, and a restart looks again.
      const ended = new AbortController();
      const all = Promise.all(attempts).then(() => ended.abort());
      await Promise.race([all, clock.sleep(STOP_GRACE_MS, ended.signal)]);
    },
  };
}

async function transmit(options: TransmitterOptions, deps: TransmitterDeps, job: Job): Promise<void> {
  const { sequence } = job.final.report;
  try {
    const receipt = await transmitIfDue(options, deps, job.final);
    if (receipt === undefined) {
      settle(deps, job, { state: "not-needed" });
    } else {
      const { txHash, gasUsed } = receipt;
      settle(deps, job, { state: "transmitted", txHash });
      deps.log.info({ sequence, txHash, gasUsed }, "report transmitted");
    }
  } catch (error) {
    settle(deps, job, { state: "failed" });
    deps.log.error({ sequence, error }, "transmission failed; the next member in the schedule tries");
  }
}

function settle(
  deps: TransmitterDeps,
  { final, dueAt }: Job,
  { state, txHash }: { state: TransmissionState; txHash?: Hex },
): void {
  note(deps, { sequence: final.report.sequence, state, dueAt, txHash });
  deps.metrics.transmissions.add(1, { result: state });
}

/** Without its note a restart may look at a report in vain; the chain refuses nothing because of it. */
function note({ transmissions, log }: TransmitterDeps, transmission: Transmission): void {
  try {
    transmissions.put(transmission);
  } catch (error) {
    log.error({ sequence: transmission.sequence, error }, "cannot note a transmission: check the data directory");
  }
}

async function transmitIfDue(
  { configuration }: TransmitterOptions,
  deps: TransmitterDeps,
  final: FinalReport,
): Promise<Receipt | undefined> {
  const stored = await deps.reader.feeds();
  // Behind a newer report this one gets no slot for its proof; what that one lacks, the next round brings.
  if (stored.some(({ sequence }) => sequence > final.report.sequence)) return undefined;
  const now = Math.floor(deps.clock.timeOfDay() / 1000);
  const mask = dueMask(
    { specs: configuration.feeds, stored, now },
    { sequence: final.report.sequence, feeds: final.feeds },
  );
  return mask === 0 ? undefined : deps.writer.transmit(final, mask);
}
