import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { observationDigest, valuesCommitment } from "../../../core/codec/observation-digest.ts";
import { affine, BASE8, pointOnCurve, SUBGROUP_ORDER } from "../../../core/crypto/babyjubjub.ts";
import { deriveObserverKey, signEddsaPoseidon, verifyEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { poseidon } from "../../../core/crypto/poseidon.ts";
import { seedOf } from "../../support/median-statement.ts";
import { recode } from "./arithmetic.ts";
import { mended, single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

const L = SUBGROUP_ORDER;
const modulo = (value: bigint) => ((value % L) + L) % L;
const multiple = (factor: bigint) => BASE8.multiplyUnsafe(modulo(factor));
const coordinates = (point: EdwardsPoint): [bigint, bigint] => [affine(point).x, affine(point).y];
const negated = (value: bigint) => (FIELD_MODULUS - value) % FIELD_MODULUS;

const { secretScalar: SECRET, publicKey: KEY } = deriveObserverKey(seedOf(0));
const MESSAGE = 123_456_789n;
const NONCE = 3n ** 150n;
const R8 = coordinates(multiple(NONCE));
/** R8 and the point of order two, (0, -1): on the curve, outside the prime subgroup. */
const TWISTED: [bigint, bigint] = [negated(R8[0]), negated(R8[1])];

/** h over what a signer says; `changes` are added to the hash's inputs. */
function challengeOf(r8: readonly bigint[], changes: Readonly<Record<number, bigint>> = {}): bigint {
  return poseidon([...r8, KEY.x, KEY.y, MESSAGE].map((input, j) => input + (changes[j] ?? 0n)));
}

/** A signature of a signer that computes its own way. @param s as a multiple of Base8. */
function signed(s: bigint, r8 = R8) {
  return { key: [KEY.x, KEY.y], r8, s: modulo(s), message: MESSAGE };
}

/** h * 8 * key as a multiple of Base8. */
const term = (h: bigint) => modulo(8n * h * SECRET);
const HONEST = challengeOf(R8);
const OF_TWISTED = challengeOf(TWISTED);
const [DOUBLE, QUADRUPLE, OCTUPLE, PRODUCT] = [2n, 4n, 8n, 8n * HONEST].map((m) => coordinates(multiple(m * SECRET)));
const PRODUCT_OF_TWISTED = coordinates(multiple(term(OF_TWISTED)));
const S = modulo(NONCE + term(HONEST));

/** A signature over -X in place of X: the forger negates the point's x. */
function negatedX(statement: string, x: bigint | undefined, inputs = signed(NONCE - term(HONEST))): Attack {
  const lie = "the challenge is multiplied by the negative of a point";
  return { statement, lie, inputs, forge: { [statement]: { 0: -2n * (x ?? 0n) } } };
}

/** The same by its y, which adds the point of order two: a further doubling takes it away, else R8 has it too. */
function negatedY(statement: string, y: bigint | undefined, inputs = signed(NONCE - term(HONEST))): Attack {
  const lie = "the challenge is multiplied by the negative of a point, and by one of order two";
  return { statement, lie, inputs, forge: { [statement]: { 0: -2n * (y ?? 0n) } } };
}

const lowestBit = (value: bigint) => value & 1n;
const HONEST_BIT = lowestBit(recode(HONEST).e);

export const eddsaPoseidon: Target = {
  call: "EddsaPoseidon()",
  honest: signed(NONCE + term(HONEST)),
  promise(read) {
    const [[x = 0n, y = 0n], [keyX = 0n, keyY = 0n]] = [read("r8"), read("key")];
    const [r8, key] = [pointOnCurve({ x, y }), pointOnCurve({ x: keyX, y: keyY })];
    if (r8 === undefined || key === undefined) return false;
    const h = poseidon([x, y, keyX, keyY, single(read, "message")]);
    return multiple(single(read, "s")).equals(r8.add(key.clearCofactor().multiplyUnsafe(h % L)));
  },
  attacks: [
    ...[0, 1].map((c): Attack => {
      const statement = `nonceOnCurve.${"xy"[c]} <== r8[${c}]`;
      return {
        statement,
        lie: "another point is shown to be on the curve",
        forge: { [statement]: { 0: -2n * (R8[c] ?? 0n) } },
        harmless: "an R8 off the curve that meets the equation would have to be found by trying hashes",
      };
    }),
    ...["r8[0]", "r8[1]", "key[0]", "key[1]", "message"].map((input, j): Attack => {
      const statement = `challenge.inputs[${j}] <== ${input}`;
      return {
        statement,
        lie: "the challenge is not over what was signed",
        inputs: signed(NONCE + term(challengeOf(R8, { [j]: 1n }))),
        forge: { [statement]: { 0: 1n } },
      };
    }),
    {
      statement: "scalar.challenge <== challenge.out",
      lie: "the challenge is a number of the signer's choice",
      inputs: signed(NONCE + term(HONEST + 1n)),
      forge: { "scalar.challenge <== challenge.out": { 0: 1n } },
    },
    negatedX("double.x <== key[0]", KEY.x),
    negatedY("double.y <== key[1]", KEY.y),
    negatedX("quadruple.x <== double.xout", DOUBLE?.[0]),
    negatedY("quadruple.y <== double.yout", DOUBLE?.[1]),
    negatedX("octuple.x <== quadruple.xout", QUADRUPLE?.[0]),
    negatedY("octuple.y <== quadruple.yout", QUADRUPLE?.[1]),
    {
      statement: "multiple.bits <== scalar.bits",
      lie: "the point is multiplied by another number than the challenge",
      inputs: signed(NONCE + term(HONEST + 2n - 4n * HONEST_BIT)),
      forge: { "multiple.bits <== scalar.bits": { 0: 1n - 2n * HONEST_BIT } },
    },
    negatedX("multiple.point[0] <== octuple.xout", OCTUPLE?.[0]),
    negatedY("multiple.point[1] <== octuple.yout", OCTUPLE?.[1], signed(NONCE - term(OF_TWISTED), TWISTED)),
    negatedX("right.x1 <== r8[0]", R8[0], signed(-NONCE + term(HONEST))),
    negatedY("right.y1 <== r8[1]", TWISTED[1], signed(-NONCE + term(OF_TWISTED), TWISTED)),
    negatedX("right.x2 <== multiple.out[0]", PRODUCT?.[0]),
    negatedY("right.y2 <== multiple.out[1]", PRODUCT_OF_TWISTED[1], signed(NONCE - term(OF_TWISTED), TWISTED)),
    {
      statement: "sBits.in <== s",
      lie: "another s than the one that is shown",
      inputs: signed(S + 1n),
      forge: { "sBits.in <== s": { 0: -1n } },
    },
    {
      statement: "left.e <== sBits.out",
      lie: "another s than the one that is shown",
      inputs: signed(S + 1n - 2n * lowestBit(S)),
      forge: { "left.e <== sBits.out": { 0: 2n * lowestBit(S) - 1n } },
    },
    {
      statement: "left.out[0] === right.xout",
      lie: "two points that share their y alone are the same",
      inputs: signed(-NONCE - term(HONEST)),
    },
    {
      statement: "left.out[1] === right.yout",
      lie: "two points that share their x alone are the same",
      inputs: signed(-NONCE - term(OF_TWISTED), TWISTED),
    },
  ],
};

const CONTEXT = 2n ** 247n + 11n;
const FEEDS = { mask: 7, values: [5n, 6n, 7n] };
const TIMESTAMP = 1_700_000_000;
const OTHER_KEY = deriveObserverKey(seedOf(1)).publicKey;

function observed(digest = observationDigest(CONTEXT, FEEDS, TIMESTAMP)) {
  const { r8, s } = signEddsaPoseidon(seedOf(0), digest);
  const { mask, values } = FEEDS;
  return {
    ...{ key: [KEY.x, KEY.y], context: CONTEXT, mask: BigInt(mask), values, timestamp: BigInt(TIMESTAMP) },
    ...{ r8: [r8.x, r8.y], s },
  };
}

const OBSERVED = observed();
const DIGEST = observationDigest(CONTEXT, FEEDS, TIMESTAMP);
const OTHER_COMMITMENT = 77n;

export const observationSignature: Target = {
  call: "ObservationSignature(3)",
  honest: OBSERVED,
  promise(read) {
    const [[keyX = 0n, keyY = 0n], [x = 0n, y = 0n]] = [read("key"), read("r8")];
    const feeds = { mask: Number(single(read, "mask")), values: read("values") };
    const digest = observationDigest(single(read, "context"), feeds, Number(single(read, "timestamp")));
    return verifyEddsaPoseidon({ x: keyX, y: keyY }, digest, { r8: { x, y }, s: single(read, "s") });
  },
  attacks: [
    mended("commitment.mask <== mask", "a feed is left out that was signed", {
      inputs: { ...OBSERVED, mask: 3n },
      by: { 0: 4n },
    }),
    mended("commitment.values <== values", "another value was signed", {
      inputs: { ...OBSERVED, values: [6n, 6n, 7n] },
      by: { 0: -1n },
    }),
    mended("message.inputs[0] <== context", "it is for another round", {
      inputs: { ...OBSERVED, context: CONTEXT + 1n },
      by: { 0: -1n },
    }),
    mended("message.inputs[1] <== commitment.out", "other values were signed", {
      inputs: observed(poseidon([CONTEXT, OTHER_COMMITMENT, BigInt(TIMESTAMP)])),
      by: { 0: OTHER_COMMITMENT - valuesCommitment(FEEDS) },
    }),
    mended("message.inputs[2] <== timestamp", "it is a second younger", {
      inputs: { ...OBSERVED, timestamp: BigInt(TIMESTAMP) + 1n },
      by: { 0: -1n },
    }),
    mended("signature.key <== key", "another member signed it", {
      inputs: { ...OBSERVED, key: [OTHER_KEY.x, OTHER_KEY.y] },
      by: { 0: KEY.x - OTHER_KEY.x, 1: KEY.y - OTHER_KEY.y },
    }),
    mended("signature.r8 <== r8", "another signature", {
      inputs: { ...OBSERVED, r8: [1n, 1n] },
      by: { 0: (OBSERVED.r8[0] ?? 0n) - 1n, 1: (OBSERVED.r8[1] ?? 0n) - 1n },
    }),
    mended("signature.s <== s", "another signature", {
      inputs: { ...OBSERVED, s: OBSERVED.s + 1n },
      by: { 0: -1n },
    }),
    mended("signature.message <== message.out", "it signs something else", {
      inputs: observed(DIGEST + 1n),
      by: { 0: 1n },
    }),
  ],
};
