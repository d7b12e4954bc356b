import { id } from "ethers";
import { abiWords } from "../codec/abi-words.ts";
import { CHAIN_TAG, poseidonChain } from "../codec/poseidon-chain.ts";
import { toField } from "../crypto/field.ts";
import { keccak256 } from "../crypto/keccak.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Hex } from "../types/hex.ts";
import type { LocalCircuit } from "./local-circuit.ts";
import { noiseOf } from "./noise.ts";

export interface SampleCountError {
  readonly code: "sample-count";
  readonly samples: number;
  readonly expected: number;
}

/**
 * What a device's aggregates mean, and where their beacon will come from. Published with the commitment to the seed before anybody
 * can know the beacon: whoever could change any of it afterwards could choose the noise, try by try.
 */
export interface AggregatePlan {
  /** Name of the circuit. */
  readonly circuit: string;
  readonly device: string;
  /** What is measured. */
  readonly feed: string;
  /** Which 32 bytes the beacon will be, for a person: it names one value that nobody knows yet, nor can choose. */
  readonly beaconRule: string;
  /** Epoch e lasts from e · epochSeconds to (e + 1) · epochSeconds, Unix time. One aggregate each. */
  readonly epochSeconds: number;
  /** What sample 0 stands for, in units of 10^−decimals; the largest is 2^bits − 1 units above. */
  readonly minimum: bigint;
  readonly decimals: number;
}

/** A plan with its beacon. All of it enters each proof. */
export interface AggregateTerms extends AggregatePlan {
  /** 32 bytes, by the plan's rule. */
  readonly beacon: Hex;
}

/** A plan, or terms, with the commitment to the seed that they are for. */
export interface Announced<Plan extends AggregatePlan = AggregatePlan> {
  readonly terms: Plan;
  readonly commitment: bigint;
}

/** The input signals of `LocalAggregate`, under their names there. */
export type AggregateInputs = Readonly<{
  context: bigint;
  commitment: bigint;
  /** As a field element. */
  value: bigint;
  samples: readonly bigint[];
  seed: bigint;
}>;

const ANNOUNCEMENT_TAG = id("quorate.aggregate-announcement.v1") as Hex;
const CONTEXT_TAG = id("quorate.local-aggregate.v1") as Hex;

/**
 * Digest of what a device publishes before its beacon is drawn: keccak256(abi.encode(tag, circuit, device, feed, beaconRule,
 * epochSeconds, minimum, decimals, commitment)), texts by their keccak256 as UTF-8.
 */
export function announcementDigest({ terms, commitment }: Announced): Hex {
  const { circuit, device, feed, beaconRule, epochSeconds, minimum, decimals } = terms;
  const texts = [circuit, device, feed, beaconRule].map((text) => id(text) as Hex);
  return keccak256(abiWords([ANNOUNCEMENT_TAG, ...texts, epochSeconds, minimum, decimals, commitment]));
}

/**
 * What an aggregate is for, as one field element: keccak256(abi.encode(tag, announcement, beacon, epoch)) >> 8. So noise
 * follows from the seed, what was announced with it, the beacon and the epoch, and from nothing that could be chosen later.
 */
export function aggregateContext(announced: Announced<AggregateTerms>, epoch: number): bigint {
  const words = [CONTEXT_TAG, announcementDigest(announced), announced.terms.beacon, epoch];
  return BigInt(keccak256(abiWords(words))) >> 8n;
}

/** Commitment to a device's seed: the Poseidon chain with tag 3. It hides a seed that nobody can guess. */
export function seedCommitment(seed: bigint): bigint {
  return poseidonChain(CHAIN_TAG.seed, [seed]);
}

export interface AggregateSecrets {
  /** A uniform field element. */
  readonly seed: bigint;
  /** In units of 10^−decimals. */
  readonly samples: readonly bigint[];
}

export interface Aggregate {
  /** The sum of the samples' distances from the minimum, with noise, in units of 10^−decimals. May be below 0. */
  readonly value: bigint;
  readonly inputs: AggregateInputs;
}

/**
 * What a device publishes of its samples, and the circuit's inputs that prove it: the twin of `LocalAggregate`. A sample
 * beyond the range counts as the range's end, since to publish nothing would tell that there was one.
 * @throws QuorateError<SampleCountError | NoiseError>
 */
export function aggregate(
  circuit: LocalCircuit,
  { terms, epoch }: { readonly terms: AggregateTerms; readonly epoch: number },
  secrets: AggregateSecrets,
): Aggregate {
  const { seed } = secrets;
  if (secrets.samples.length !== circuit.samples) throw otherCount(secrets.samples.length, circuit.samples);
  const largest = (1n << BigInt(circuit.bits)) - 1n;
  const samples = secrets.samples.map((sample) => clamp(sample - terms.minimum, largest));
  const commitment = seedCommitment(seed);
  const context = aggregateContext({ terms, commitment }, epoch);
  const random = poseidonChain(CHAIN_TAG.noise, [seed, context]);
  const value = samples.reduce((sum, sample) => sum + sample, noiseOf(random, circuit.noise, circuit.bits).value);
  return { value, inputs: { context, commitment, value: toField(value), samples, seed } };
}

/** What a value says of the samples themselves, in units of 10^−decimals. */
export function sumOf(circuit: Pick<LocalCircuit, "samples">, { minimum }: AggregateTerms, value: bigint): bigint {
  return BigInt(circuit.samples) * minimum + value;
}

/** The epoch at a time. @param seconds Unix time. */
export function epochAt({ epochSeconds }: Pick<AggregateTerms, "epochSeconds">, seconds: number): number {
  return Math.floor(seconds / epochSeconds);
}

function clamp(value: bigint, largest: bigint): bigint {
  if (value < 0n) return 0n;
  return value > largest ? largest : value;
}

function otherCount(samples: number, expected: number): QuorateError<SampleCountError> {
  const message = `the circuit sums ${expected} samples, not ${samples}: give it each of them`;
  return new QuorateError({ code: "sample-count", samples, expected }, message);
}
