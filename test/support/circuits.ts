import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { createWitnessCalculator } from "../../node/prover/witness-calculator.ts";
import type { SignalValues, WitnessCalculator } from "../../node/prover/witness-calculator.ts";
import { compileCircuit } from "../../scripts/circuits/compile.ts";
import { ensureCircuits } from "../../scripts/circuits/ensure-circuits.ts";
import { BUILD } from "../../scripts/circuits/paths.ts";
import { readR1cs } from "../../scripts/circuits/setup/r1cs-file.ts";
import type { R1cs } from "../../scripts/circuits/setup/r1cs-file.ts";
import { cacheKeyOfTemplates } from "../../scripts/circuits/cache-key.ts";

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

/** One template as a circuit of its own, compiled once per content. @param call such as `PivotMedian(3, 8)`. */
export async function templateCircuit(call: string, publicInputs: readonly string[] = []): Promise<TestCircuit> {
  const template = call.slice(0, call.indexOf("("));
  const visible = publicInputs.length === 0 ? "" : ` {public [${publicInputs.join(", ")}]}`;
  const source = `pragma circom 2.1.6;\ninclude "${template}.circom";\ncomponent main${visible} = ${call};\n`;
  const generation = (await cacheKeyOfTemplates()).slice(0, 16);
  const folder = path.join(BUILD, "tests", generation, createHash("sha256").update(source).digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    await removeOtherGenerations(generation);
    const temporary = `${folder}.${process.pid}`;
    await mkdir(temporary, { recursive: true });
    await compileCircuit({ instance: call, source, folder: temporary });
    // Where another test process was faster, its result is as good.
    await rename(temporary, folder).catch(() => rm(temporary, { recursive: true, force: true }));
  }
  return load(path.join(folder, "circuit.r1cs"), path.join(folder, "circuit.wasm"));
}

/** Circuits of templates that have changed since. */
async function removeOtherGenerations(generation: string): Promise<void> {
  const folder = path.join(BUILD, "tests");
  await mkdir(folder, { recursive: true });
  const stale = (await readdir(folder)).filter((name) => name !== generation);
  await Promise.all(stale.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}

async function load(r1csPath: string, wasmPath: string): Promise<TestCircuit> {
  const [r1csFile, wasmFile] = await Promise.all([readFile(r1csPath), readFile(wasmPath)]);
  return { calculator: createWitnessCalculator(wasmFile), r1cs: readR1cs(r1csFile), r1csFile, wasmFile };
}

/** The elements of a witness file, wire by wire. */
export function witnessElements(file: Uint8Array): bigint[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const elements: bigint[] = [];
  for (let at = 76; at < file.length; at += 32) {
    let value = 0n;
    for (let word = 24; word >= 0; word -= 8) value = (value << 64n) | view.getBigUint64(at + word, true);
    elements.push(value);
  }
  return elements;
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
