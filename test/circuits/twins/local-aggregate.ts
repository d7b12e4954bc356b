import fc from "fast-check";
import { noiseOf } from "../../../core/aggregate/noise.ts";
import { LOW_BITS, UNIFORM_VALUES } from "../../../core/aggregate/noise-table.ts";
import { aggregate, type AggregateInputs, seedCommitment } from "../../../core/aggregate/statement.ts";
import { CHAIN_TAG, poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { toField } from "../../../core/crypto/field.ts";
import { localCircuit } from "../../support/circuits.ts";
import { LOCAL_CIRCUIT, METER_TERMS } from "../../support/devices.ts";
import { around, EDGES, element, modulo } from "./edges.ts";
import { twin } from "./twin.ts";
import type { Twin } from "./twin.ts";

const { noise: STARTS, bits, samples: SAMPLES } = LOCAL_CIRCUIT;
const TABLE = `${STARTS.length - 2}, [${STARTS.join(", ")}]`;
const END = 1n << BigInt(bits);
const LOW = 1n << LOW_BITS;

/** Both ends of every interval, with the ends of what lies below. */
const INTERVALS = STARTS.slice(0, -1).flatMap((start, m) =>
  [start, (STARTS[m + 1] ?? 0n) - 1n].flatMap((high) => [0n, END - 1n, END, LOW - 1n].map((low) => high * LOW + low)),
);

/** The noise of an element as the circuit has it: none for the few beyond the table. */
function noiseValue(random: bigint): bigint | undefined {
  return random >> LOW_BITS < UNIFORM_VALUES ? noiseOf(random, STARTS, bits).value : undefined;
}

const laplaceNoise: Twin = twin({
  call: `LaplaceNoise(${bits}, ${TABLE})`,
  inputs: fc.record({ random: element }),
  edges: [...EDGES, ...INTERVALS, UNIFORM_VALUES * LOW - 1n, UNIFORM_VALUES * LOW].map((random) => ({ random })),
  outputs({ random }) {
    const value = noiseValue(random);
    return value === undefined ? undefined : toField(value);
  },
});

function holds({ context, commitment, value, samples, seed }: AggregateInputs): boolean {
  const noise = noiseValue(poseidonChain(CHAIN_TAG.noise, [seed, context]));
  if (noise === undefined || seedCommitment(seed) !== commitment || samples.some((sample) => sample >= END))
    return false;
  return toField(samples.reduce((sum, sample) => sum + sample, noise)) === value;
}

/** What a device would prove, and the same with one input altered. */
const aggregates: fc.Arbitrary<AggregateInputs> = fc
  .record({
    seed: element,
    epoch: fc.nat(),
    samples: fc.array(fc.bigInt(0n, END - 1n), { minLength: SAMPLES, maxLength: SAMPLES }),
    altered: fc.constantFrom("nothing", "nothing", "context", "commitment", "value", "seed", "sample"),
    other: fc.oneof(
      element,
      around(0n, END).map((amount) => modulo(amount)),
    ),
  })
  .map(({ seed, epoch, samples, altered, other }) => {
    const { inputs } = aggregate(LOCAL_CIRCUIT, { terms: { ...METER_TERMS, minimum: 0n }, epoch }, { seed, samples });
    if (altered === "nothing") return inputs;
    if (altered !== "sample") return { ...inputs, [altered]: other };
    // The sum follows, so that the range alone decides.
    const [first = 0n, ...rest] = samples;
    return { ...inputs, samples: [other, ...rest], value: modulo(inputs.value + other - first) };
  });

const localAggregate: Twin = twin({
  call: `LocalAggregate(${SAMPLES}, ${bits}, ${TABLE})`,
  circuit: localCircuit,
  inputs: aggregates,
  outputs: (inputs) => (holds(inputs) ? [] : undefined),
});

export const LOCAL_TWINS: readonly Twin[] = [laplaceNoise, localAggregate];
