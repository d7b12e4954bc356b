import { readAggregateDocument } from "../../../core/aggregate/document.ts";
import { aggregateFigures, type AggregateFigures } from "../../../core/aggregate/figures.ts";
import { announcementDigest } from "../../../core/aggregate/statement.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { loadVerificationKey } from "../../registry/verification-key.ts";
import { type AggregateFault, createAggregateCheck } from "../../sources/aggregate-check.ts";
import { BUILT_CIRCUITS, DEVELOPMENT_KEYS, digestOfKey, findArtifacts } from "../circuit-files.ts";
import { readAnnouncement, requireAnnounced } from "./announcement.ts";
import { readDeviceTerms } from "./device-terms.ts";
import { findLocalCircuit } from "./local-circuits.ts";

export interface VerifyAggregateOptions {
  readonly termsFile: string;
  /** What the device published before the beacon was drawn; without it the terms are taken as they are. */
  readonly announcementFile?: string | undefined;
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
  /** Digest of what the device must have published before the beacon was drawn. When it did is for the reader to look up. */
  readonly announcement: Hex;
}

/**
 * Checks a document by itself, as a node's source does, but of any age.
 * @param json the parsed document, of any origin.
 * @throws QuorateError for what is no document, for terms and keys that cannot be read, and for terms that were not announced.
 */
export async function verifyAggregate(json: unknown, options: VerifyAggregateOptions): Promise<VerifiedAggregate> {
  const { announcementFile } = options;
  const announced = await readDeviceTerms(options.termsFile);
  const { terms, commitment } = announced;
  if (announcementFile !== undefined) requireAnnounced(announced, await readAnnouncement(announcementFile));
  const circuit = findLocalCircuit(terms.circuit);
  const aggregate = readAggregateDocument(json);
  const key = await loadVerificationKey(options.key ?? (await builtKey(circuit.name, options.artifacts)));
  const check = createAggregateCheck({ terms, commitment, key, maxAgeEpochs: 0 });
  const fault = check.judge(aggregate, aggregate.epoch * terms.epochSeconds);
  return {
    figures: aggregateFigures({ samples: circuit.samples, terms }, aggregate),
    ...(fault !== undefined && { fault }),
    isForgeable: DEVELOPMENT_KEYS.has(key.digest),
    announcement: announcementDigest(announced),
  };
}

async function builtKey(name: Parameters<typeof findArtifacts>[1], artifacts = BUILT_CIRCUITS) {
  const { verificationKey } = await findArtifacts(artifacts, name, ["verificationKey"]);
  return { file: verificationKey.path, digest: digestOfKey(name) };
}
