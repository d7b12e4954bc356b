import { provingStage } from "../../core/consensus/transmission.ts";
import type { ChainReader, ChainWriter, TransmittedReport } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { MedianProof, Prover } from "../../core/ports/prover.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ReportDomain } from "../../core/types/report.ts";
import type { RoundMetrics } from "./metrics.ts";

export interface ProvingOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
  readonly self: number;
  /** Milliseconds that a member gives the one before it in the schedule: a few times the proving time. */
  readonly deltaProof: number;
}

export interface ProvingDeps {
  readonly prover: Prover;
  readonly reader: Pick<ChainReader, "awaitsProof">;
  readonly writer: Pick<ChainWriter, "prove">;
  readonly store: Pick<ProtocolStore, "finalOf">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RoundMetrics;
  onProof(proof: { sequence: bigint; witnessMs: number; proveMs: number }): void;
}

export interface Proving {
  /** A report is on the chain and wants a proof; returns at once. */
  accept(report: TransmittedReport): void;
  stop(): Promise<void>;
}

/** Reports waiting for this member's turn: the hub's ring of provable reports is 64 long. */
export const MAX_WAITING_PROOFS = 64;
/** How long a stop waits for transactions under way. */
const STOP_GRACE_MS = 3_000;

/** Proves transmitted reports. The schedule names one member per report; the others take over if it does not deliver. */
export function createProving(options: ProvingOptions, deps: ProvingDeps): Proving {
  const { configuration, configDigest, self, deltaProof } = options;
  const { clock, log } = deps;
  const stopping = new AbortController();
  const waiting = new Map<bigint, Promise<void>>();

  async function attempt(report: TransmittedReport, dueAt: number): Promise<void> {
    await clock.sleep(dueAt - clock.now(), stopping.signal);
    try {
      const result = stopping.signal.aborted
        ? "stopped"
        : await proveIfWanted(options, deps, { report, signal: stopping.signal });
      deps.metrics.proofs.add(1, { result });
    } catch (error) {
      if (stopping.signal.aborted) return;
      deps.metrics.proofs.add(1, { result: "failed" });
      log.error({ sequence: report.sequence, error }, "proving failed; the next member in the schedule tries");
    }
  }

  return {
    accept(report) {
      const { sequence } = report;
      if (waiting.has(report.index) || waiting.size >= MAX_WAITING_PROOFS) return;
      const stage = provingStage({ n: configuration.members.length, configDigest, sequence, member: self });
      waiting.set(
        report.index,
        attempt(report, clock.now() + stage * deltaProof).finally(() => waiting.delete(report.index)),
      );
    },
    async stop() {
      stopping.abort();
      // What is under way may wait for a receipt; it is stored, and a restart looks again.
      const ended = new AbortController();
      const all = Promise.all(waiting.values()).then(() => ended.abort());
      await Promise.race([all, clock.sleep(STOP_GRACE_MS, ended.signal)]);
    },
  };
}

type ProvingResult = "proven" | "already-proven" | "unknown-report";

async function proveIfWanted(
  options: ProvingOptions,
  deps: ProvingDeps,
  job: { report: TransmittedReport; signal: AbortSignal },
): Promise<ProvingResult> {
  const { report, signal } = job;
  if (!(await deps.reader.awaitsProof(report))) return "already-proven";
  const final = deps.store.finalOf(report.sequence);
  if (final?.digest !== report.digest) return "unknown-report";
  const proof = await deps.prover.prove(statementOf(options, final), signal);
  deps.metrics.provingSeconds.observe((proof.witnessMs + proof.proveMs) / 1000);
  deps.onProof({ sequence: report.sequence, witnessMs: proof.witnessMs, proveMs: proof.proveMs });
  if (!(await deps.reader.awaitsProof(report))) return "already-proven";
  await send(deps, { final, proof, index: report.index });
  return "proven";
}

async function send(
  { writer, log }: ProvingDeps,
  { final, proof, index }: { final: FinalReport; proof: MedianProof; index: bigint },
): Promise<void> {
  const receipt = await writer.prove(final, proof, { index, storeMask: final.feeds.mask });
  log.info(
    { sequence: final.report.sequence, txHash: receipt.txHash, gasUsed: receipt.gasUsed, proveMs: proof.proveMs },
    "report proven",
  );
}

function statementOf({ configuration, domain }: ProvingOptions, { report, feeds, observations }: FinalReport) {
  const observerKeys = configuration.members.map(({ observer }) => observer);
  return { domain, report, feeds, observations, observerKeys, window: configuration.timing.window };
}
