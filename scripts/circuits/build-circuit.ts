import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Hex } from "../../core/types/hex.ts";
import { compileCircuit } from "./compile.ts";
import { exportKeys } from "./exported-keys.ts";
import { hasVerifier, mainSource, verifierName } from "./instances.ts";
import type { CircuitInstance } from "./instances.ts";
import { directSetup } from "./setup/development-setup.ts";
import { developmentWaste } from "./setup/toxic-waste.ts";

/** Files of a built circuit, in its folder; a verifier for those that contracts verify. */
export const FILES = {
  r1cs: "circuit.r1cs",
  wasm: "circuit.wasm",
  zkey: "circuit.zkey",
  verificationKey: "verification-key.json",
  verifier: "verifier.sol",
} as const;

export type BuildStage = "compile" | "setup" | "export";

export interface BuildProgress {
  readonly instance: string;
  readonly stage: BuildStage;
  /** 0…1 of the stage. */
  readonly fraction: number;
}

export interface BuildCircuitOptions {
  readonly instance: CircuitInstance;
  /** Existing empty folder. */
  readonly folder: string;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

/** What a build says of its circuit. */
export interface BuildSummary {
  readonly constraints: number;
  readonly wires: number;
  readonly verificationKeyDigest: Hex;
  /** Milliseconds per stage. */
  readonly stages: Readonly<Record<BuildStage, number>>;
}

/** Compiles a circuit, makes its development keys and, where contracts need one, its Solidity verifier. Writes `FILES` and nothing else. */
export async function buildCircuit(options: BuildCircuitOptions): Promise<BuildSummary> {
  const { instance, folder, onProgress } = options;
  const stages: Record<BuildStage, number> = { compile: 0, setup: 0, export: 0 };
  async function stage<T>(name: BuildStage, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    onProgress?.({ instance: instance.name, stage: name, fraction: 0 });
    const result = await work();
    onProgress?.({ instance: instance.name, stage: name, fraction: 1 });
    stages[name] = Math.round(performance.now() - start);
    return result;
  }

  const source = mainSource(instance);
  await stage("compile", () => compileCircuit({ instance: instance.name, source, folder }));
  const { constraints, wires } = await stage("setup", () => setup(options));
  const digest = await stage("export", () => exportBuilt(instance, folder));
  return { constraints, wires, verificationKeyDigest: digest, stages };
}

async function setup({ instance, folder, onProgress }: BuildCircuitOptions) {
  const { zkey, ...size } = await directSetup({
    r1cs: await readFile(path.join(folder, FILES.r1cs)),
    waste: developmentWaste(),
    onProgress: (done, total) => onProgress?.({ instance: instance.name, stage: "setup", fraction: done / total }),
  });
  await writeFile(path.join(folder, FILES.zkey), zkey);
  return size;
}

async function exportBuilt(instance: CircuitInstance, folder: string): Promise<Hex> {
  const at = (file: keyof typeof FILES) => path.join(folder, FILES[file]);
  return exportKeys({
    ...{ instance: instance.name, zkey: at("zkey"), verificationKey: at("verificationKey") },
    ...(hasVerifier(instance) && { verifier: { file: at("verifier"), contract: verifierName(instance) } }),
  });
}
