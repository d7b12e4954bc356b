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

/** What a device's aggregates mean. All of it enters each proof, and all but the beacon is settled before the seed is. */
export interface AggregateTerms {
  /** Name of the circuit. */
  readonly circuit: string;
  readonly device: string;
  /** What is measured. */
  readonly feed: string;
  /** 32 bytes that nobody could know or choose when the commitment to the seed was published. */
  readonly beacon: Hex;
  /** Epoch e lasts from e · epochSeconds to (e + 1) · epochSeconds, Unix time. One aggregate each. */
  readonly epochSeconds: number;
  /** What sample 0 stands for, in units of 10^−decimals; the largest is 2^bits − 1 units above. */
  readonly minimum: bigint;
  readonly decimals: number;
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

const CONTEXT_TAG = id("quorate.local-aggregate.v1") as Hex;

/**
 * What an aggregate is for, as one field element: keccak256(abi.encode(tag, circuit, device, feed, beacon, epochSeconds,
 * minimum, decimals, epoch)) >> 8, texts by their keccak256. The circuit is in it so that two of them never share noise.
 */
export function aggregateContext(terms: AggregateTerms, epoch: number): bigint {
  const { circuit, device, feed, beacon, epochSeconds, minimum, decimals } = terms;
  const names = [circuit, device, feed].map((name) => id(name) as Hex);
  return BigInt(keccak256(abiWords([CONTEXT_TAG, ...names, beacon, epochSeconds, minimum, decimals, epoch]))) >> 8n;
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
  const context = aggregateContext(terms, epoch);
  const random = poseidonChain(CHAIN_TAG.noise, [seed, context]);
  const value = samples.reduce((sum, sample) => sum + sample, noiseOf(random, circuit.noise, circuit.bits).value);
  return { value, inputs: { context, commitment: seedCommitment(seed), value: toField(value), samples, seed } };
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
