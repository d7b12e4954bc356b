import { provingStage } from "../../core/consensus/transmission.ts";
import type { ChainReader, ChainWriter, ProvenReport, RecordedReport } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { MedianProof, Prover, ProvingStage } from "../../core/ports/prover.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ReportDomain } from "../../core/types/report.ts";
import type { RoundMetrics } from "./metrics.ts";
import { ProvingPace } from "./proving-pace.ts";
import { createReportHistory } from "./report-history.ts";

export interface ProvingOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
  readonly self: number;
  /** Milliseconds that a member gives the one before it in the schedule at least; more where proofs take long. */
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
  readonly onStage: (progress: { sequence: bigint; stage: ProvingStage }) => void;
  readonly onProof: (proof: Pick<MedianProof, "witnessMs" | "proveMs" | "peakMemory"> & { sequence: bigint }) => void;
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
  /** Aborted with the result that its end counts as. */
  readonly cancelled: AbortController;
  readonly done: Promise<void>;
}

/**
 * Proves transmitted reports. The schedule names one member per report; the others take over in turn if it does not
 * deliver, and the turns go round until the report is proven or the hub has forgotten it. What somebody else has proven is
 * called off at once, in the middle of its proof too.
 */
export function createProving(options: ProvingOptions, deps: ProvingDeps): Proving {
  return new ReportProving(options, deps);
}

class ReportProving implements Proving {
  readonly #options: ProvingOptions;
  readonly #deps: ProvingDeps;
  readonly #waiting = new Map<bigint, Job>();
  readonly #history = createReportHistory(MAX_WAITING_PROOFS);
  readonly #pace: ProvingPace;
  /** Of reports that were asked for: ends the wait for them. */
  readonly #arrivals = new Map<bigint, () => void>();
  #stopping = false;

  constructor(options: ProvingOptions, deps: ProvingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#pace = new ProvingPace(options.deltaProof);
  }

  accept(report: RecordedReport): void {
    if (report.index === 0n) return; // It came after a newer one: the hub gave it no slot to be proven in.
    this.#history.transmitted(report);
    this.#pace.transmitted(report.index, this.#deps.clock.now());
    this.#schedule(report);
  }

  onProven(report: ProvenReport): void {
    this.#history.proven(report);
    this.#pace.proven(report.index, this.#deps.clock.now());
    const job = this.#waiting.get(report.index);
    if (job !== undefined) this.#callOff(job, "already-proven");
  }

  onRecovered({ report: { sequence } }: FinalReport): void {
    this.#arrivals.get(sequence)?.();
  }

  onReorganised(fromBlock: number): void {
    for (const job of this.#waiting.values()) if (job.report.blockNumber >= fromBlock) this.#callOff(job, "stopped");
    for (const report of this.#history.revert(fromBlock)) this.#schedule(report);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { cancelled } of this.#waiting.values()) cancelled.abort("stopped" satisfies ProvingResult);
    // What is under way may wait for a receipt; it is stored, and a restart looks again.
    const ended = new AbortController();
    const all = Promise.all([...this.#waiting.values()].map(({ done }) => done)).then(() => ended.abort());
    await Promise.race([all, this.#deps.clock.sleep(STOP_GRACE_MS, ended.signal)]);
  }

  /** At once: what comes back with a reorganisation is scheduled anew, whatever is left of this job. */
  #callOff({ report, cancelled }: Job, result: ProvingResult): void {
    this.#waiting.delete(report.index);
    cancelled.abort(result);
  }

  #schedule(report: RecordedReport): void {
    const { index } = report;
    if (this.#stopping || this.#waiting.has(index)) return;
    this.#makeRoom();
    const cancelled = new AbortController();
    const job: Job = { report, cancelled, done: this.#pursue(report, cancelled.signal) };
    this.#waiting.set(index, job);
    void job.done.finally(() => {
      if (this.#waiting.get(index) === job) this.#waiting.delete(index);
    });
  }

  /** The newest reports are worth the most, and of what is older than so many the hub takes no proof any more. */
  #makeRoom(): void {
    if (this.#waiting.size < MAX_WAITING_PROOFS) return;
    const oldest = [...this.#waiting.values()].reduce((a, b) => (b.report.index < a.report.index ? b : a));
    this.#callOff(oldest, "outdated");
  }

  /** Tries in each of its turns, until one try tells what becomes of the report. */
  async #pursue(report: RecordedReport, signal: AbortSignal): Promise<void> {
    const { configuration, configDigest, self } = this.#options;
    const acceptedAt = this.#deps.clock.now();
    const n = configuration.members.length;
    let turn = provingStage({ n, configDigest, sequence: report.sequence, member: self });
    while (!(await this.#isSettled(report, { acceptedAt, turn, signal }))) turn += n;
  }

  async #isSettled(report: RecordedReport, { acceptedAt, turn, signal }: Turn): Promise<boolean> {
    const { log, metrics } = this.#deps;
    await this.#untilTurn({ acceptedAt, turn, signal });
    try {
      const result = signal.aborted ? calledOff(signal) : await this.#proveIfWanted(report, { turn, signal });
      metrics.proofs.add(1, { result });
      return result !== "unknown-report";
    } catch (error) {
      metrics.proofs.add(1, { result: signal.aborted ? calledOff(signal) : "failed" });
      if (signal.aborted) return true;
      log.error({ sequence: report.sequence, error }, "proving failed; the next member in the schedule tries");
      return false;
    }
  }

  /** The pace may change while somebody waits. */
  async #untilTurn({ acceptedAt, turn, signal }: Turn): Promise<void> {
    const { clock } = this.#deps;
    const left = () => (signal.aborted ? 0 : acceptedAt + turn * this.#pace.delta - clock.now());
    for (let ms = left(); ms > 0; ms = left()) await clock.sleep(ms, signal);
  }

  async #proveIfWanted(report: RecordedReport, { turn, signal }: Omit<Turn, "acceptedAt">): Promise<ProvingResult> {
    const { reader, prover, metrics, onStage, onProof } = this.#deps;
    const { index, sequence } = report;
    if (!(await reader.awaitsProof(report))) return "already-proven";
    const final = this.#held(report) ?? (await this.#recovered(report, signal));
    if (final === undefined) return "unknown-report";
    const proof = await prover.prove(statementOf(this.#options, final), {
      ...{ signal, priority: turn },
      onStage: (stage) => onStage({ sequence, stage }),
    });
    metrics.provingSeconds.observe((proof.witnessMs + proof.proveMs) / 1000);
    onProof({ sequence, ...proof });
    signal.throwIfAborted();
    if (!(await reader.awaitsProof(report))) return "already-proven";
    return (await send(this.#deps, { final, proof, index, signal })) ? "proven" : "already-proven";
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

type ProvingResult = "proven" | "already-proven" | "unknown-report" | "outdated" | "stopped";

interface Turn {
  readonly acceptedAt: number;
  /** The member's stage in the schedule, and n more each time that the schedule goes round. */
  readonly turn: number;
  readonly signal: AbortSignal;
}

function calledOff({ reason }: AbortSignal): ProvingResult {
  return reason as ProvingResult;
}

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
