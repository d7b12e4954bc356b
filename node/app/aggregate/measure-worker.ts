// Child process: measures one circuit for local aggregates.
import { aggregateDocument } from "../../../core/aggregate/document.ts";
import { aggregate, type AggregateTerms } from "../../../core/aggregate/statement.ts";
import type { CircuitArtifacts } from "../../../core/proof/circuit.ts";
import { createCircuitProver } from "../../prover/circuit-prover.ts";
import { loadVerificationKey } from "../../registry/verification-key.ts";
import { createAggregateCheck } from "../../sources/aggregate-check.ts";
import { digestOfKey } from "../circuit-files.ts";
import { findLocalCircuit } from "./local-circuits.ts";

export interface MeasureAggregateOptions {
  readonly circuit: string;
  readonly artifacts: CircuitArtifacts;
  readonly runs: number;
}

/** Milliseconds are one per run, warm. */
export interface AggregateMeasurement {
  readonly samples: number;
  readonly witnessMs: readonly number[];
  readonly proveMs: readonly number[];
  /** Witness and proof. */
  readonly totalMs: readonly number[];
  /** A node's whole check of the document. */
  readonly verifyMs: readonly number[];
  /** Loading keys and program, once. */
  readonly loadMs: number;
  /** Resident memory of the process, after the last proof and at most. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** The document as JSON. */
  readonly documentBytes: number;
  /** The samples alone, packed. */
  readonly rawBytes: number;
}

const WARM_UP = 5;
const BEACON = `0x${"be".repeat(32)}` as const;

async function measure({ circuit: name, artifacts, runs }: MeasureAggregateOptions): Promise<AggregateMeasurement> {
  const circuit = findLocalCircuit(name);
  const terms: AggregateTerms = {
    ...{ circuit: name, device: "bench", feed: "bench", beaconRule: "none", beacon: BEACON },
    ...{ epochSeconds: 900, minimum: 0n, decimals: 3 },
  };
  const start = performance.now();
  const prover = await createCircuitProver({ artifacts });
  const loadMs = performance.now() - start;
  const key = await loadVerificationKey({ file: artifacts.verificationKey.path, digest: digestOfKey(circuit.name) });
  const times = {
    witnessMs: [] as number[],
    proveMs: [] as number[],
    totalMs: [] as number[],
    verifyMs: [] as number[],
  };
  let documentBytes = 0;
  for (let epoch = 0; epoch < WARM_UP + runs; epoch++) {
    const samples = Array.from({ length: circuit.samples }, (_, i) => BigInt(1_000_003 * (i + 1) * (epoch + 1)));
    const { value, inputs } = aggregate(circuit, { terms, epoch }, { seed: 0x5eedn, samples });
    const { proof, witnessMs, proveMs } = await prover.prove(inputs);
    const proven = {
      circuit: name,
      device: "bench",
      feed: "bench",
      epoch,
      commitment: inputs.commitment,
      value,
      proof,
    };
    const check = createAggregateCheck({ terms, commitment: inputs.commitment, key, maxAgeEpochs: 0 });
    const proved = performance.now();
    if (check.judge(proven, epoch * terms.epochSeconds) !== undefined)
      throw new Error("a fresh aggregate does not hold");
    if (epoch < WARM_UP) continue;
    times.verifyMs.push(performance.now() - proved);
    times.witnessMs.push(witnessMs);
    times.proveMs.push(proveMs);
    times.totalMs.push(witnessMs + proveMs);
    documentBytes = Math.max(documentBytes, JSON.stringify(aggregateDocument(proven)).length);
  }
  return {
    ...{ samples: circuit.samples, ...times, loadMs, documentBytes, rawBytes: (circuit.samples * circuit.bits) / 8 },
    ...{ residentBytes: process.memoryUsage().rss, peakBytes: process.resourceUsage().maxRSS * 1024 },
  };
}

process.once("message", (options: MeasureAggregateOptions) => {
  void measure(options).then((measurement) => {
    process.send?.(measurement);
  });
});
process.on("disconnect", () => process.exit(0));
