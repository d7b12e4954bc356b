import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { invert } from "@noble/curves/abstract/modular.js";
import { affine, BASE8, pointOnCurve, SUBGROUP_ORDER } from "../../../core/crypto/babyjubjub.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

const P = FIELD_MODULUS;
const L = SUBGROUP_ORDER;
const LENGTH = 251;

const modulo = (value: bigint, modulus: bigint) => ((value % modulus) + modulus) % modulus;
const divided = (a: bigint, b: bigint) => modulo(a * invert(modulo(b, P), P), P);
const multiple = (factor: bigint) => BASE8.multiplyUnsafe(modulo(factor, L));

/** The curve's Montgomery form. */
export function montgomery(point: EdwardsPoint): bigint[] {
  const { x, y } = affine(point);
  const u = divided(1n + y, 1n - y);
  return [u, divided(u, x)];
}

export function fromMontgomery([u = 0n, v = 0n]: readonly bigint[]): EdwardsPoint | undefined {
  return pointOnCurve({ x: divided(u, v), y: divided(u - 1n, u + 1n) });
}

const SLOPE = "slope * (point[0] - accumulator[0]) === signedY - accumulator[1]";
const SECOND_SLOPE = "(slope + secondSlope) * (accumulator[0] - sumX) === 2 * accumulator[1]";

export const doubleAndAdd: Target = {
  call: "DoubleAndAdd()",
  honest: { accumulator: montgomery(multiple(5n)), point: montgomery(multiple(3n)), bit: 0n },
  promise(read) {
    const [accumulator, point] = [fromMontgomery(read("accumulator")), fromMontgomery(read("point"))];
    if (accumulator === undefined || point === undefined) return false;
    const sum = accumulator.double().add(single(read, "bit") === 1n ? point : point.negate());
    return fromMontgomery(read("out"))?.equals(sum) === true;
  },
  attacks: [
    ...[
      "signedY <== (2 * bit - 1) * point[1]",
      "sumX <== slope * slope - A - accumulator[0] - point[0]",
      "out[0] <== secondSlope * secondSlope - A - accumulator[0] - sumX",
      "out[1] <== secondSlope * (accumulator[0] - out[0]) - accumulator[1]",
    ].map((statement): Attack => ({ statement, lie: "the sum is another point", forge: { [statement]: { 0: 1n } } })),
    {
      statement: SLOPE,
      lie: "any line goes through the two points",
      forge: { "slope <-- (signedY - accumulator[1]) / (point[0] - accumulator[0])": { 0: 1n } },
    },
    {
      statement: SECOND_SLOPE,
      lie: "any line goes through the two points",
      forge: { "secondSlope <-- 2 * accumulator[1] / (accumulator[0] - sumX) - slope": { 0: 1n } },
    },
  ],
};

/** Bits of an integer, the lowest first. */
export function bitsOf(value: bigint, length: number): bigint[] {
  return Array.from({ length }, (_, i) => (value >> BigInt(i)) & 1n);
}

const numberOf = (bits: readonly bigint[]) => bits.reduceRight((sum, bit) => 2n * sum + bit, 0n);
const POINT = multiple(7n);
const SCALAR = 3n ** 158n; // 251 bits

export const signedMultiple: Target = {
  call: "SignedMultiple()",
  honest: { bits: bitsOf(SCALAR, LENGTH), point: [affine(POINT).x, affine(POINT).y] },
  promise(read) {
    const [x = 0n, y = 0n] = read("out");
    return pointOnCurve({ x, y })?.equals(POINT.multiplyUnsafe(multiplierOf(numberOf(read("bits"))))) === true;
  },
  attacks: [
    {
      statement: "montgomery.in <== point",
      lie: "it is a multiple of another point",
      forge: {
        "montgomery.in <== point": {
          0: affine(multiple(8n)).x - affine(POINT).x,
          1: affine(multiple(8n)).y - affine(POINT).y,
        },
      },
    },
    ...[
      "double.in <== montgomery.out",
      "step[i].point <== montgomery.out",
      "step[i].bit <== bits[length - 1 - i]",
      "step[i].accumulator <== double.out",
      "step[i].accumulator <== step[i - 1].out",
      "edwards.in <== step[length - 1].out",
      "out <== edwards.out",
    ].map((statement): Attack => ({
      statement,
      lie: "the outcome has nothing to do with the point or the scalar",
      forge: { [statement]: { 0: 1n } },
    })),
  ],
};

