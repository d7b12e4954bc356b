import path from "node:path";
import artifactRecords from "../../../circuits/artifacts.json" with { type: "json" };
import instances from "../../../circuits/instances.json" with { type: "json" };
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CircuitShape } from "../../../core/proof/circuit.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { loadArtifact } from "../../prover/load-artifacts.ts";
import { BUILT_CIRCUITS, type CircuitName } from "../circuit-files.ts";

export interface ReleaseCircuitError {
  readonly code: "verification-key-not-built";
  readonly circuit: string;
}

/** A median circuit of this release. All that `circuits/artifacts.json` records comes from the development setup. */
export interface ReleaseCircuit {
  readonly name: CircuitName;
  readonly shape: CircuitShape;
}

type MedianInstance = CircuitShape & Pick<ReleaseCircuit, "name">;

const MEDIAN_CIRCUITS = instances.filter(({ template }) => template === "MedianProof") as MedianInstance[];
const KEY_FILE = "verification-key.json";

/** The circuit with this verification key; undefined where this release has none. */
export function releaseCircuit(verificationKeyDigest: Hex): ReleaseCircuit | undefined {
  const instance = MEDIAN_CIRCUITS.find(
    ({ name }) => artifactRecords[name].verificationKeyDigest === verificationKeyDigest,
  );
  if (instance === undefined) return undefined;
  const { name, nMax, k, lanes } = instance;
  return { name, shape: { nMax, k, lanes } };
}

/**
 * Its verification key, parsed, as it was built here.
 * @throws QuorateError<ReleaseCircuitError> where it was not, or `artifact-mismatch`.
 */
export async function releaseKey({ name }: ReleaseCircuit): Promise<unknown> {
  const sha256 = artifactRecords[name].sha256.verificationKey as Hex;
  try {
    const content = await loadArtifact({ path: path.join(BUILT_CIRCUITS, name, KEY_FILE), sha256 });
    return JSON.parse(Buffer.from(content).toString("utf8")) as unknown;
  } catch (cause) {
    if (cause instanceof QuorateError) throw cause;
    const message = `the verification key of ${name} was not built here: run "node scripts/circuits/main.ts build --instance ${name}", or name the key's file with --key`;
    throw new QuorateError<ReleaseCircuitError>({ code: "verification-key-not-built", circuit: name }, message, {
      cause,
    });
  }
}
