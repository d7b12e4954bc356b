import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { buildEddsa } from "circomlibjs";
import fc from "fast-check";
import { affine, BASE8, pointOnCurve, SUBGROUP_ORDER } from "../../../core/crypto/babyjubjub.ts";
import { deriveObserverKey, signEddsaPoseidon, verifyEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { poseidon } from "../../../core/crypto/poseidon.ts";
import type { EdDsaSignature, Point } from "../../../core/types/observation.ts";
import { withCode } from "../../support/error-code.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";
import { readVectors } from "../../support/vectors.ts";

interface Vector {
  seed: string;
  publicKey: { x: string; y: string };
  message: string;
  signature: { r8: { x: string; y: string }; s: string };
}

const vectors = (readVectors("eddsa") as Vector[]).map(({ seed, publicKey, message, signature }) => ({
  seed: new Uint8Array(Buffer.from(seed.slice(2), "hex")),
  publicKey: pointOf(publicKey),
  message: BigInt(message),
  signature: { r8: pointOf(signature.r8), s: BigInt(signature.s) },
}));

function pointOf({ x, y }: { x: string; y: string }): Point {
  return { x: BigInt(x), y: BigInt(y) };
}

const seed = new Uint8Array(32).fill(3);
const { publicKey, secretScalar } = deriveObserverKey(seed);
const MESSAGE = 42n;
const signature = signEddsaPoseidon(seed, MESSAGE);

describe("against circomlibjs", () => {
  it("derives the same keys and signs the same bytes", () => {
    for (const vector of vectors) {
      assert.deepEqual(deriveObserverKey(vector.seed).publicKey, vector.publicKey);
      assert.deepEqual(signEddsaPoseidon(vector.seed, vector.message), vector.signature);
    }
  });

  it("accepts its signatures", () => {
    for (const vector of vectors) {
      assert.ok(verifyEddsaPoseidon(vector.publicKey, vector.message, vector.signature));
    }
  });

  it("is accepted by it", async () => {
    const eddsa = await buildEddsa();
    const element = (value: bigint) => eddsa.F.e(value);
    const theirs = {
      R8: [element(signature.r8.x), element(signature.r8.y)] as [Uint8Array, Uint8Array],
      S: signature.s,
    };
    const key: [Uint8Array, Uint8Array] = [element(publicKey.x), element(publicKey.y)];
    assert.ok(eddsa.verifyPoseidon(element(MESSAGE), theirs, key));
    assert.ok(!eddsa.verifyPoseidon(element(MESSAGE + 1n), theirs, key));
  });

  after(stopSnarkjs);
});

describe("verifyEddsaPoseidon", () => {
  it("accepts every signature that signEddsaPoseidon makes, for its message and key only", () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seeds, fc.bigInt(0n, FIELD_MODULUS - 1n), (anySeed, message) => {
        const key = deriveObserverKey(anySeed).publicKey;
        const signed = signEddsaPoseidon(anySeed, message);
        return (
          verifyEddsaPoseidon(key, message, signed) &&
          !verifyEddsaPoseidon(key, (message + 1n) % FIELD_MODULUS, signed) &&
          !verifyEddsaPoseidon(publicKey, message, signed)
        );
      }),
      { numRuns: 15 },
    );
  });

  const refused: [string, Point, bigint, EdDsaSignature][] = [
    ["S + l", publicKey, MESSAGE, { ...signature, s: signature.s + SUBGROUP_ORDER }],
    ["negative S", publicKey, MESSAGE, { ...signature, s: signature.s - SUBGROUP_ORDER }],
    ["another S", publicKey, MESSAGE, { ...signature, s: signature.s + 1n }],
    ["R8 off the curve", publicKey, MESSAGE, { ...signature, r8: { x: signature.r8.x, y: signature.r8.y + 1n } }],
    [
      "R8 not canonical",
      publicKey,
      MESSAGE,
      { ...signature, r8: { x: signature.r8.x + FIELD_MODULUS, y: signature.r8.y } },
    ],
    ["R8 negated", publicKey, MESSAGE, { ...signature, r8: { x: FIELD_MODULUS - signature.r8.x, y: signature.r8.y } }],
    ["key off the curve", { x: publicKey.x, y: publicKey.y + 1n }, MESSAGE, signature],
    ["key not canonical", { x: publicKey.x + FIELD_MODULUS, y: publicKey.y }, MESSAGE, signature],
    ["message not canonical", publicKey, MESSAGE + FIELD_MODULUS, signature],
    ["negative message", publicKey, -1n, signature],
  ];
  for (const [what, key, message, forged] of refused) {
    it(`refuses: ${what}`, () => assert.equal(verifyEddsaPoseidon(key, message, forged), false));
  }

  it("refuses the identity as a key, for which any S forges", () => {
    const identity = { x: 0n, y: 1n };
    const forged = { r8: affine(BASE8.multiplyUnsafe(5n)), s: 5n };
    assert.equal(verifyEddsaPoseidon(identity, MESSAGE, forged), false);
  });

  it("refuses a key with a torsion part, though 8·A is the same", () => {
    const [point, torsion] = [pointOnCurve(publicKey), pointOnCurve({ x: 0n, y: FIELD_MODULUS - 1n })];
    assert.ok(point && torsion);
    const key = affine(point.add(torsion));
    const r8 = affine(BASE8.multiplyUnsafe(7n));
    const challenge = poseidon([r8.x, r8.y, key.x, key.y, MESSAGE]);
    const s = (7n + challenge * 8n * secretScalar) % SUBGROUP_ORDER;
    assert.equal(verifyEddsaPoseidon(key, MESSAGE, { r8, s }), false);
  });
});

describe("signEddsaPoseidon", () => {
  it("refuses seeds and messages of the wrong size", () => {
    assert.throws(() => signEddsaPoseidon(new Uint8Array(31), 1n), withCode("observer-seed-length"));
    assert.throws(() => signEddsaPoseidon(seed, FIELD_MODULUS), withCode("field-element-out-of-range"));
  });
});
