import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { verificationKeyDigest } from "../../core/proof/verification-key.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import type { Hex } from "../../core/types/hex.ts";
import { compileCircuit } from "./compile.ts";
import type { CircuitBuildErrorData } from "./errors.ts";
import { mainSource, verifierName } from "./instances.ts";
import type { CircuitInstance } from "./instances.ts";
import { directSetup } from "./setup/development-setup.ts";
import { developmentWaste } from "./setup/toxic-waste.ts";

/** Files of a built circuit, in its folder. */
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

/** Compiles a circuit, makes its development keys and its Solidity verifier. Writes `FILES` and nothing else. */
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
  const digest = await stage("export", () => exportKeys(instance, folder));
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

async function exportKeys(instance: CircuitInstance, folder: string): Promise<Hex> {
  const files = [FILES.zkey, FILES.verificationKey, FILES.verifier].map((file) => path.join(folder, file));
  const script = fileURLToPath(new URL("export-keys.ts", import.meta.url));
  const child = fork(script, [...files, verifierName(instance)], { stdio: "inherit" });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  if (exitCode !== 0) {
    throw new QuorateError<CircuitBuildErrorData>(
      { code: "circuit-export-failed", instance: instance.name, exitCode },
      `exporting the keys of ${instance.name} failed, see the output above: build again with --force`,
    );
  }
  const key = JSON.parse(await readFile(path.join(folder, FILES.verificationKey), "utf8")) as VerificationKey;
  return verificationKeyDigest(key);
}
