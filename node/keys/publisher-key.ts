import { hkdfSync } from "node:crypto";
import { type ManifestSignature, publisherKey, signManifest } from "../../core/crypto/manifest-signature.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readSecret, writeSecret } from "./encrypted-secret.ts";
import { generateRootSecret } from "./keystore.ts";

export interface PublisherKeyError {
  readonly code: "keystore-not-publisher";
  readonly file: string;
}

/** Signs manifests. Its secret never leaves it. */
export interface PublisherKey {
  /** Ed25519 public key: what operators enter under `publishers`. */
  readonly key: Hex;
  /** @param manifest the file's exact bytes. */
  sign(manifest: Uint8Array): ManifestSignature;
}

const SEED_BYTES = 32;

/** A key that lives as long as this process: for networks that do so, too. */
export function createPublisherKey(): PublisherKey {
  return publisherOf(generateRootSecret());
}

/** Makes a publisher's key and encrypts it with the password. Never overwrites. */
export async function writePublisherKey(file: string, { password }: { password: string }): Promise<Hex> {
  const secret = generateRootSecret();
  const { key } = publisherOf(secret);
  await writeSecret(file, { secret, password, publicKey: rawKey(key), description: "Quorate publisher key" });
  return key;
}

export async function readPublisherKey(file: string, { password }: { password: string }): Promise<PublisherKey> {
  const { secret, publicKey } = await readSecret(file, {
    password,
    ifMissing: "run `quorate module key FILE` to make a publisher's key, or correct --key",
    ifWrong: "check --password-env or --password-file",
  });
  const publisher = publisherOf(secret);
  if (rawKey(publisher.key).equals(publicKey)) return publisher;
  throw new QuorateError<PublisherKeyError>(
    { code: "keystore-not-publisher", file },
    `${file} holds a node's keys: sign with a keystore that \`quorate module key\` made`,
  );
}

/** Derived under a label of its own: what a node's keystore holds never makes a publisher's key by accident. */
function publisherOf(secret: Uint8Array): PublisherKey {
  const label = "quorate/keys/1/publisher";
  const seed = new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), label, SEED_BYTES));
  return { key: publisherKey(seed), sign: (manifest) => signManifest(manifest, seed) };
}

function rawKey(key: Hex): Buffer {
  return Buffer.from(key.slice(2), "hex");
}
