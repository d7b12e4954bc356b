import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { createWitnessCalculator, witnessElements } from "../../node/prover/witness-calculator.ts";
import type { SignalValues, WitnessCalculator } from "../../node/prover/witness-calculator.ts";
import { compileCircuit } from "../../scripts/circuits/compile.ts";
import type { CompileOptions } from "../../scripts/circuits/compile.ts";
import { readNamed } from "../../scripts/circuits/determinacy/named-circuit.ts";
import type { NamedCircuit } from "../../scripts/circuits/determinacy/named-circuit.ts";
import { ensureCircuits, ensureInstance } from "../../scripts/circuits/ensure-circuits.ts";
import { BUILD } from "../../scripts/circuits/paths.ts";
import { readR1cs } from "../../scripts/circuits/setup/r1cs-file.ts";
import type { R1cs } from "../../scripts/circuits/setup/r1cs-file.ts";
import { templateSource } from "../../scripts/circuits/template-source.ts";
import { cacheKeyOfTemplates } from "../../scripts/circuits/cache-key.ts";

/** Circuits of tests. */
const TESTS = path.join(BUILD, "tests");

export interface TestCircuit {
  readonly calculator: WitnessCalculator;
  readonly r1cs: R1cs;
  readonly r1csFile: Uint8Array;
  readonly wasmFile: Uint8Array;
}

/** The instance that the whole project uses, built if needed. */
export async function medianCircuit(): Promise<TestCircuit> {
  const { artifacts } = await ensureCircuits({ instance: "median-n4-k3-v8" });
  return load(artifacts.r1cs.path, artifacts.wasm.path);
}

/** The one for aggregates that every checkout builds, built if needed. */
export async function localCircuit(): Promise<TestCircuit> {
  const { artifacts } = await ensureInstance({ instance: "local-k4-w32" });
  return load(artifacts.r1cs.path, artifacts.wasm.path);
}

/** One template as a circuit of its own, compiled once per content. @param call such as `PivotMedian(3, 8)`. */
export async function templateCircuit(call: string, publicInputs: readonly string[] = []): Promise<TestCircuit> {
  const folder = await compiled({ instance: call, source: templateSource(call, publicInputs) });
  return load(path.join(folder, "circuit.r1cs"), path.join(folder, "circuit.wasm"));
}

/** The files of a source with `component main`, compiled once per content. @param instance names it in errors. */
export async function circuitFiles(instance: string, source: string): Promise<{ r1cs: string; wasm: string }> {
  const folder = await compiled({ instance, source });
  return { r1cs: path.join(folder, "circuit.r1cs"), wasm: path.join(folder, "circuit.wasm") };
}

/** A circuit as it is written, nothing simplified, that can be computed. */
export interface VerbatimCircuit extends NamedCircuit {
  readonly calculator: WitnessCalculator;
}

/** Compiles a source with `component main`, once per content. @param instance names it in errors. */
export async function verbatimCircuit(instance: string, source: string): Promise<VerbatimCircuit> {
  const folder = await compiled({ instance, source, verbatim: "named" });
  const code = await readFile(path.join(folder, "circuit.wasm"));
  return { calculator: createWitnessCalculator(code), ...(await readNamed(folder)) };
}

/** The constraints of a source as they are written, with the signals' names and without a witness program: once per content. */
export async function listedCircuit(instance: string, source: string): Promise<NamedCircuit> {
  return readNamed(await compiled({ instance, source, verbatim: "listed" }));
}

/** The constraints of a source as they are written: fast, since no witness program is made, and not kept. */
export async function verbatimConstraints(instance: string, source: string): Promise<R1cs> {
  const folder = await mkdtemp(path.join(await testFolder(), "scratch."));
  try {
    await compileCircuit({ instance, source, folder, verbatim: "constraints" });
    return readR1cs(await readFile(path.join(folder, "circuit.r1cs")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder of a compiled source. */
async function compiled(circuit: Omit<CompileOptions, "folder">): Promise<string> {
  const { source, verbatim = "built" } = circuit;
  const digest = createHash("sha256").update(verbatim).update(source).digest("hex");
  const folder = path.join(await testFolder(), digest.slice(0, 16));
  if (!existsSync(folder)) {
    const temporary = `${folder}.${process.pid}`;
    await mkdir(temporary, { recursive: true });
    await compileCircuit({ ...circuit, folder: temporary });
    // Where another test process was faster, its result is as good.
    await rename(temporary, folder).catch(() => rm(temporary, { recursive: true, force: true }));
  }
  return folder;
}

/** Where tests keep what they compile of the templates as they are now. What they kept of earlier ones is removed. */
async function testFolder(): Promise<string> {
  const generation = (await cacheKeyOfTemplates()).slice(0, 16);
  const folder = path.join(TESTS, generation);
  await mkdir(folder, { recursive: true });
  const stale = (await readdir(TESTS)).filter((name) => name !== generation);
  await Promise.all(stale.map((name) => rm(path.join(TESTS, name), { recursive: true, force: true })));
  return folder;
}

async function load(r1csPath: string, wasmPath: string): Promise<TestCircuit> {
  const [r1csFile, wasmFile] = await Promise.all([readFile(r1csPath), readFile(wasmPath)]);
  return { calculator: createWitnessCalculator(wasmFile), r1cs: readR1cs(r1csFile), r1csFile, wasmFile };
}

/** The witness, or undefined where the circuit refuses the inputs. Other failures throw. */
export function witnessOf(circuit: TestCircuit, inputs: SignalValues): bigint[] | undefined {
  try {
    return witnessElements(circuit.calculator.calculate(inputs));
  } catch (error) {
    if ((error as { code?: unknown }).code === "witness-unsatisfied") return undefined;
    throw error;
  }
}
