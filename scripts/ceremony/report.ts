import path from "node:path";
import type { Hex } from "../../core/types/hex.ts";
import type { ExportedCeremony } from "./export.ts";
import { filesOf } from "./folder.ts";
import type { Transcript } from "./transcript.ts";

/** What a command came to: for programs, and for people. */
export interface Output {
  readonly document: unknown;
  readonly lines: readonly string[];
}

/** What is published of a step. */
export function hashLines(step: { readonly sha256: string; readonly hash: Hex } | null): string[] {
  if (step === null) return [];
  return [`contribution hash  ${step.hash}`, `sha256 of the key  ${step.sha256}`];
}

export function transcriptLines({ circuit, powers, initial }: Transcript, folder: string): string[] {
  const origin = powers.publishedAs ?? "powers of tau with the digest that you gave";
  return [
    `begun for ${circuit.name}: ${circuit.constraints} constraints, ${origin} (2^${powers.power}, ${powers.contributions} contributions)`,
    `sha256 of the key  ${initial.sha256}`,
    `send ${filesOf(folder).key(0)} to the first participant, or contribute here`,
  ];
}

export function contributionLines({ contributions }: Transcript): string[] {
  const entry = contributions.at(-1);
  if (entry === undefined) return [];
  return [
    `contribution ${entry.index} by ${JSON.stringify(entry.name)} is in the transcript`,
    ...hashLines(entry),
    "publish both, and compare with what the participant published",
  ];
}

export interface RemoteDocument {
  readonly builtOn: readonly { readonly name: string; readonly hash: Hex }[];
  /** sha256 of the key that was received. */
  readonly received: string;
  readonly sha256: string;
  readonly name: string;
  readonly hash: Hex;
}

export function remoteLines(document: RemoteDocument, to: string): string[] {
  const names = document.builtOn.map(({ name }) => JSON.stringify(name)).join(", ");
  return [
    `built on ${document.builtOn.length} contributions${names === "" ? "" : `: ${names}`}`,
    `sha256 of the key that you received  ${document.received}`,
    ...hashLines(document),
    `send ${to} back, publish both hashes, and delete your copies`,
  ];
}

export function verifiedLines({
  transcript,
  transcriptDigest,
  finished,
}: {
  readonly transcript: Transcript;
  readonly transcriptDigest: Hex;
  readonly finished: boolean;
}): string[] {
  const { circuit, powers, contributions, beacon } = transcript;
  return [
    `circuit        ${circuit.name}, ${circuit.constraints} constraints, compiled from these sources`,
    `powers of tau  2^${powers.power}, ${powers.contributions} contributions, ${powers.publishedAs ?? `blake2b ${powers.blake2b}, which you gave`}`,
    ...contributions.map(
      ({ index, name, hash }) => `contribution ${String(index).padStart(2)} ${JSON.stringify(name)} ${hash}`,
    ),
    ...(beacon === null
      ? []
      : [`beacon         2^${beacon.iterationsExp} hashes of ${beacon.value}: ${beacon.source}`]),
    `transcript     sha256 ${transcriptDigest}`,
    finished ? "valid, and over" : "valid so far; there is no beacon yet, its key must not be used",
  ];
}

export function exportLines({ folder, record, verifier }: ExportedCeremony): string[] {
  return [
    `verification key  ${record.verificationKeyDigest}`,
    `for nodes         prover.artifacts: ${path.resolve(folder, "..")}`,
    ...(record.verifier === null || verifier === undefined
      ? []
      : [
          `for deployment    verifier: { setup: ceremony, record: ${path.join(path.resolve(folder), "record.json")} }`,
          `contract          ${record.verifier.contract} in ${verifier}`,
        ]),
  ];
}
