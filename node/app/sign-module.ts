import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type Manifest, parseManifest, readManifestBytes } from "../config/manifest.ts";
import { createPublisherKey, type PublisherKey, readPublisherKey, writePublisherKey } from "../keys/publisher-key.ts";
import { loadFolders } from "../registry/folder-registry.ts";
import {
  type Publisher,
  requirePublisher,
  requireSignature,
  signatureFileOf,
  writeSignature,
} from "../registry/manifest-signature.ts";
import { loadVerificationKey } from "../registry/verification-key.ts";
import { loadModule } from "../registry/module-registry.ts";
import { requireLocalCircuit } from "./aggregate/local-circuits.ts";

export interface SignModuleError {
  readonly code: "publisher-key-invalid";
  readonly key: string;
}

/** What a signature vouches for. */
export interface SignedManifest {
  readonly manifest: Manifest;
  /** The publisher's public key. */
  readonly key: Hex;
  readonly signatureFile: string;
}

/** Makes a publisher's key in an encrypted keystore. Never overwrites. @returns the public key. */
export async function createPublisher(file: string, { password }: { password: string }): Promise<Hex> {
  return writePublisherKey(file, { password });
}

/** A publisher's key that is kept nowhere, for a network that lives as long as this process. */
export function ephemeralPublisher(): PublisherKey {
  return createPublisherKey();
}

export interface SignOptions {
  readonly manifestFile: string;
  readonly keyFile: string;
  readonly password: string;
}

/**
 * Signs a manifest, beside which its signature then lies; an older one is replaced.
 * @throws QuorateError where the manifest, its module or its folders are not as it says: nobody signs what cannot be used.
 */
export async function signModule({ manifestFile, keyFile, password }: SignOptions): Promise<SignedManifest> {
  return signManifestWith(manifestFile, await readPublisherKey(keyFile, { password }));
}

/** As `signModule`, with a key at hand. */
export async function signManifestWith(manifestFile: string, publisher: PublisherKey): Promise<SignedManifest> {
  const bytes = await readManifestBytes(manifestFile);
  const manifest = await reviewManifest(manifestFile, bytes);
  await writeSignature(manifestFile, publisher.sign(bytes));
  return { manifest, key: publisher.key, signatureFile: signatureFileOf(manifestFile) };
}

export interface VerifyOptions {
  readonly manifestFile: string;
  /** Whose signature it must be; any key's otherwise. */
  readonly publisher?: string;
}

/** Checks all that a node checks before it gives a module to the sandbox. @throws QuorateError for the first thing that is wrong. */
export async function verifyModule({ manifestFile, publisher }: VerifyOptions): Promise<SignedManifest> {
  const bytes = await readManifestBytes(manifestFile);
  const read = { file: manifestFile, bytes };
  const key =
    publisher === undefined ? await requireSignature(read) : (await requirePublisher(read, trustIn(publisher))).key;
  const manifest = await reviewManifest(manifestFile, bytes);
  return { manifest, key, signatureFile: signatureFileOf(manifestFile) };
}

/**
 * Trust in one publisher alone, as a person names him.
 * @throws QuorateError<SignModuleError> for text that is no Ed25519 public key.
 */
export function trustIn(publisher: string): readonly Publisher[] {
  if (/^0x[0-9a-f]{64}$/i.test(publisher))
    return [{ name: "yours", key: publisher.toLowerCase() as Hex, option: "--publisher" }];
  throw new QuorateError<SignModuleError>(
    { code: "publisher-key-invalid", key: publisher },
    `${JSON.stringify(publisher)} is no publisher's key: give the 0x and 64 hexadecimal digits that \`quorate module key\` printed`,
  );
}

async function reviewManifest(manifestFile: string, bytes: Uint8Array): Promise<Manifest> {
  const manifest = parseManifest(bytes, manifestFile);
  await loadModule({ file: manifest.module, sha256: manifest.sha256 });
  await loadFolders(manifest.folders);
  for (const source of manifest.sources) {
    if (source.kind !== "local-aggregate") continue;
    requireLocalCircuit(source);
    await loadVerificationKey({ file: source.verificationKey, digest: source.keyDigest });
  }
  return manifest;
}
