import { hkdfSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { create, decrypt, defaultScryptModule, type IKeystore } from "@chainsafe/bls-keystore";
import { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type KeystoreError =
  | { readonly code: "keystore-missing"; readonly file: string }
  | { readonly code: "keystore-exists"; readonly file: string }
  | { readonly code: "keystore-malformed"; readonly file: string }
  | { readonly code: "keystore-password"; readonly file: string };

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

/** EIP-2335 for any key; the library's own schema insists on the 48-byte public keys of BLS. */
const bytes = z.string().regex(/^([0-9a-f]{2})*$/i);
const scryptParams = z.object({
  dklen: z.literal(32),
  /** scrypt's cost: a power of two. */
  n: z
    .int()
    .min(2)
    .max(2 ** 20)
    .refine((n) => Number.isInteger(Math.log2(n))),
  r: z.int().min(1).max(16),
  p: z.int().min(1).max(16),
  salt: bytes,
});
const keystoreSchema = z.object({
  version: z.literal(4),
  uuid: z.uuid(),
  path: z.string(),
  pubkey: bytes,
  crypto: z.object({
    kdf: z.object({ function: z.literal("scrypt"), params: scryptParams, message: z.literal("") }),
    checksum: z.object({ function: z.literal("sha256"), params: z.object({}), message: bytes }),
    cipher: z.object({ function: z.literal("aes-128-ctr"), params: z.object({ iv: bytes }), message: bytes }),
  }),
});

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

/** Encrypts the root secret into an EIP-2335 keystore (scrypt, AES-128-CTR), readable by its owner alone. Never overwrites. */
export async function writeKeystore(file: string, { root, password, peerKey }: KeystoreContent): Promise<void> {
  const keystore = await create(password, root, peerKey, "", "Quorate node keys", defaultScryptModule());
  try {
    await writeFile(file, `${JSON.stringify(keystore, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new QuorateError<KeystoreError>(
      { code: "keystore-exists", file },
      `${file} exists already: keys are never overwritten; move it away first`,
      { cause },
    );
  }
}

export async function readKeystore(file: string, { password }: { password: string }): Promise<NodeSecrets> {
  const keystore = await parseKeystore(file);
  try {
    return deriveSecrets(await decrypt(keystore, password));
  } catch (cause) {
    throw new QuorateError<KeystoreError>(
      { code: "keystore-password", file },
      `wrong password for ${file}: check the password that the configuration names`,
      { cause },
    );
  }
}

async function parseKeystore(file: string): Promise<IKeystore> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new QuorateError<KeystoreError>(
      { code: "keystore-missing", file },
      `no keystore at ${file}: run \`quorate init\`, or correct \`keystore\` in the configuration`,
      { cause },
    );
  }
  try {
    return keystoreSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is not a keystore of a Quorate node: restore it from a backup`;
    throw new QuorateError<KeystoreError>({ code: "keystore-malformed", file }, message, { cause });
  }
}
