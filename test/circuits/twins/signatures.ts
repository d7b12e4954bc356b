import assert from "node:assert/strict";
import fc from "fast-check";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { observationDigest } from "../../../core/codec/observation-digest.ts";
import { affine, BASE8, pointOnCurve, SUBGROUP_ORDER } from "../../../core/crypto/babyjubjub.ts";
import { deriveObserverKey, signEddsaPoseidon, verifyEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS, fromField } from "../../../core/crypto/field.ts";
import { seedOf } from "../../support/median-statement.ts";
import { bitsOf, fromMontgomery, montgomery, multiplierOf, recode, TOP_P, topOf } from "../soundness/arithmetic.ts";
import { around, EDGES, element, elements, modulo } from "./edges.ts";
import { twin } from "./twin.ts";
import type { Twin } from "./twin.ts";

const L = SUBGROUP_ORDER;
const BITS = 251;
const multiple = (factor: bigint) => BASE8.multiplyUnsafe(modulo(factor, L));
const coordinates = (point: EdwardsPoint) => [affine(point).x, affine(point).y];
const factor = fc.oneof(fc.constantFrom(1n, 2n, 3n, L - 1n, (L + 1n) / 2n), fc.bigInt(1n, L - 1n));

/** At times 2 * accumulator = ±point, of which there is no sum. Never accumulator = ±point, which the caller rules out. */
const doubleAndAdd = twin({
  call: "DoubleAndAdd()",
  inputs: fc
    .tuple(factor, fc.oneof(factor, fc.constantFrom("twice", "minus twice")), fc.bigInt(0n, 1n))
    .map(([accumulator, other, bit]) => {
      const point = typeof other === "bigint" ? other : other === "twice" ? 2n * accumulator : -2n * accumulator;
      return { accumulator, point, bit };
    })
    .filter(({ accumulator, point }) => (accumulator - point) % L !== 0n && (accumulator + point) % L !== 0n)
    .map(({ accumulator, point, bit }) => ({
      accumulator: montgomery(multiple(accumulator)),
      point: montgomery(multiple(point)),
      bit,
    })),
  outputs(inputs) {
    const [accumulator, point] = [fromMontgomery(inputs.accumulator), fromMontgomery(inputs.point)];
    if (accumulator === undefined || point === undefined) throw new Error("not on the curve");
    const sum = accumulator.double().add(inputs.bit === 1n ? point : point.negate());
    return sum.is0() ? undefined : montgomery(sum);
  },
});

const END = 2n ** BigInt(BITS);
/** The scalars whose sums meet infinity, as e of 2^251 + 1 + 2e. */
const INFINITE = [3n * L, 2n * L + 1n, 2n * L - 1n].map((scalar) => (scalar - END - 1n) / 2n);

const signedMultiple = twin({
  call: "SignedMultiple()",
  inputs: fc
    .record({
      e: fc.oneof(fc.bigInt(0n, END - 1n), fc.constantFrom(0n, 1n, END - 1n, L - 1n, L, L + 1n)),
      point: factor,
    })
    .map(({ e, point }) => ({ bits: bitsOf(e, BITS), point: coordinates(multiple(point)) })),
  edges: [
    ...INFINITE.flatMap((e) => [e - 1n, e, e + 1n]).map((e) => ({
      bits: bitsOf(e, BITS),
      point: coordinates(multiple(7n)),
    })),
    { bits: bitsOf(5n, BITS), point: [0n, 1n] },
  ],
  outputs({ bits, point: [x = 0n, y = 0n] }) {
    const point = pointOnCurve({ x, y });
    const e = bits.reduceRight((sum, bit) => 2n * sum + bit, 0n);
    if (point === undefined || point.is0() || INFINITE.includes(e)) return undefined;
    return coordinates(point.multiplyUnsafe(multiplierOf(e)));
  },
});

/** Its caller meets challenges this near to 0 or p once in 2^59 signatures. */
const UNSURE = 2n ** 193n;

