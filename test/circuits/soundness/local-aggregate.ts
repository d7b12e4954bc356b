import { localCircuit } from "../../../core/aggregate/local-circuit.ts";
import { noiseOf } from "../../../core/aggregate/noise.ts";
import { LOW_BITS, UNIFORM_VALUES } from "../../../core/aggregate/noise-table.ts";
import { seedCommitment } from "../../../core/aggregate/statement.ts";
import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { FIELD_MODULUS, toField } from "../../../core/crypto/field.ts";
import { mended, single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

const BITS = 8;
const SAMPLES = 2;
/** Steps 0, ±1, ±2: nearly half of all elements, a third, the rest. */
const STARTS = [0n, 98_352_156_153_992n, 170_715_628_641_867n, UNIFORM_VALUES] as const;
const STEPS = STARTS.length - 2;
const TABLE = `${STEPS}, [${STARTS.join(", ")}]`;

const LOW = 1n << LOW_BITS;
/** Between sign and top bits, so that no carry of an alias is hidden by zeros. */
const MIDDLE = 0x5eedn << 100n;
const random = (high: bigint, low = 0x37n) => high * LOW + MIDDLE + low;
/** In the middle of the interval of a step. */
const within = (step: 0 | 1 | 2) => random((STARTS[step] + STARTS[step + 1]!) / 2n);

const CHOSEN = "chosen[m] <-- starts[m] <= high && high < starts[m + 1] ? 1 : 0";
const NOT_BEFORE = "notBefore.in <== high - start";
const NOT_AFTER = "notAfter.in <== end - 1 - high";

/** The interval of another step is said to hold the top bits, and the difference that shows it wrong is replaced by 0. */
function otherInterval(from: 0 | 1 | 2, to: 0 | 1 | 2): Attack {
  const input = within(from);
  const high = input >> LOW_BITS;
  const [statement, difference] =
    to > from ? [NOT_BEFORE, high - STARTS[to]] : [NOT_AFTER, STARTS[to + 1]! - 1n - high];
  return {
    ...{ statement, lie: `a step of ${from} counts as one of ${to}`, inputs: { random: input } },
    forge: { [CHOSEN]: { [from]: -1n, [to]: 1n }, [statement]: { 0: -difference } },
  };
}

/** The other integer that stands for the same element. */
function alias(element: bigint): Attack {
  const [own, other] = [element, element + FIELD_MODULUS];
  return {
    statement: NOT_AFTER,
    lie: "the same element read as an integer above p has other low bits, so another sign and filling",
    inputs: { random: element },
    forge: {
      "high <-- random >> lowBits": { 0: (other >> LOW_BITS) - (own >> LOW_BITS) },
      "low <-- random & ((1 << lowBits) - 1)": { 0: (other % LOW) - (own % LOW) },
      [CHOSEN]: { [STEPS]: 1n },
      [NOT_AFTER]: { 0: 1n + (other >> LOW_BITS) - UNIFORM_VALUES },
    },
  };
}

export const laplaceNoise: Target = {
  call: `LaplaceNoise(${BITS}, ${TABLE})`,
  honest: { random: within(1) },
  promise: (read) => single(read, "out") === toField(noiseOf(single(read, "random"), STARTS, BITS).value),
  attacks: [
    {
      statement: "random === high * (1 << lowBits) + low",
      lie: "other top bits give a smaller step",
      forge: { "high <-- random >> lowBits": { 0: STARTS[0] - STARTS[1] } },
    },
    {
      statement: "digits.in <== low",
      lie: "a lower part of 207 bits borrows one from the top, which is in the interval before",
      inputs: { random: random(STARTS[1]) },
      forge: {
        "high <-- random >> lowBits": { 0: -1n },
        "low <-- random & ((1 << lowBits) - 1)": { 0: LOW },
        "digits.in <== low": { 0: -LOW },
      },
    },
    {
      statement: "chosen[m] * (chosen[m] - 1) === 0",
      lie: "twice the first interval less the second holds small top bits, and makes a step of -1 of 0",
      inputs: { random: random(5n) },
      forge: { [CHOSEN]: { 0: 1n, 1: -1n } },
    },
    {
      statement: "count === 1",
      lie: "the first two intervals added reach beyond the second, and make a step of 1 of 2",
      inputs: { random: random(STARTS[2]) },
      forge: { [CHOSEN]: { 0: 1n, 1: 1n, 2: -1n } },
    },
    ...[otherInterval(0, 1), otherInterval(0, 2), otherInterval(1, 2)],
    ...[otherInterval(2, 1), otherInterval(2, 0), otherInterval(1, 0)],
    ...[alias(0x37n), alias(0x137n)],
    mended("step <== (1 - 2 * digits.out[bits]) * distance", "the step has the other sign", { by: { 0: -2n } }),
    mended("step <== (1 - 2 * digits.out[bits]) * distance", "the step is one more", { by: { 0: 1n } }),
    ...[1n, -1n, 256n].map((amount) =>
      mended("out <== step * (1 << bits) + filling - (1 << (bits - 1))", `the noise is off by ${amount}`, {
        by: { 0: amount },
      }),
    ),
  ],
};

const CIRCUIT = {
  ...localCircuit({ name: "local-k2-w8", samples: SAMPLES, bits: BITS, epsilon: "1", deltaBits: 40 }),
  noise: STARTS,
};
const [SEED, OTHER_SEED] = [0x5eedn ** 9n, 0x5eeen ** 9n];
const [CONTEXT, OTHER_CONTEXT] = [0xc0ffeen ** 7n, 0xc0ffefn ** 7n];

interface Claim {
  readonly samples?: readonly bigint[];
  /** Private. */
  readonly seed?: bigint;
  /** Where the noise comes from. */
  readonly noise?: readonly [seed: bigint, context: bigint];
  readonly off?: bigint;
}

const noiseAt = (seed: bigint, context: bigint) => noiseOf(poseidonChain(4, [seed, context]), STARTS, BITS).value;

function claim({ samples = [255n, 0n], seed = SEED, noise = [seed, CONTEXT], off = 0n }: Claim = {}) {
  const sum = samples.reduce((total, sample) => total + sample, 0n) + noiseAt(...noise) + off;
  const value = ((sum % FIELD_MODULUS) + FIELD_MODULUS) % FIELD_MODULUS;
  return { context: CONTEXT, commitment: seedCommitment(SEED), value, samples, seed };
}

const IN_RANGE = "inRange[i].in <== samples[i]";

export const localAggregate: Target = {
  call: `LocalAggregate(${SAMPLES}, ${BITS}, ${TABLE})`,
  publicInputs: ["context", "commitment", "value"],
  honest: claim(),
  promise(read) {
    const [context, seed, samples] = [single(read, "context"), single(read, "seed"), read("samples")];
    const sum = samples.reduce((total, sample) => total + sample, 0n) + noiseAt(seed, context);
    const inRange = samples.every((sample) => sample < 1n << BigInt(CIRCUIT.bits));
    return inRange && single(read, "commitment") === seedCommitment(seed) && single(read, "value") === toField(sum);
  },
  attacks: [
    mended("committed.in[0] <== seed", "the noise comes from another seed than the committed one", {
      inputs: claim({ seed: OTHER_SEED }),
      by: { 0: SEED - OTHER_SEED },
    }),
    {
      statement: "committed.out === commitment",
      lie: "any seed is the committed one",
      inputs: claim({ seed: OTHER_SEED }),
    },
    mended("draw.in[0] <== seed", "the noise is drawn from a seed that was picked for it", {
      inputs: claim({ noise: [OTHER_SEED, CONTEXT] }),
      by: { 0: OTHER_SEED - SEED },
    }),
    mended("draw.in[1] <== context", "the noise is that of another epoch", {
      inputs: claim({ noise: [SEED, OTHER_CONTEXT] }),
      by: { 0: OTHER_CONTEXT - CONTEXT },
    }),
    mended("noise.random <== draw.out", "the noise is one more than what was drawn", {
      inputs: claim({ off: 1n }),
      by: { 0: 1n },
    }),
    ...[1n, -1n, 255n].map((off): Attack => ({
      statement: "value === sum + noise.out",
      lie: `the value is off by ${off}`,
      inputs: claim({ off }),
    })),
    ...[256n, 257n, FIELD_MODULUS - 1n, (FIELD_MODULUS + 1n) / 2n].map((sample) =>
      mended(IN_RANGE, `${sample} is a sample of eight bits`, {
        inputs: claim({ samples: [3n, sample] }),
        by: { 1: 255n - sample },
      }),
    ),
  ],
};
