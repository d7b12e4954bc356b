import { hkdfSync, randomBytes } from "node:crypto";
import { readSecret, writeSecret } from "./encrypted-secret.ts";

/** The four secrets of a node, 32 bytes each. Their roles never share a key. */
export interface NodeSecrets {
  /** Ed25519 seed: libp2p identity. */
  readonly peer: Uint8Array;
  /** secp256k1: signs reports and proposals. */
  readonly signer: Uint8Array;
  /** BabyJubJub seed: signs observations. */
  readonly observer: Uint8Array;
  /** secp256k1: account that pays for transactions. */
  readonly transmitter: Uint8Array;
}

const SECRET_BYTES = 32;

/** What the keystore holds: one secret that all four keys are derived from, so that a backup is one file. */
export function generateRootSecret(): Uint8Array {
  return randomBytes(SECRET_BYTES);
}

/**
 * Derives the four keys by HKDF-SHA-256 (RFC 5869), each under its own label: none tells anything about another or the root.
 * A derived secp256k1 key is out of range with probability 2⁻¹²⁷; using it would throw.
 */
export function deriveSecrets(root: Uint8Array): NodeSecrets {
  const derive = (role: keyof NodeSecrets) =>
    new Uint8Array(hkdfSync("sha256", root, new Uint8Array(0), `quorate/keys/1/${role}`, SECRET_BYTES));
  return {
    peer: derive("peer"),
    signer: derive("signer"),
    observer: derive("observer"),
    transmitter: derive("transmitter"),
  };
}

export interface KeystoreContent {
  readonly root: Uint8Array;
  readonly password: string;
  /** Ed25519 public key of the libp2p identity, in clear, so that a person can tell whose keystore it is. */
  readonly peerKey: Uint8Array;
}

/** Encrypts the root secret into an EIP-2335 keystore. Never overwrites. */
export async function writeKeystore(file: string, { root, password, peerKey }: KeystoreContent): Promise<void> {
  await writeSecret(file, { secret: root, password, publicKey: peerKey, description: "Quorate node keys" });
}

export async function readKeystore(file: string, { password }: { password: string }): Promise<NodeSecrets> {
  const { secret } = await readSecret(file, {
    password,
    ifMissing: "run `quorate init`, or correct `keystore` in the configuration",
    ifWrong: "check the password that the configuration names",
  });
  return deriveSecrets(secret);
}
