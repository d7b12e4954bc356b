import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CircuitShape } from "../../../core/proof/circuit.ts";
import type { ExportedProof } from "../../../core/proof/proof-document.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { type CeremonyRecord, ceremonyRecordSchema } from "../ceremony-record.ts";
import { readYamlFile } from "../../config/yaml-file.ts";
import type { ProofFinding } from "./proof-finding.ts";
import { releaseCircuit } from "./release-circuits.ts";

/** The ceremony made another key than the proof's, or one for no medians. */
export interface CeremonyOfAnotherKey {
  readonly code: "ceremony-of-another-key";
  readonly given: Hex;
  readonly needed: Hex;
}

/** The circuit of a verification key, which the key alone does not tell. */
export interface KeyCircuit {
  readonly name: string;
  readonly shape: CircuitShape;
  /** Whether anybody can forge its proofs. */
  readonly isDevelopment: boolean;
}

/** What `npm run ceremony -- export` wrote beside a key. @throws QuorateError<ConfigError> */
export function readCeremonyRecord(file: string): Promise<CeremonyRecord> {
  const ifMissing = "name the record.json that the ceremony's export wrote";
  return readYamlFile(file, { schema: ceremonyRecordSchema, ifMissing });
}

/**
 * The circuit of a key of this release, or of the ceremony that the reader trusts; undefined where neither knows it.
 * @throws QuorateError<CeremonyOfAnotherKey>
 */
export function circuitOfKey(digest: Hex, ceremony: CeremonyRecord | undefined): KeyCircuit | undefined {
  if (ceremony === undefined) {
    const released = releaseCircuit(digest);
    return released && { ...released, isDevelopment: true };
  }
  const { circuit: name, verificationKeyDigest: given, verifier } = ceremony;
  if (given === digest && verifier !== null) return { name, shape: verifier.shape, isDevelopment: false };
  const message = `the ceremony of ${name} made the key ${given}, the proof's is ${digest}: name the record of that key, of a circuit for medians`;
  throw new QuorateError<CeremonyOfAnotherKey>({ code: "ceremony-of-another-key", given, needed: digest }, message);
}

/** A circuit that takes fewer observations than 2f+1 could prove what faulty members chose. @param whose for a person. */
export function shapeFault(
  whose: string,
  shape: CircuitShape,
  { configuration, nMax }: Pick<ExportedProof, "configuration" | "nMax">,
): ProofFinding | undefined {
  const { f, lanes } = configuration;
  if (shape.nMax === nMax && shape.k === 2 * f + 1 && shape.lanes === lanes) return undefined;
  const reason = `the circuit ${whose} is for up to ${shape.nMax} members, ${shape.k} observations and ${shape.lanes} lanes: not for this committee`;
  return { code: "circuit-does-not-fit", reason };
}
