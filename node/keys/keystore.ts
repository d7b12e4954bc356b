import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { create, decrypt, defaultScryptModule, type IKeystore, isValidKeystore } from "@chainsafe/bls-keystore";
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
const ROLES = ["peer", "signer", "observer", "transmitter"] as const;

export function generateSecrets(): NodeSecrets {
  // A random scalar is out of secp256k1's range with probability 2⁻¹²⁷; its use would throw.
  return fromBytes(randomBytes(ROLES.length * SECRET_BYTES));
}

/** Writes all four secrets into one EIP-2335 keystore (scrypt, AES-128-CTR), readable by its owner alone. Never overwrites. */
export async function writeKeystore(
  file: string,
  { secrets, password }: { secrets: NodeSecrets; password: string },
): Promise<void> {
  const bytes = Buffer.concat(ROLES.map((role) => secrets[role]));
  const description = `Quorate node keys: ${ROLES.join(", ")}`;
  const keystore = await create(password, bytes, new Uint8Array(0), "", description, defaultScryptModule());
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
    const bytes = await decrypt(keystore, password);
    if (bytes.length !== ROLES.length * SECRET_BYTES) throw malformed(file);
    return fromBytes(bytes);
  } catch (cause) {
    if (cause instanceof QuorateError) throw cause;
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
    const parsed: unknown = JSON.parse(text);
    if (isValidKeystore(parsed)) return parsed;
  } catch (cause) {
    throw malformed(file, cause);
  }
  throw malformed(file);
}

function malformed(file: string, cause?: unknown): QuorateError<KeystoreError> {
  return new QuorateError<KeystoreError>(
    { code: "keystore-malformed", file },
    `${file} is not a keystore of a Quorate node: restore it from a backup`,
    { cause },
  );
}

function fromBytes(bytes: Uint8Array): NodeSecrets {
  const [peer, signer, observer, transmitter] = ROLES.map((_, i) =>
    Uint8Array.from(bytes.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES)),
  );
  if (peer === undefined || signer === undefined || observer === undefined || transmitter === undefined)
    throw new TypeError("four secrets expected");
  return { peer, signer, observer, transmitter };
}
