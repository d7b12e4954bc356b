import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import artifactRecords from "../../circuits/artifacts.json" with { type: "json" };
import instances from "../../circuits/instances.json" with { type: "json" };
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainReader, ChainWriter } from "../../core/ports/chain.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createProver } from "../prover/snarkjs-prover.ts";
import type { RoundMetrics } from "../rounds/metrics.ts";
import { createProving, type Proving } from "../rounds/proving.ts";
import type { Membership, Platform } from "./platform.ts";

export interface ProvingError {
  readonly code: "artifacts-missing";
  readonly directory: string;
}

/** Files of a circuit's folder, as `npm run build` makes them. */
const FILES = {
  r1cs: "circuit.r1cs",
  wasm: "circuit.wasm",
  zkey: "circuit.zkey",
  verificationKey: "verification-key.json",
} as const;
const DEFAULT_ARTIFACTS = fileURLToPath(new URL("../../build/circuits", import.meta.url));
/** What a member waits for the one before it in the schedule: several times a proof on two busy cores. */
const DELTA_PROOF_MS = 15_000;

interface ProvingParts {
  readonly reader: ChainReader;
  readonly writer: ChainWriter;
  readonly store: ProtocolStore;
  readonly metrics: RoundMetrics;
}

/** Starts proving if it is enabled and a circuit for this committee exists; else the node signs only, and says so. */
export async function startProving(
  platform: Platform,
  { chain, self }: Membership,
  parts: ProvingParts,
): Promise<Proving | undefined> {
  const { config, log, clock, lifecycle, journal } = platform;
  if (!config.prover.enabled) return undefined;
  const { configuration, digest: configDigest, hub, chainId } = chain;
  const instance = instanceFor(configuration);
  if (instance === undefined) {
    log.warn(
      { n: configuration.members.length, lanes: configuration.lanes },
      "no circuit for this committee: its reports are signed, not proven",
    );
    return undefined;
  }
  const artifacts = await findArtifacts(config.prover.artifacts ?? DEFAULT_ARTIFACTS, instance.name);
  const prover = await createProver({ artifacts, shape: instance }, { log });
  lifecycle.onStop("prover", () => prover.stop());
  const proving = createProving(
    { configuration, configDigest, domain: { chainId, hub }, self, deltaProof: DELTA_PROOF_MS },
    {
      ...{ ...parts, prover, clock, log },
      onProof: ({ sequence, witnessMs, proveMs }) => journal.publish("proof", sequence, { witnessMs, proveMs }),
    },
  );
  lifecycle.onStop("proving", () => proving.stop());
  return proving;
}

type Instance = CircuitShape & { readonly name: keyof typeof artifactRecords };

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
    throw new QuorateError<ProvingError>({ code: "artifacts-missing", directory: folder }, message, { cause });
  }
  return { r1cs: file("r1cs"), wasm: file("wasm"), zkey: file("zkey"), verificationKey: file("verificationKey") };
}
