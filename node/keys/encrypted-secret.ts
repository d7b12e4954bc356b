import { readFile, writeFile } from "node:fs/promises";
import { create, decrypt, defaultScryptModule, type IKeystore } from "@chainsafe/bls-keystore";
import { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type KeystoreError =
  | { readonly code: "keystore-missing"; readonly file: string }
  | { readonly code: "keystore-exists"; readonly file: string }
  | { readonly code: "keystore-malformed"; readonly file: string }
  | { readonly code: "keystore-password"; readonly file: string };

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

export interface SecretContent {
  readonly secret: Uint8Array;
  readonly password: string;
  /** In clear, so that a person can tell whose keystore it is. */
  readonly publicKey: Uint8Array;
  readonly description: string;
}

export interface ReadSecretOptions {
  readonly password: string;
  /** How to mend a file that is not there. */
  readonly ifMissing: string;
  /** How to mend a wrong password. */
  readonly ifWrong: string;
}

export interface StoredSecret {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Encrypts a secret into an EIP-2335 keystore (scrypt, AES-128-CTR), readable by its owner alone. Never overwrites. */
export async function writeSecret(file: string, content: SecretContent): Promise<void> {
  const { secret, password, publicKey, description } = content;
  const keystore = await create(password, secret, publicKey, "", description, defaultScryptModule());
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

/** @throws QuorateError<KeystoreError> whose text never holds a secret. */
export async function readSecret(file: string, options: ReadSecretOptions): Promise<StoredSecret> {
  const keystore = await parseKeystore(file, options);
  try {
    const secret = await decrypt(keystore, options.password);
    return { secret, publicKey: Buffer.from(keystore.pubkey, "hex") };
  } catch (cause) {
    throw new QuorateError<KeystoreError>(
      { code: "keystore-password", file },
      `wrong password for ${file}: ${options.ifWrong}`,
      { cause },
    );
  }
}

async function parseKeystore(file: string, { ifMissing }: ReadSecretOptions): Promise<IKeystore> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const message = `no keystore at ${file}: ${ifMissing}`;
    throw new QuorateError<KeystoreError>({ code: "keystore-missing", file }, message, { cause });
  }
  try {
    return keystoreSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is not a keystore of Quorate: restore it from a backup`;
    throw new QuorateError<KeystoreError>({ code: "keystore-malformed", file }, message, { cause });
  }
}
