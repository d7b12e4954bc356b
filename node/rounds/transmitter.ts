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
import type { StoredFeed } from "../../core/types/chain.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { RoundMetrics } from "./metrics.ts";

export interface TransmitterOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly self: number;
}

export interface TransmitterDeps {
  readonly reader: Pick<ChainReader, "feeds">;
  readonly writer: Pick<ChainWriter, "transmit" | "settled">;
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
  /** Blocks from this one on were replaced: what was decided upon them is looked at again, each in this member's turn. */
  onReorganised(fromBlock: number): void;
  /** With `abandon` what is pending is settled as not needed, also for later starts: its configuration is over. */
  stop(options?: { abandon?: boolean }): Promise<void>;
}

/** Final reports waiting for their turn. Older ones are worthless once newer ones wait: the oldest is dropped. */
export const MAX_WAITING = 32;
/** Newest decided reports that a reorganisation brings up again: behind a newer one older ones are not sent anyway. */
export const MAX_DECIDED = 8;
/** How long a stop waits for transactions under way. */
const STOP_GRACE_MS = 3_000;

interface Job {
  readonly final: FinalReport;
  /** On the clock: this member's turn. */
  readonly dueAt: number;
  /** Aborted when newer reports need the place, or the node stops. */
  readonly cancelled: AbortController;
}

/** Sends final reports to the chain in this member's turn, if the chain still wants them then. */
export function createTransmitter(options: TransmitterOptions, deps: TransmitterDeps): Transmitter {
  return new StagedTransmitter(options, deps);
}

