import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import artifactRecords from "../../circuits/artifacts.json" with { type: "json" };
import instances from "../../circuits/instances.json" with { type: "json" };
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Prover } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { createProver } from "../prover/snarkjs-prover.ts";

export interface ProverPoolError {
  readonly code: "artifacts-missing";
  readonly directory: string;
}

/** One prover per circuit, for all committees of that shape. Started when the first of them comes, kept for the next. */
export interface ProverPool {
  /**
   * Resolves with nothing where proving is disabled or no circuit has this committee's shape.
   * @throws QuorateError<ProverPoolError> `artifacts-missing`, or what the prover refuses.
   */
  proverFor(configuration: Configuration): Promise<Prover | undefined>;
  stop(): Promise<void>;
}

/** Files of a circuit's folder, as `npm run build` makes them. */
const FILES = {
  r1cs: "circuit.r1cs",
  wasm: "circuit.wasm",
  zkey: "circuit.zkey",
  verificationKey: "verification-key.json",
} as const;
const DEFAULT_ARTIFACTS = fileURLToPath(new URL("../../build/circuits", import.meta.url));

type Instance = CircuitShape & { readonly name: keyof typeof artifactRecords };

export function createProverPool({ enabled, artifacts }: NodeConfig["prover"], { log }: { log: Log }): ProverPool {
  const provers = new Map<Instance["name"], Promise<Prover>>();

  async function start(instance: Instance): Promise<Prover> {
    const files = await findArtifacts(artifacts ?? DEFAULT_ARTIFACTS, instance.name);
    return createProver({ artifacts: files, shape: instance }, { log });
  }

  return {
    async proverFor(configuration) {
      const instance = enabled ? instanceFor(configuration) : undefined;
      if (instance === undefined) return undefined;
      const prover = provers.get(instance.name) ?? start(instance);
      provers.set(instance.name, prover);
      // What could not be started may be mended: it is tried again.
      prover.catch(() => provers.delete(instance.name));
      return prover;
    },
    async stop() {
      // One that failed to start is its caller's to tell of.
      for (const prover of provers.values()) await (await prover.catch(() => undefined))?.stop();
    },
  };
}

function instanceFor({ members, f, lanes }: Configuration): Instance | undefined {
  const fits = (shape: CircuitShape) => members.length <= shape.nMax && shape.k === 2 * f + 1 && shape.lanes === lanes;
  return (instances as Instance[]).find(fits);
}

/** The circuit's files with the digests that this release was made for; the prover checks them when it loads them. */
async function findArtifacts(directory: string, name: Instance["name"]): Promise<CircuitArtifacts> {
  const folder = path.join(directory, name);
  const { sha256 } = artifactRecords[name];
  const file = (kind: keyof typeof FILES) => ({ path: path.join(folder, FILES[kind]), sha256: sha256[kind] as Hex });
  try {
    await readFile(file("verificationKey").path);
  } catch (cause) {
    const message = `no proving artifacts in ${folder}: run \`npm run build\`, or set prover.enabled to false`;
    throw new QuorateError<ProverPoolError>({ code: "artifacts-missing", directory: folder }, message, { cause });
  }
  return { r1cs: file("r1cs"), wasm: file("wasm"), zkey: file("zkey"), verificationKey: file("verificationKey") };
}
