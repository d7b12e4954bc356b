import { mkdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Prover } from "../../../core/ports/prover.ts";
import { circuitInputs } from "../../../core/proof/circuit-inputs.ts";
import { openGroth16Key } from "../../../core/proof/groth16.ts";
import { startProver } from "../../../node/app/prover.ts";
import { buildCircuit, type BuildSummary } from "../../circuits/build-circuit.ts";
import { type BuiltCircuit, ensureCircuits } from "../../circuits/ensure-circuits.ts";
import { requireUnstopped } from "../interrupt.ts";
import { progressLog } from "../progress-log.ts";
import type { BenchContext } from "../result.ts";
import type { ProofSetting } from "./settings.ts";
import { statementMaker } from "./statements.ts";
import { startStockProver, type StockProver } from "./stock-prover.ts";
import { verifierGas } from "./verifier-gas.ts";

/** Milliseconds are one per run, warm; bytes are of whole files and processes. */
export interface CircuitMeasured {
  readonly constraints: number;
  readonly setup: BuildSummary["stages"];
  readonly zkeyBytes: number;
  readonly verificationKeyBytes: number;
  readonly programBytes: number;
  readonly witnessMs: readonly number[];
  readonly proveMs: readonly number[];
  /** From the statement's arrival in the prover to the verified proof, over the process's border and back. */
  readonly wholeMs: readonly number[];
  readonly peakMemory: number;
  readonly stockMs: readonly number[];
  readonly stockPeakMemory: number;
  readonly verifyMs: readonly number[];
  readonly gas: number;
}

/** Measures a circuit from its source to its proofs on the chain. Ours and stock snarkjs take turns, so that both meet the same machine. */
export async function measureCircuit(
  { name, instance }: ProofSetting,
  runs: number,
  context: BenchContext,
): Promise<CircuitMeasured> {
  context.progress(`${name}: building ${instance}`);
  const circuit = await ensureCircuits({ instance });
  const setup = circuit.built?.stages ?? (await buildOnce(circuit, context));
  const files = await sizesOf(circuit);
  const stock = startStockProver();
  const prover = await startProver({ circuit: instance, ...circuit }, { log: progressLog(context) });
  try {
    const timed = await takeTurns(circuit, { prover, stock, runs, name }, context);
    return { constraints: circuit.record.constraints, setup, ...files, ...timed };
  } finally {
    await prover.stop();
    await stock.stop();
  }
}

/** What is built already is built once more, elsewhere, to see how long that takes. */
async function buildOnce({ instance, record }: BuiltCircuit, context: BenchContext): Promise<BuildSummary["stages"]> {
  const folder = path.join(context.directory, instance.name);
  await mkdir(folder, { recursive: true });
  try {
    const { stages, verificationKeyDigest } = await buildCircuit({ instance, folder });
    if (verificationKeyDigest !== record.verificationKeyDigest)
      throw new TypeError(`${instance.name} did not build to the keys that circuits/artifacts.json records`);
    return stages;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function sizesOf({ artifacts }: BuiltCircuit) {
  const size = async (file: string) => (await stat(file)).size;
  return {
    zkeyBytes: await size(artifacts.zkey.path),
    verificationKeyBytes: await size(artifacts.verificationKey.path),
    programBytes: await size(artifacts.wasm.path),
  };
}

interface Contest {
  readonly name: string;
  readonly prover: Prover;
  readonly stock: StockProver;
  readonly runs: number;
}

async function takeTurns(
  { shape, artifacts, instance }: BuiltCircuit,
  { name, prover, stock, runs }: Contest,
  { progress, signal }: BenchContext,
) {
  const statementOf = statementMaker(shape);
  const key = openGroth16Key(JSON.parse(await readFile(artifacts.verificationKey.path, "utf8")));
  const times = { witnessMs: [] as number[], proveMs: [] as number[], wholeMs: [] as number[] };
  const [stockMs, verifyMs]: [number[], number[]] = [[], []];
  let last: { peakMemory: number; stockPeakMemory: number; gas: number } | undefined;
  for (let round = 1; round <= runs + 1; round++) {
    requireUnstopped(signal);
    progress(`${name}: proof ${round} of ${runs + 1}`);
    const statement = statementOf(round);
    const start = performance.now();
    const proof = await prover.prove(statement, { signal });
    const whole = performance.now() - start;
    const inputs = circuitInputs(statement, shape);
    const rival = await stock.prove({ inputs, wasm: artifacts.wasm.path, zkey: artifacts.zkey.path });
    const proven = performance.now();
    if (key.check(proof.proof, proof.publicSignals) !== undefined) throw new TypeError("a fresh proof does not verify");
    const verified = performance.now() - proven;
    const gas = last?.gas ?? (await verifierGas(instance.name, proof));
    last = { peakMemory: proof.peakMemory, stockPeakMemory: rival.peakMemory, gas };
    if (round === 1) continue;
    times.witnessMs.push(proof.witnessMs);
    times.proveMs.push(proof.proveMs);
    times.wholeMs.push(whole);
    stockMs.push(rival.ms);
    verifyMs.push(verified);
  }
  if (last === undefined) throw new RangeError("nothing was measured");
  return { ...times, stockMs, verifyMs, ...last };
}