const challengeScalar = twin({
  call: "ChallengeScalar()",
  inputs: fc.record({ challenge: fc.oneof(element, around(UNSURE, FIELD_MODULUS - UNSURE)) }),
  edges: [...EDGES, UNSURE, FIELD_MODULUS - UNSURE].map((edge) => ({ challenge: edge })),
  outputs({ challenge }) {
    const recoded = recode(challenge);
    const top = topOf(recoded);
    if (top < 2n || top > TOP_P - 15n) {
      assert.ok(challenge < UNSURE || challenge > FIELD_MODULUS - UNSURE, "only at the ends of the field");
      return undefined;
    }
    assert.equal(multiplierOf(recoded.e), challenge % L);
    return bitsOf(recoded.e, BITS);
  },
});

/** What is altered of a signature, and by how much. */
const alteration = fc.record({ what: fc.constantFrom("nothing", "r8", "s", "message", "key"), by: element });

function signed([member, message, { what, by }]: readonly [number, bigint, { what: string; by: bigint }]) {
  const { x, y } = deriveObserverKey(seedOf(what === "key" ? member + 1 : member)).publicKey;
  const { r8, s } = signEddsaPoseidon(seedOf(member), message);
  return {
    key: [x, y],
    r8: [modulo(r8.x + (what === "r8" ? by : 0n)), r8.y],
    s: modulo(s + (what === "s" ? by : 0n), L),
    message: modulo(message + (what === "message" ? by : 0n)),
  };
}

const eddsaPoseidon = twin({
  call: "EddsaPoseidon()",
  isSlow: true,
  inputs: fc.tuple(fc.nat(30), element, alteration).map(signed),
  edges: [0n, 1n, FIELD_MODULUS - 1n].map((message) => signed([5, message, { what: "nothing", by: 0n }])),
  outputs: ({ key: [keyX = 0n, keyY = 0n], r8: [x = 0n, y = 0n], s, message }) =>
    verifyEddsaPoseidon({ x: keyX, y: keyY }, message, { r8: { x, y }, s }) ? [] : undefined,
});

const LANES = 8;
const timestamp = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));

interface ObservationCase {
  readonly context: bigint;
  readonly mask: number;
  readonly values: readonly bigint[];
  readonly timestamp: number;
}

function signedObservation([member, own, what]: readonly [number, ObservationCase, string]) {
  const { context, mask, values, timestamp: at } = own;
  const { x, y } = deriveObserverKey(seedOf(member)).publicKey;
  const digest = observationDigest(context, { mask, values: values.map(fromField) }, at);
  const { r8, s } = signEddsaPoseidon(seedOf(member), digest);
  const altered = (name: string, value: bigint) => modulo(name === what ? value + 1n : value);
  return {
    key: [x, y],
    context: altered("context", context),
    mask: altered("mask", BigInt(mask)),
    values: values.map((value) => altered("values", value)),
    timestamp: altered("timestamp", BigInt(at)),
    r8: [r8.x, r8.y],
    s,
  };
}

const observationSignature = twin({
  call: `ObservationSignature(${LANES})`,
  isSlow: true,
  inputs: fc
    .tuple(
      fc.nat(30),
      fc.record({ context: element, mask: fc.constantFrom(0, 1, 0xff), values: elements(LANES), timestamp }),
      fc.constantFrom("nothing", "context", "mask", "values", "timestamp"),
    )
    .map(signedObservation),
  edges: [0n, modulo(-1n)].map((value) =>
    signedObservation([7, { context: value, mask: 0xff, values: Array(LANES).fill(value), timestamp: 1 }, "nothing"]),
  ),
  outputs({ key: [keyX = 0n, keyY = 0n], context, mask, values, timestamp: at, r8: [x = 0n, y = 0n], s }) {
    const digest = observationDigest(context, { mask: Number(mask), values: values.map(fromField) }, Number(at));
    return verifyEddsaPoseidon({ x: keyX, y: keyY }, digest, { r8: { x, y }, s }) ? [] : undefined;
  },
});

export const SIGNATURE_TWINS: readonly Twin[] = [
  ...[doubleAndAdd, signedMultiple, challengeScalar],
  ...[eddsaPoseidon, observationSignature],
];
