import { randomBytes } from "node:crypto";
import type { Curve } from "ffjavascript";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Groth16Proof } from "../../../core/ports/prover.ts";
import { multiExponentiation } from "./multi-exponentiation.ts";
import type { ProvingKey } from "./proving-key.ts";
import { quotientScalars } from "./quotient.ts";

/**
 * A Groth16 proof (section 3.2 of the paper) of a witness, with the arithmetic of snarkjs' own WebAssembly. What snarkjs does
 * besides is left out: reading the key for each proof, products of the matrices in JavaScript, points copied for each window, and
 * one product of points after the other. Random: two proofs of a witness differ.
 * @param witness one canonical little-endian element of 32 bytes per wire, 8-byte aligned.
 */
export async function proveGroth16(curve: Curve, key: ProvingKey, witness: Uint8Array): Promise<Groth16Proof> {
  if (witness.length !== 32 * key.wires) {
    throw new RangeError(`the key is for ${key.wires} wires, not for a witness of ${witness.length} bytes`);
  }
  // The longest way first: H needs all of the quotient.
  const [h, b2, c, a, b1] = await Promise.all([
    quotientScalars(curve, key, witness).then((scalars) => multiExponentiation(curve, key.h, scalars)),
    multiExponentiation(curve, key.b2, witness),
    multiExponentiation(curve, key.c, witness),
    multiExponentiation(curve, key.a, witness),
    multiExponentiation(curve, key.b1, witness),
  ]);
  return blinded(curve, key, { a, b1, b2, c, h });
}

type Sums = Readonly<Record<"a" | "b1" | "b2" | "c" | "h", Uint8Array>>;

/** Adds the key's constants and two random numbers, without which a proof would tell of its witness. */
function blinded({ Fr, G1, G2 }: Curve, key: ProvingKey, { a, b1, b2, c, h }: Sums): Groth16Proof {
  const [r, s] = [Fr.fromObject(randomScalar()), Fr.fromObject(randomScalar())];
  const sum1 = (...points: Uint8Array[]) => points.reduce((total, point) => G1.add(total, point));
  const piA = sum1(a, key.alpha1, G1.timesFr(key.delta1, r));
  const piB = G2.add(G2.add(b2, key.beta2), G2.timesFr(key.delta2, s));
  const piB1 = sum1(b1, key.beta1, G1.timesFr(key.delta1, s));
  const piC = sum1(c, h, G1.timesFr(piA, s), G1.timesFr(piB1, r), G1.timesFr(key.delta1, Fr.neg(Fr.mul(r, s))));
  const [x, y] = G2.toObject(G2.toAffine(piB)) as [[bigint, bigint], [bigint, bigint]];
  return {
    a: affine(G1.toObject(G1.toAffine(piA))),
    b: [
      [x[1], x[0]],
      [y[1], y[0]],
    ],
    c: affine(G1.toObject(G1.toAffine(piC))),
  };
}

function affine([x, y]: readonly unknown[]): [bigint, bigint] {
  return [x as bigint, y as bigint];
}

/** Uniform up to 2⁻¹²⁸. */
function randomScalar(): bigint {
  return BigInt(`0x${randomBytes(48).toString("hex")}`) % FIELD_MODULUS;
}
