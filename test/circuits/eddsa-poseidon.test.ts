import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { affine, BASE8, pointOnCurve, SUBGROUP_ORDER } from "../../core/crypto/babyjubjub.ts";
import { deriveObserverKey, signEddsaPoseidon } from "../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import { poseidon } from "../../core/crypto/poseidon.ts";
import { templateCircuit, witnessOf } from "../support/circuits.ts";
import type { TestCircuit } from "../support/circuits.ts";
import { seedOf } from "../support/median-statement.ts";

const L = SUBGROUP_ORDER;
const MESSAGE = 42n;
const modulo = (value: bigint) => ((value % L) + L) % L;

/** circomlib's generator of the whole curve, of order 8l. */
const GENERATOR = pointOnCurve({
  x: 995203441582195749578291179787384436505546430278305826713579947235728471134n,
  y: 5472060717959818805561601436314318772137091100104008585924551046643952123905n,
});

let circuit: TestCircuit;
before(async () => {
  circuit = await templateCircuit("EddsaPoseidon()");
});

const pairOf = (point: EdwardsPoint): [bigint, bigint] => [affine(point).x, affine(point).y];

interface Claim {
  readonly key: readonly [bigint, bigint];
  readonly r8: readonly [bigint, bigint];
  readonly s: bigint;
  readonly message?: bigint;
}

function accepts({ key, r8, s, message = MESSAGE }: Claim): boolean {
  return witnessOf(circuit, { key, r8, s, message }) !== undefined;
}

function honest(member = 0, message = MESSAGE): Claim {
  const { publicKey } = deriveObserverKey(seedOf(member));
  const { r8, s } = signEddsaPoseidon(seedOf(member), message);
  return { key: [publicKey.x, publicKey.y], r8: [r8.x, r8.y], s, message };
}

/** A signature of a secret under any point that is its multiple of Base8 up to one of small order. */
function signedUnder(key: readonly [bigint, bigint], secret: bigint, nonce = 77n): Claim {
  const r8 = pairOf(BASE8.multiplyUnsafe(nonce));
  return { key, r8, s: modulo(nonce + 8n * poseidon([...r8, ...key, MESSAGE]) * secret) };
}

/** The seven points of order 2, 4 and 8. */
function smallPoints(): EdwardsPoint[] {
  assert.ok(GENERATOR);
  const eighth = GENERATOR.multiplyUnsafe(L - 1n).add(GENERATOR);
  return Array.from({ length: 7 }, (_, i) => eighth.multiplyUnsafe(BigInt(i + 1)));
}

describe("EddsaPoseidon", () => {
  it("refuses keys of small order, the identity and padding among them, for which 0 = h * 8 * key", () => {
    for (const key of [[0n, 1n] as const, ...smallPoints().map(pairOf)]) assert.ok(!accepts(signedUnder(key, 0n)));
  });

  it("takes a key and the same with a part of small order alike, as circomlib does: the registry refuses the latter", () => {
    const { secretScalar } = deriveObserverKey(seedOf(0));
    for (const small of smallPoints()) {
      assert.ok(accepts(signedUnder(pairOf(BASE8.multiplyUnsafe(secretScalar).add(small)), secretScalar)));
    }
  });

  it("refuses R8 with a part of small order", () => {
    const claim = honest();
    const r8 = pointOnCurve({ x: claim.r8[0], y: claim.r8[1] });
    for (const small of smallPoints()) assert.ok(!accepts({ ...claim, r8: pairOf(small.add(r8 ?? small)) }));
  });

  it("refuses R8 off the curve, the origin among them", () => {
    for (const r8 of [[0n, 0n] as const, [1n, 1n] as const]) assert.ok(!accepts({ ...honest(), r8 }));
  });

  it("reads s as a number below 2²⁵¹: s + l is the same signature, what does not fit is refused", () => {
    const small = Array.from({ length: 31 }, (_, member) => honest(member)).find(({ s }) => s + L < 2n ** 251n);
    assert.ok(small);
    assert.ok(accepts({ ...small, s: small.s + L }));
    assert.ok(!accepts({ ...small, s: small.s + 2n * L }));
    assert.ok(!accepts({ ...small, s: FIELD_MODULUS - 1n }));
  });
});
