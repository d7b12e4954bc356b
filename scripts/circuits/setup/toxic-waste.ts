import { createHash } from "node:crypto";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";

/** The secrets of a Groth16 setup. Whoever knows them can forge any proof. */
export interface ToxicWaste {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
}

/** Enters every cache key: raise it whenever the setup's output changes for the same circuit. */
export const SETUP_VERSION = "quorate.development-setup.v1";

/**
 * DEVELOPMENT ONLY: every secret is sha512(version ‖ ":" ‖ name) mod p, so everyone knows them. That is the point: a
 * checkout reproduces the keys byte for byte, and the verifier contract refuses to deploy outside development chains.
 */
export function developmentWaste(): ToxicWaste {
  return {
    tau: derive("tau"),
    alpha: derive("alpha"),
    beta: derive("beta"),
    gamma: derive("gamma"),
    delta: derive("delta"),
  };
}

function derive(name: string): bigint {
  const hash = createHash("sha512").update(`${SETUP_VERSION}:${name}`).digest("hex");
  return BigInt(`0x${hash}`) % FIELD_MODULUS;
}

/** What a development key has where others have the digest of circuit and powers of tau: by this it is known. */
export function developmentCircuitHash(r1cs: Uint8Array): Buffer {
  return createHash("sha512").update(SETUP_VERSION).update(r1cs).digest();
}
