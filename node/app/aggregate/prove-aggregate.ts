import { readFile } from "node:fs/promises";
import { type AggregateDocument, aggregateDocument } from "../../../core/aggregate/document.ts";
import { readSample } from "../../../core/aggregate/sample.ts";
import { aggregate, announcementDigest, epochAt, seedCommitment } from "../../../core/aggregate/statement.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createCircuitProver } from "../../prover/circuit-prover.ts";
import { BUILT_CIRCUITS, findArtifacts } from "../circuit-files.ts";
import { type AnnouncementDocument, announcementDocument, readPlan } from "./announcement.ts";
import { createSeed, readSeed, takeEpoch } from "./device-seed.ts";
import { readDeviceTerms } from "./device-terms.ts";
import { findLocalCircuit } from "./local-circuits.ts";

export type ProveAggregateError =
  | { readonly code: "seed-not-committed"; readonly file: string }
  | { readonly code: "terms-not-announced"; readonly given: Hex; readonly announced: Hex }
  | { readonly code: "samples-invalid"; readonly file: string }
  | { readonly code: "epoch-ahead"; readonly epoch: number; readonly current: number };

export interface ProveAggregateOptions {
  readonly termsFile: string;
  readonly seedFile: string;
  /** A JSON list of numbers, as text or as JSON's numbers: see `readSample`. */
  readonly samplesFile: string;
  /** The last one that is over unless given. */
  readonly epoch?: number | undefined;
  /** Folder of built circuits; that of `npm run build` unless given. */
  readonly artifacts?: string | undefined;
}

export interface ProveAggregateDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface ProvenEpoch {
  readonly document: AggregateDocument;
  readonly witnessMs: number;
  readonly proveMs: number;
}

/** Draws a device's seed for a plan into a file of its own. @returns what to publish before the beacon is drawn. */
export async function commitSeed(
  file: string,
  { planFile }: { readonly planFile: string },
): Promise<AnnouncementDocument> {
  const plan = await readPlan(planFile);
  findLocalCircuit(plan.circuit);
  return announcementDocument(await createSeed(file, plan));
}

/**
 * What a device publishes for an epoch. The epoch is used up as soon as nothing but proving is left to do: should that fail, it
 * stays unpublished.
 */
export async function proveAggregate(
  options: ProveAggregateOptions,
  { now }: ProveAggregateDeps,
): Promise<ProvenEpoch> {
  const { termsFile, seedFile, samplesFile, artifacts = BUILT_CIRCUITS } = options;
  const { terms, commitment } = await readDeviceTerms(termsFile);
  const circuit = findLocalCircuit(terms.circuit);
  const { seed, announcement: announced } = await readSeed(seedFile);
  if (seedCommitment(seed) !== commitment) throw notCommitted(seedFile);
  const given = announcementDigest({ terms, commitment });
  if (given !== announced) throw notAnnounced({ given, announced });
  const current = epochAt(terms, now() / 1000);
  const epoch = options.epoch ?? current - 1;
  if (epoch > current) throw ahead(epoch, current);
  const samples = await readSamples(samplesFile, terms.decimals);
  const { value, inputs } = aggregate(circuit, { terms, epoch }, { seed, samples });
  const prover = await createCircuitProver({ artifacts: await findArtifacts(artifacts, circuit.name) });
  try {
    await takeEpoch(seedFile, epoch);
    const { proof, witnessMs, proveMs } = await prover.prove(inputs);
    const { circuit: name, device, feed } = terms;
    return {
      document: aggregateDocument({ circuit: name, device, feed, epoch, commitment, value, proof }),
      witnessMs,
      proveMs,
    };
  } finally {
    await prover.stop();
  }
}

async function readSamples(file: string, decimals: number): Promise<bigint[]> {
  const list = (await readFile(file, "utf8")
    .then(JSON.parse, () => undefined)
    .catch(() => undefined)) as unknown;
  const numbers = Array.isArray(list) ? list.map((one: unknown) => readSample(one, decimals)) : [undefined];
  if (numbers.every((number) => number !== undefined)) return numbers;
  // No word of what it holds: samples are private.
  const message = `${file} is no JSON list of numbers such as ["21.5", 20]: write the samples so`;
  throw new QuorateError<ProveAggregateError>({ code: "samples-invalid", file }, message);
}

function notCommitted(file: string): QuorateError<ProveAggregateError> {
  const message = `the terms commit to another seed than ${file} holds: name the seed that was committed to`;
  return new QuorateError({ code: "seed-not-committed", file }, message);
}

function notAnnounced(digests: { given: Hex; announced: Hex }): QuorateError<ProveAggregateError> {
  const { given, announced } = digests;
  const message = `these terms would be announced as ${given}, but ${announced} was announced with the seed: restore them, or commit anew for another beacon`;
  return new QuorateError({ code: "terms-not-announced", given, announced }, message);
}

function ahead(epoch: number, current: number): QuorateError<ProveAggregateError> {
  const message = `epoch ${epoch} has not begun, it is ${current} now: set the clock, or name an earlier epoch`;
  return new QuorateError({ code: "epoch-ahead", epoch, current }, message);
}
