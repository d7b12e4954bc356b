import { transmissionStage } from "../../core/consensus/transmission.ts";
import { dueMask } from "../../core/feeds/due.ts";
import type { ChainReader, ChainWriter, Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ProtocolStore, TransmissionState, TransmissionStore } from "../../core/ports/protocol-store.ts";
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

/** Sends final reports to the chain in this member's turn, if the chain still wants them then. */
export function createTransmitter(options: TransmitterOptions, deps: TransmitterDeps): Transmitter {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const waiting = new Map<bigint, Promise<void>>();

  function settle(final: FinalReport, dueAt: number, outcome: { state: TransmissionState; txHash?: Hex }): void {
    deps.transmissions.put({ sequence: final.report.sequence, state: outcome.state, dueAt, txHash: outcome.txHash });
    deps.metrics.transmissions.add(1, { result: outcome.state });
  }

  async function attempt(final: FinalReport, dueAt: number): Promise<void> {
    await clock.sleep(dueAt - clock.now(), stopping.signal);
    if (stopping.signal.aborted) return; // Stays pending in the store.
    const { sequence } = final.report;
    try {
      const receipt = await transmitIfDue(options, deps, final);
      settle(
        final,
        dueAt,
        receipt === undefined ? { state: "not-needed" } : { state: "transmitted", txHash: receipt.txHash },
      );
      if (receipt !== undefined)
        log.info({ sequence, txHash: receipt.txHash, gasUsed: receipt.gasUsed }, "report transmitted");
    } catch (error) {
      settle(final, dueAt, { state: "failed" });
      log.error({ sequence, error }, "transmission failed; the next member in the schedule tries");
    }
  }

  function schedule(final: FinalReport, dueAt: number): void {
    const { sequence } = final.report;
    if (waiting.has(sequence)) return;
    if (waiting.size >= MAX_WAITING) {
      settle(final, dueAt, { state: "failed" });
      log.warn(
        { sequence, waiting: waiting.size },
        "too many reports wait for the chain: this one is left to the other members",
      );
      return;
    }
    deps.transmissions.put({ sequence, state: "pending", dueAt, txHash: undefined });
    waiting.set(
      sequence,
      attempt(final, dueAt).finally(() => waiting.delete(sequence)),
    );
  }

  return {
    accept(final) {
      const { configuration, configDigest, self } = options;
      const stage = transmissionStage({
        n: configuration.members.length,
        configDigest,
        sequence: final.report.sequence,
        member: self,
      });
      schedule(final, clock.now() + stage * configuration.timing.deltaStage);
    },
    resume() {
      for (const { sequence, dueAt } of deps.transmissions.pending()) {
        const final = deps.store.finalOf(sequence);
        if (final !== undefined) schedule(final, dueAt);
      }
    },
    async stop() {
      stopping.abort();
      // What is under way may wait for a receipt; it is stored, and a restart looks again.
      await Promise.race([Promise.all(waiting.values()), clock.sleep(STOP_GRACE_MS)]);
    },
  };
}

async function transmitIfDue(
  { configuration }: TransmitterOptions,
  deps: TransmitterDeps,
  final: FinalReport,
): Promise<Receipt | undefined> {
  const stored = await deps.reader.feeds();
  const now = Math.floor(deps.clock.now() / 1000);
  const mask = dueMask(
    { specs: configuration.feeds, stored, now },
    { sequence: final.report.sequence, feeds: final.feeds },
  );
  return mask === 0 ? undefined : deps.writer.transmit(final, mask);
}