/** What SignedMultiple multiplies by for e. */
export function multiplierOf(e: bigint): bigint {
  return modulo(2n ** 251n + 1n + 2n * e, L);
}

const C = modulo(-(2n ** 251n + 1n), L);
export const TOP_P = P >> 188n;
const [TOP_L, TOP_C] = [L >> 188n, C >> 188n];
export const E_HINT = "e <-- rest % 2 == 0 ? rest \\ 2 : (rest + L) \\ 2";
export const QUOTIENT_HINT = "quotient <-- whole + 1 - rest % 2";

interface Recoding {
  readonly e: bigint;
  readonly quotient: bigint;
}

/** The recoding of an integer that may be beyond the field: value = 2e + (quotient - 1) * l - C. */
export function recode(value: bigint): Recoding {
  const e = modulo((value + C) * invert(2n, L), L);
  return { e, quotient: (value + C - 2n * e) / L + 1n };
}

export function topOf({ e, quotient }: Recoding): bigint {
  return (e >> 187n) + (quotient - 1n) * TOP_L - TOP_C;
}

/** Hints for a challenge that are not its own. */
function hints(challenge: bigint, forged: Recoding) {
  const honest = recode(challenge);
  return { [E_HINT]: { 0: forged.e - honest.e }, [QUOTIENT_HINT]: { 0: forged.quotient - honest.quotient } };
}

/** A quotient that is no small number, but meets the equation mod p and both bounds of `top`. */
function largeQuotient(challenge: bigint): Recoding {
  for (let top = 10n; ; top++) {
    const quotient = modulo(1n + (TOP_C + top) * invert(TOP_L, P), P);
    const e = modulo((challenge + C - (quotient - 1n) * L) * invert(2n, P), P);
    if (e < 2n ** BigInt(LENGTH)) return { e, quotient };
  }
}

const CHALLENGE = 5n ** 109n;
const NEAR_P = P - 2n ** 200n;
const NEAR_0 = 2n ** 200n;
const LARGE = largeQuotient(CHALLENGE);

export const challengeScalar: Target = {
  call: "ChallengeScalar()",
  honest: { challenge: CHALLENGE },
  promise(read) {
    const bits = read("bits");
    return (
      bits.every((bit) => bit === 0n || bit === 1n) && multiplierOf(numberOf(bits)) === single(read, "challenge") % L
    );
  },
  attacks: [
    {
      statement: "challenge === 2 * e + (quotient - 1) * L - C",
      lie: "any number is the challenge's",
      forge: { [E_HINT]: { 0: 1n } },
    },
    {
      statement: "decomposition.in <== e",
      lie: "the bits are another number's",
      forge: { "decomposition.in <== e": { 0: 1n } },
    },
    {
      statement: "small.in <== quotient",
      lie: "a quotient of the field's size makes any number the challenge's",
      forge: { ...hints(CHALLENGE, LARGE), "small.in <== quotient": { 0: 1n - LARGE.quotient } },
    },
    {
      statement: "bits[i] <== decomposition.out[i]",
      lie: "a bit is the other one",
      forge: { "bits[i] <== decomposition.out[i]": { 0: 1n - 2n * (recode(CHALLENGE).e & 1n) } },
    },
    {
      statement: "above.in <== top - 2",
      lie: "the challenge is an integer below 0, h - p",
      inputs: { challenge: NEAR_P },
      forge: {
        ...hints(NEAR_P, recode(NEAR_P - P)),
        "above.in <== top - 2": { 0: 2n - topOf(recode(NEAR_P - P)) },
      },
    },
    {
      statement: "below.in <== TOP_P - 15 - top",
      lie: "the challenge is an integer above p, h + p",
      inputs: { challenge: NEAR_0 },
      forge: {
        ...hints(NEAR_0, recode(NEAR_0 + P)),
        "below.in <== TOP_P - 15 - top": { 0: topOf(recode(NEAR_0 + P)) + 15n - TOP_P },
      },
    },
  ],
};
