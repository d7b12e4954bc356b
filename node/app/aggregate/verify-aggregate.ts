import { readAggregateDocument } from "../../../core/aggregate/document.ts";
import { aggregateFigures, type AggregateFigures } from "../../../core/aggregate/figures.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { loadVerificationKey } from "../../registry/verification-key.ts";
import { type AggregateFault, createAggregateCheck } from "../../sources/aggregate-check.ts";
import { BUILT_CIRCUITS, DEVELOPMENT_KEYS, digestOfKey, findArtifacts } from "../circuit-files.ts";
import { readDeviceTerms } from "./device-terms.ts";
import { findLocalCircuit } from "./local-circuits.ts";

export interface VerifyAggregateOptions {
  readonly termsFile: string;
  /** A verification key in snarkjs' format; that of `npm run build` unless given. */
  readonly key?: { readonly file: string; readonly digest: Hex } | undefined;
  readonly artifacts?: string | undefined;
}

export interface VerifiedAggregate {
  readonly figures: AggregateFigures;
  /** Why it does not hold; absent if it does. */
  readonly fault?: AggregateFault;
  /** Whether anybody could have made the proof, as for every key of the development setup. */
  readonly isForgeable: boolean;
}

/**
 * Checks a document by itself, as a node's source does, but of any age.
 * @param json the parsed document, of any origin.
 * @throws QuorateError for what is no document, and for terms and keys that cannot be read.
 */
export async function verifyAggregate(json: unknown, options: VerifyAggregateOptions): Promise<VerifiedAggregate> {
  const { terms, commitment } = await readDeviceTerms(options.termsFile);
  const circuit = findLocalCircuit(terms.circuit);
  const aggregate = readAggregateDocument(json);
  const key = await loadVerificationKey(options.key ?? (await builtKey(circuit.name, options.artifacts)));
  const check = createAggregateCheck({ terms, commitment, key, maxAgeEpochs: 0 });
  const fault = check.judge(aggregate, aggregate.epoch * terms.epochSeconds);
  return {
    figures: aggregateFigures({ samples: circuit.samples, terms }, aggregate),
    ...(fault !== undefined && { fault }),
    isForgeable: DEVELOPMENT_KEYS.has(key.digest),
  };
}

async function builtKey(name: Parameters<typeof findArtifacts>[1], artifacts = BUILT_CIRCUITS) {
  const { verificationKey } = await findArtifacts(artifacts, name);
  return { file: verificationKey.path, digest: digestOfKey(name) };
}