class StagedTransmitter implements Transmitter {
  readonly #options: TransmitterOptions;
  readonly #deps: TransmitterDeps;
  /** Until their transaction is in a block. */
  readonly #waiting = new Map<bigint, Job>();
  /** In a block that is not final yet. */
  readonly #settling = new Set<bigint>();
  readonly #decided = new Map<bigint, FinalReport>();
  readonly #attempts = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: TransmitterOptions, deps: TransmitterDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  accept(final: FinalReport): void {
    this.#schedule(final, this.#turnOf(final.report.sequence));
  }

  resume(): void {
    for (const { sequence, dueAt, txHash } of this.#deps.transmissions.pending()) {
      const final = this.#deps.store.finalOf(sequence);
      if (final === undefined) continue;
      // After a clock that was set back the stored turn lies too far ahead.
      if (txHash === undefined) this.#schedule(final, Math.min(dueAt, this.#turnOf(sequence)));
      else void this.#settle(jobOf(final, dueAt), txHash);
    }
  }

  onReorganised(fromBlock: number): void {
    // Those still settling are the writer's: it keeps their transactions and sends them again.
    const again = [...this.#decided.values()];
    this.#deps.log.warn(
      { fromBlock, reports: again.length },
      "blocks were replaced: recent reports are looked at again",
    );
    for (const final of again) this.#schedule(final, this.#turnOf(final.report.sequence));
  }

  async stop({ abandon = false }: { abandon?: boolean } = {}): Promise<void> {
    this.#stopping = true;
    for (const job of this.#waiting.values()) job.cancelled.abort();
    if (abandon) this.#abandon();
    // What is under way may wait for a receipt; it is stored, and a restart looks again.
    const ended = new AbortController();
    const all = Promise.all(this.#attempts).then(() => ended.abort());
    await Promise.race([all, this.#deps.clock.sleep(STOP_GRACE_MS, ended.signal)]);
  }

  /** What is in a block already keeps its note: it needs no sending any more. */
  #abandon(): void {
    for (const { sequence, dueAt, txHash } of this.#deps.transmissions.pending()) {
      if (txHash === undefined) this.#note({ sequence, dueAt }, { state: "not-needed" });
    }
  }

  #turnOf(sequence: bigint): number {
    const { configuration, configDigest, self } = this.#options;
    const stage = transmissionStage({ n: configuration.members.length, configDigest, sequence, member: self });
    return this.#deps.clock.now() + stage * configuration.timing.deltaStage;
  }

  #schedule(final: FinalReport, dueAt: number): void {
    const { sequence } = final.report;
    if (this.#stopping || this.#waiting.has(sequence) || this.#settling.has(sequence)) return;
    if (this.#waiting.size >= MAX_WAITING) this.#dropOldest();
    const job = jobOf(final, dueAt);
    this.#note({ sequence, dueAt }, { state: "pending" });
    this.#waiting.set(sequence, job);
    const running = this.#attempt(job);
    this.#attempts.add(running);
    void running.finally(() => this.#attempts.delete(running));
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting.values();
    if (oldest === undefined) return;
    const { sequence } = oldest.final.report;
    this.#waiting.delete(sequence);
    oldest.cancelled.abort();
    this.#decide(oldest, { state: "failed" });
    this.#deps.log.warn({ sequence }, "too many reports wait for the chain: the oldest is left to the other members");
  }

  async #attempt(job: Job): Promise<void> {
    const { clock, log, writer } = this.#deps;
    const { sequence } = job.final.report;
    await clock.sleep(job.dueAt - clock.now(), job.cancelled.signal);
    if (isCancelled(job)) return; // Pending for the next start, or decided already.
    try {
      const receipt = await writer.transmit(job.final, () => this.#wantedLanes(job));
      if (receipt !== undefined) this.#onIncluded(job, receipt);
      else if (!isCancelled(job)) this.#decide(job, { state: "not-needed" });
    } catch (error) {
      if (isCancelled(job)) return;
      this.#decide(job, { state: "failed" });
      log.error({ sequence, error }, "transmission failed; the next member in the schedule tries");
    } finally {
      if (this.#waiting.get(sequence) === job) this.#waiting.delete(sequence);
    }
  }

  /** Asked by the writer right before it sends. */
  async #wantedLanes(job: Job): Promise<number> {
    if (isCancelled(job)) return 0;
    const { final } = job;
    const { feeds: specs, timing } = this.#options.configuration;
    const { sequence } = final.report;
    const stored = await this.#deps.reader.feeds();
    // Behind a newer report this one gets no slot for its proof; what that one lacks, the next round brings.
    if (stored.some((feed) => feed.sequence > sequence)) return 0;
    if (isFirstOfConfiguration(sequence, stored)) return final.feeds.mask;
    const now = Math.floor(this.#deps.clock.timeOfDay() / 1000);
    return dueMask({ specs, stored, now, timing }, { sequence, feeds: final.feeds });
  }

  #onIncluded(job: Job, { txHash, gasUsed, blockNumber }: Receipt): void {
    const { sequence } = job.final.report;
    this.#deps.log.info({ sequence, txHash, gasUsed, blockNumber }, "report transmitted");
    // Still pending on disk: a restart before the block is final asks again what became of it.
    this.#note({ sequence, dueAt: job.dueAt }, { state: "pending", txHash });
    void this.#settle(job, txHash);
  }

  async #settle(job: Job, txHash: Hex): Promise<void> {
    const { sequence } = job.final.report;
    this.#settling.add(sequence);
    try {
      const receipt = await this.#deps.writer.settled(txHash);
      this.#decide(
        job,
        receipt === undefined ? { state: "not-needed" } : { state: "transmitted", txHash: receipt.txHash },
      );
    } catch {
      // The writer stops: the next start asks again.
    } finally {
      this.#settling.delete(sequence);
    }
  }

  #decide(job: Job, outcome: Outcome): void {
    const { sequence } = job.final.report;
    this.#note({ sequence, dueAt: job.dueAt }, outcome);
    this.#deps.metrics.transmissions.add(1, { result: outcome.state });
    this.#decided.delete(sequence);
    this.#decided.set(sequence, job.final);
    const [oldest] = this.#decided.keys();
    if (this.#decided.size > MAX_DECIDED && oldest !== undefined) this.#decided.delete(oldest);
  }

  /** Without its note a restart may look at a report in vain; the chain refuses nothing because of it. */
  #note({ sequence, dueAt }: Pick<Transmission, "sequence" | "dueAt">, { state, txHash }: Outcome): void {
    try {
      this.#deps.transmissions.put({ sequence, state, dueAt, txHash });
    } catch (error) {
      this.#deps.log.error({ sequence, error }, "cannot note a transmission: check the data directory");
    }
  }
}

interface Outcome {
  readonly state: TransmissionState;
  readonly txHash?: Hex;
}

/**
 * Whether the hub took no report of this configuration yet. From its first one on the old committee is over and a member that
 * lost its memory can tell, so that one is sent whole, however quiet its feeds are.
 */
function isFirstOfConfiguration(sequence: bigint, stored: readonly StoredFeed[]): boolean {
  const { configIndex } = slotOf(sequence);
  return stored.every((feed) => slotOf(feed.sequence).configIndex < configIndex);
}

function jobOf(final: FinalReport, dueAt: number): Job {
  return { final, dueAt, cancelled: new AbortController() };
}

function isCancelled({ cancelled }: Job): boolean {
  return cancelled.signal.aborted;
}
