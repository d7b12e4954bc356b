import { QuorateError } from "../errors/quorate-error.ts";
import { parseDecimal } from "../feeds/decimal.ts";
import type { Fraction } from "./exponential.ts";
import { noiseStarts } from "./noise-table.ts";

export interface LocalCircuitError {
  readonly code: "local-circuit-impossible";
  readonly circuit: string;
}

/** An instance of `LocalAggregate` as `circuits/instances.json` describes it. */
export interface LocalCircuitSpec {
  readonly name: string;
  /** k: samples of one aggregate. */
  readonly samples: number;
  /** A sample is an integer from 0 to 2^bits − 1. */
  readonly bits: number;
  /** ε for one sample, a decimal number. */
  readonly epsilon: string;
  /** δ is at most 2^−deltaBits. */
  readonly deltaBits: number;
}

/** What a circuit computes. */
export interface LocalCircuit extends LocalCircuitSpec {
  /** The table of its noise, `starts` of `LaplaceNoise`. */
  readonly noise: readonly bigint[];
}

/** A million readings; the largest sum of samples and noise then stays far below an int96. */
const MAX_SAMPLES = 2 ** 20;
const MAX_BITS = 64;
const EPSILON_DECIMALS = 18;
const MAX_EPSILON = 16n * 10n ** BigInt(EPSILON_DECIMALS);

/** @throws QuorateError<LocalCircuitError | NoiseTableError> for parameters that make no circuit. */
export function localCircuit(spec: LocalCircuitSpec): LocalCircuit {
  const { name, samples, bits, deltaBits } = spec;
  const isSized = isWithin(samples, 1, MAX_SAMPLES) && isWithin(bits, 1, MAX_BITS) && isWithin(deltaBits, 1, 40);
  if (!isSized)
    throw impossible(name, `give it 1 to ${MAX_SAMPLES} samples of 1 to ${MAX_BITS} bits, and 1 to 40 deltaBits`);
  return { ...spec, noise: noiseStarts({ epsilon: epsilonOf(spec), deltaBits }) };
}

/** @throws QuorateError<LocalCircuitError> for text that is no number above 0 and up to 16. */
export function epsilonOf({ name, epsilon }: Pick<LocalCircuitSpec, "name" | "epsilon">): Fraction {
  const numerator = parseDecimal(epsilon, EPSILON_DECIMALS);
  if (numerator === undefined || numerator <= 0n || numerator > MAX_EPSILON)
    throw impossible(name, `epsilon is a decimal number above 0, at most 16, not ${JSON.stringify(epsilon)}`);
  return { numerator, denominator: 10n ** BigInt(EPSILON_DECIMALS) };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function impossible(circuit: string, message: string): QuorateError<LocalCircuitError> {
  return new QuorateError({ code: "local-circuit-impossible", circuit }, `circuit ${circuit}: ${message}`);
}
