import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { localCircuit } from "../../../core/aggregate/local-circuit.ts";
import { noiseOf, type Noise } from "../../../core/aggregate/noise.ts";
import { LOW_BITS, noiseStarts, stepWeights, UNIFORM_VALUES } from "../../../core/aggregate/noise-table.ts";
import { CHAIN_TAG, poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { withCode } from "../../support/error-code.ts";

const BITS = 32;
const { noise: STARTS } = localCircuit({ name: "test", samples: 4, bits: BITS, epsilon: "1", deltaBits: 40 });

describe("the noise of a field element", () => {
  /** An element with these top 48 bits, this sign and this filling, and ones in between. */
  function element(high: bigint, { isNegative = false, filling = 0n } = {}): bigint {
    const between = (1n << (LOW_BITS - 33n)) - 1n;
    return (high << LOW_BITS) | (between << 33n) | ((isNegative ? 1n : 0n) << 32n) | filling;
  }

  it("takes the step of the interval that holds its top bits, at both edges of each", () => {
    for (const [m, start] of STARTS.slice(0, -1).entries()) {
      const end = STARTS[m + 1] ?? 0n;
      for (const high of [start, end - 1n]) {
        assert.equal(noiseOf(element(high), STARTS, BITS).step, BigInt(m));
        assert.equal(noiseOf(element(high, { isNegative: true }), STARTS, BITS).step, BigInt(-m));
      }
    }
  });

  it("is step · 2^32 + filling − 2^31", () => {
    const filling = 0x89ab_cdefn;
    const high = STARTS[2] ?? 0n;
    const noise = noiseOf(element(high, { isNegative: true, filling }), STARTS, BITS);
    assert.deepEqual(noise, { step: -2n, filling, value: -2n * 2n ** 32n + filling - 2n ** 31n });
    assert.equal(noiseOf(0n, STARTS, BITS).value, -(2n ** 31n));
  });

  it("is none where the circuit has none: beyond the last interval, one element in 2^48.6", () => {
    const beyond = UNIFORM_VALUES << LOW_BITS;
    assert.equal(noiseOf(beyond - 1n, STARTS, BITS).step, BigInt(2 - STARTS.length));
    assert.throws(() => noiseOf(beyond, STARTS, BITS), withCode("noise-unavailable"));
    assert.throws(() => noiseOf(FIELD_MODULUS - 1n, STARTS, BITS), withCode("noise-unavailable"));
    assert.ok((FIELD_MODULUS - beyond) << 48n < FIELD_MODULUS && (FIELD_MODULUS - beyond) << 49n > FIELD_MODULUS);
  });
});

/** Σ (observed − expected)² / expected. */
function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 0), 0);
}

/** Of a chi-square distribution: exceeded once in 10,000 times, by Wilson and Hilferty's approximation. */
function critical(degrees: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + 3.719 * Math.sqrt(spread)) ** 3;
}

describe("noise by the real path, seed and context through Poseidon", () => {
  const SAMPLES = 24_000;
  /** Steps beyond have less than some 20 of the samples, together. */
  const FAR = 7n;
  let randoms: bigint[];
  let drawn: Noise[];
  before(() => {
    const seed = poseidonChain(9, [20_240_501n]);
    randoms = Array.from({ length: SAMPLES }, (_, epoch) => poseidonChain(CHAIN_TAG.noise, [seed, BigInt(epoch)]));
    drawn = randoms.map((random) => noiseOf(random, STARTS, BITS));
  });

  /** How often each step occurs: −FAR or less, …, FAR or more. */
  function histogram(steps: readonly bigint[]): number[] {
    const counts = new Array<number>(2 * Number(FAR) + 1).fill(0);
    for (const step of steps) {
      const near = step > FAR ? FAR : step < -FAR ? -FAR : step;
      counts[Number(near + FAR)] = (counts[Number(near + FAR)] ?? 0) + 1;
    }
    return counts;
  }

  /** From ε alone, without the table. */
  function laplace(epsilon: number): number[] {
    const alpha = Math.exp(-epsilon);
    return Array.from({ length: 2 * Number(FAR) + 1 }, (_, i) => {
      const distance = Math.abs(i - Number(FAR));
      const tail = distance === Number(FAR) ? 1 / (1 - alpha) : 1;
      return SAMPLES * ((1 - alpha) / (1 + alpha)) * alpha ** distance * tail;
    });
  }

  const misfit = (steps: readonly bigint[], epsilon = 1) => chiSquare(histogram(steps), laplace(epsilon));
  const CRITICAL = critical(2 * Number(FAR));

  it("has steps of the discrete Laplace distribution with ε = 1", () => {
    assert.ok(misfit(drawn.map(({ step }) => step)) < CRITICAL);
  });

  it("fills steps evenly, whatever the step", () => {
    const cells = 16;
    for (const chosen of [drawn, drawn.filter(({ step }) => step > 0n), drawn.filter(({ step }) => step < 0n)]) {
      const counts = new Array<number>(cells).fill(0);
      for (const { filling } of chosen) counts[Number(filling >> 28n)] = (counts[Number(filling >> 28n)] ?? 0) + 1;
      assert.ok(chiSquare(counts, new Array<number>(cells).fill(chosen.length / cells)) < critical(cells - 1));
    }
  });

  it("shows each of these bugs", () => {
    const stepsBy = (starts: readonly bigint[]) => randoms.map((random) => noiseOf(random, starts, BITS).step);
    const wide = noiseStarts({ epsilon: { numerator: 11n, denominator: 10n }, deltaBits: 40 });
    const even = STARTS.map((_, m) => (UNIFORM_VALUES * BigInt(m)) / BigInt(STARTS.length - 1));
    const bugs: Record<string, readonly bigint[]> = {
      "the table of another ε": stepsBy(wide),
      "a table of placeholders": stepsBy(even),
      "a first interval a twentieth short": stepsBy(STARTS.with(1, ((STARTS[1] ?? 0n) * 19n) / 20n)),
      "no sign": drawn.map(({ step }) => (step < 0n ? -step : step)),
      "a sign that the step's own bits decide": randoms.map((random, i) => {
        const distance = drawn[i]?.step ?? 0n;
        const magnitude = distance < 0n ? -distance : distance;
        return (random >> 252n) % 2n === 0n ? magnitude : -magnitude;
      }),
      "a sign for step 0 too, as if it were two": drawn.map(({ step }, i) => (step === 0n && i % 2 === 0 ? 1n : step)),
    };
    for (const [bug, steps] of Object.entries(bugs)) assert.ok(misfit(steps) > CRITICAL, bug);
  });

  it("keeps the ratio of neighbouring steps' counts within e^ε, three deviations allowed", () => {
    const counts = histogram(drawn.map(({ step }) => step)).slice(1, -1);
    for (const [i, count] of counts.entries()) {
      const next = counts[i + 1];
      if (next === undefined) break;
      const allowed = Math.E * (1 + 3 * Math.sqrt(1 / count + 1 / next));
      assert.ok(count / next <= allowed && next / count <= allowed, `steps ${i} and ${i + 1}`);
    }
  });

  it("is as likely as its table says", () => {
    const weights = stepWeights(STARTS);
    const expected = laplace(1).slice(1, -1);
    for (const [i, count] of expected.entries()) {
      const weight = weights[Math.abs(i - Number(FAR) + 1)] ?? 0n;
      const probability = Number(weight) / (2 * Number(UNIFORM_VALUES));
      assert.ok(Math.abs(probability * SAMPLES - count) < 1e-3);
    }
  });
});
