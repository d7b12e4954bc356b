import { provingStage } from "../../core/consensus/transmission.ts";
import type { ChainReader, ChainWriter, ProvenReport, RecordedReport } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { MedianProof, Prover } from "../../core/ports/prover.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ReportDomain } from "../../core/types/report.ts";
import type { RoundMetrics } from "./metrics.ts";
import { createReportHistory } from "./report-history.ts";

export interface ProvingOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
  readonly self: number;
  /** Milliseconds that a member gives the one before it in the schedule: a few times the proving time. */
  readonly deltaProof: number;
}

export interface ProvingDeps {
  readonly prover: Pick<Prover, "prove">;
  readonly reader: Pick<ChainReader, "awaitsProof">;
  readonly writer: Pick<ChainWriter, "prove">;
  readonly store: Pick<ProtocolStore, "finalOf">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RoundMetrics;
  /** Asks the other members for a report that the chain took and this node does not hold. */
  onMissing(report: RecordedReport): void;
  readonly onProof: (proof: { sequence: bigint; witnessMs: number; proveMs: number }) => void;
}

export interface Proving {
  /** A report is on the chain and wants a proof; returns at once. */
  accept(report: RecordedReport): void;
  /** A proof is on the chain. */
  onProven(report: ProvenReport): void;
  /** A report that was missing came. */
  onRecovered(final: FinalReport): void;
  /** Blocks were replaced: what was told of them is forgotten and told again, and proofs in them may be gone. */
  onReorganised(fromBlock: number): void;
  stop(): Promise<void>;
}

/** Reports waiting for this member's turn: the hub's ring of provable reports is 64 long. */
export const MAX_WAITING_PROOFS = 64;
/** How long a member in its turn waits for a report that it lacks: each other member is asked within that time. */
export const RECOVERY_MS = 10_000;
/** How long a stop waits for transactions under way. */
const STOP_GRACE_MS = 3_000;

interface Job {
  readonly report: RecordedReport;
  readonly cancelled: AbortController;
  readonly done: Promise<void>;
}

/** Proves transmitted reports. The schedule names one member per report; the others take over if it does not deliver. */
export function createProving(options: ProvingOptions, deps: ProvingDeps): Proving {
  return new ReportProving(options, deps);
}

class ReportProving implements Proving {
  readonly #options: ProvingOptions;
  readonly #deps: ProvingDeps;
  readonly #waiting = new Map<bigint, Job>();
  readonly #history = createReportHistory(MAX_WAITING_PROOFS);
  /** Of reports that were asked for: ends the wait for them. */
  readonly #arrivals = new Map<bigint, () => void>();
  #stopping = false;

  constructor(options: ProvingOptions, deps: ProvingDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  accept(report: RecordedReport): void {
    if (report.index === 0n) return; // It came after a newer one: the hub gave it no slot to be proven in.
    this.#history.transmitted(report);
    this.#schedule(report);
  }

  onProven(report: ProvenReport): void {
    this.#history.proven(report);
  }

  onRecovered({ report: { sequence } }: FinalReport): void {
    this.#arrivals.get(sequence)?.();
  }

  onReorganised(fromBlock: number): void {
    for (const [index, { report, cancelled }] of this.#waiting) {
      if (report.blockNumber < fromBlock) continue;
      cancelled.abort();
      this.#waiting.delete(index);
    }
    for (const report of this.#history.revert(fromBlock)) this.#schedule(report);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { cancelled } of this.#waiting.values()) cancelled.abort();
    // What is under way may wait for a receipt; it is stored, and a restart looks again.
    const ended = new AbortController();
    const all = Promise.all([...this.#waiting.values()].map(({ done }) => done)).then(() => ended.abort());
    await Promise.race([all, this.#deps.clock.sleep(STOP_GRACE_MS, ended.signal)]);
  }

  #schedule(report: RecordedReport): void {
    const { index, sequence } = report;
    if (this.#stopping || this.#waiting.has(index) || this.#waiting.size >= MAX_WAITING_PROOFS) return;
    const { configuration, configDigest, self, deltaProof } = this.#options;
    const stage = provingStage({ n: configuration.members.length, configDigest, sequence, member: self });
    const cancelled = new AbortController();
    const turn = { dueAt: this.#deps.clock.now() + stage * deltaProof, signal: cancelled.signal };
    const job: Job = { report, cancelled, done: this.#attempt(report, turn) };
    this.#waiting.set(index, job);
    void job.done.finally(() => {
      if (this.#waiting.get(index) === job) this.#waiting.delete(index);
    });
  }

  async #attempt(report: RecordedReport, { dueAt, signal }: { dueAt: number; signal: AbortSignal }): Promise<void> {
    const { clock, log, metrics } = this.#deps;
    await clock.sleep(dueAt - clock.now(), signal);
    try {
      const result = signal.aborted ? "stopped" : await this.#proveIfWanted(report, signal);
      metrics.proofs.add(1, { result });
    } catch (error) {
      if (signal.aborted) return;
      metrics.proofs.add(1, { result: "failed" });
      log.error({ sequence: report.sequence, error }, "proving failed; the next member in the schedule tries");
    }
  }

  async #proveIfWanted(report: RecordedReport, signal: AbortSignal): Promise<ProvingResult> {
    const { reader, prover, metrics, onProof } = this.#deps;
    if (!(await reader.awaitsProof(report))) return "already-proven";
    const final = this.#held(report) ?? (await this.#recovered(report, signal));
    if (final === undefined) return "unknown-report";
    const proof = await prover.prove(statementOf(this.#options, final), signal);
    metrics.provingSeconds.observe((proof.witnessMs + proof.proveMs) / 1000);
    onProof({ sequence: report.sequence, witnessMs: proof.witnessMs, proveMs: proof.proveMs });
    signal.throwIfAborted();
    if (!(await reader.awaitsProof(report))) return "already-proven";
    return (await send(this.#deps, { final, proof, index: report.index, signal })) ? "proven" : "already-proven";
  }

  #held({ sequence, digest }: RecordedReport): FinalReport | undefined {
    const final = this.#deps.store.finalOf(sequence);
    return final?.digest === digest ? final : undefined;
  }

  /** Asks for the report and waits, a bounded time, until it arrives. */
  async #recovered(report: RecordedReport, signal: AbortSignal): Promise<FinalReport | undefined> {
    const arrived = new AbortController();
    this.#arrivals.set(report.sequence, () => arrived.abort());
    this.#deps.onMissing(report);
    await this.#deps.clock.sleep(RECOVERY_MS, AbortSignal.any([arrived.signal, signal]));
    this.#arrivals.delete(report.sequence);
    return this.#held(report);
  }
}

type ProvingResult = "proven" | "already-proven" | "unknown-report";

/** False if the chain takes no proof of it any more. */
async function send(
  { writer, log }: ProvingDeps,
  { final, proof, ...about }: { final: FinalReport; proof: MedianProof; index: bigint; signal: AbortSignal },
): Promise<boolean> {
  const receipt = await writer.prove(final, proof, about);
  if (receipt === undefined) return false;
  const { txHash, gasUsed } = receipt;
  log.info({ sequence: final.report.sequence, txHash, gasUsed, proveMs: proof.proveMs }, "report proven");
  return true;
}

function statementOf({ configuration, domain }: ProvingOptions, { report, feeds, observations }: FinalReport) {
  const observerKeys = configuration.members.map(({ observer }) => observer);
  return { domain, report, feeds, observations, observerKeys, window: configuration.timing.window };
}
