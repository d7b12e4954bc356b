import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { MANIFEST_SCHEME, type ManifestSignature, verifyManifest } from "../../core/crypto/manifest-signature.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";

export type SignatureError =
  | { readonly code: "manifest-unsigned"; readonly file: string }
  | { readonly code: "manifest-signature-malformed"; readonly file: string }
  | { readonly code: "manifest-publisher-unknown"; readonly file: string; readonly key: Hex }
  | { readonly code: "manifest-signature-invalid"; readonly file: string; readonly key: Hex };

/** Whose manifests a node takes. */
export interface Publisher {
  readonly name: string;
  /** Ed25519 public key. */
  readonly key: Hex;
  /** The option by which a person trusts this one alone; absent for those of a configuration. */
  readonly option?: string;
}

/** A manifest as it was read: what is verified must be what is parsed. */
export interface ManifestFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** A signature file has 300 bytes. */
const MAX_SIGNATURE_CHARACTERS = 4_096;

const hexOf = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`))
    .transform((value) => value as Hex);
const signatureSchema = z.strictObject({
  scheme: z.literal(MANIFEST_SCHEME),
  key: hexOf(32),
  signature: hexOf(64),
});

/** A manifest's detached signature lies beside it. */
export function signatureFileOf(manifestFile: string): string {
  return `${manifestFile}.sig`;
}

export async function writeSignature(manifestFile: string, { key, signature }: ManifestSignature): Promise<void> {
  const text = JSON.stringify({ scheme: MANIFEST_SCHEME, key, signature }, undefined, 2);
  await writeFile(signatureFileOf(manifestFile), `${text}\n`);
}

/**
 * The publisher who signed a manifest.
 * @throws QuorateError<SignatureError> for a manifest that nobody signed, whose signature does not hold, or that another signed.
 */
export async function requirePublisher(manifest: ManifestFile, trusted: readonly Publisher[]): Promise<Publisher> {
  const key = await requireSignature(manifest);
  const publisher = trusted.find((known) => known.key === key);
  if (publisher === undefined) throw unknownPublisher(manifest, key, trusted);
  return publisher;
}

/** The key that signed a manifest, whoever's it is. @throws QuorateError<SignatureError> where none did. */
export async function requireSignature({ file, bytes }: ManifestFile): Promise<Hex> {
  const signature = await readSignature(file);
  if (verifyManifest(bytes, signature)) return signature.key;
  throw new QuorateError<SignatureError>(
    { code: "manifest-signature-invalid", file, key: signature.key },
    `${file} is not what ${signature.key} signed: restore it, or review the change and run \`quorate module sign ${file} --key FILE\``,
  );
}

async function readSignature(manifestFile: string): Promise<ManifestSignature> {
  const file = signatureFileOf(manifestFile);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const message = `${manifestFile} is not signed: there is no ${file}. Review the fetcher, then run \`quorate module sign ${manifestFile} --key FILE\``;
    throw new QuorateError<SignatureError>({ code: "manifest-unsigned", file: manifestFile }, message, { cause });
  }
  try {
    if (text.length > MAX_SIGNATURE_CHARACTERS) throw new RangeError(`${text.length} characters`);
    return signatureSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is no signature of a manifest: take the publisher's again, or run \`quorate module sign ${manifestFile} --key FILE\``;
    throw new QuorateError<SignatureError>({ code: "manifest-signature-malformed", file }, message, { cause });
  }
}

function unknownPublisher(
  { file }: ManifestFile,
  key: Hex,
  trusted: readonly Publisher[],
): QuorateError<SignatureError> {
  const data = { code: "manifest-publisher-unknown", file, key } as const;
  const given = trusted.find(({ option }) => option !== undefined);
  if (given?.option !== undefined) {
    const message = `${file} is signed by ${key}, not by the ${given.option} ${given.key} that you gave: take that publisher's manifest, or give the key of the one whom you trust`;
    return new QuorateError<SignatureError>(data, message);
  }
  const known = trusted.map(({ name }) => name).join(", ") || "none";
  return new QuorateError<SignatureError>(
    data,
    `${file} is signed by ${key}; \`publishers\` in the configuration lists ${known}: enter that key if you trust its owner with this node's feeds, or sign the manifest yourself with \`quorate module sign\``,
  );
}
