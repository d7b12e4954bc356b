import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { developmentCircuitHash } from "../circuits/setup/toxic-waste.ts";
import type { CeremonyErrorData } from "./errors.ts";
import type { KeyContribution, KeyHistory } from "./files/key-file.ts";
import type { Transcript } from "./transcript.ts";

/**
 * @param r1cs the ceremony's constraints.
 * @throws QuorateError<CeremonyErrorData> `development-key` for one whose secrets everyone knows, contributions or not;
 * `circuit-differs` for one of another circuit or other powers of tau.
 */
export async function requireSameCircuit(
  { file, history, r1cs }: { readonly file: string; readonly history: KeyHistory; readonly r1cs: string },
  { circuit, initial }: Transcript,
): Promise<void> {
  const found = history.circuitHash;
  if (found === initial.circuitHash) return;
  if (found === `0x${developmentCircuitHash(await readFile(r1cs)).toString("hex")}`) {
    const message = `${file} comes from the development setup, whose secrets everybody knows: contribute to the ceremony's last key`;
    throw new QuorateError<CeremonyErrorData>({ code: "development-key", file }, message);
  }
  const data = { code: "circuit-differs", circuit: circuit.name, expected: initial.circuitHash, found } as const;
  const message = `${file} is a key of another circuit, or of other powers of tau, than this ceremony's: contribute to its last key`;
  throw new QuorateError<CeremonyErrorData>(data, message);
}

/**
 * @param earlier what the key before it carries. @param later what the key in `file` carries.
 * @returns the contribution that was added.
 * @throws QuorateError<CeremonyErrorData> `not-descended` unless the later ones are the earlier ones and one more.
 */
export function requireNext(
  file: string,
  { earlier, later }: Record<"earlier" | "later", readonly KeyContribution[]>,
): KeyContribution {
  const repeated = earlier.every(({ stored }, i) => later[i]?.stored.equals(stored) === true);
  const next = later[earlier.length];
  if (repeated && next !== undefined && later.length === earlier.length + 1) return next;
  const problem = repeated
    ? `it carries ${later.length} contributions, not ${earlier.length + 1}`
    : "it does not carry the contributions that were made before";
  const message = `${file} does not follow the ceremony's last key: ${problem}; contribute to the last key, and send that`;
  const data = { code: "not-descended", file, contributions: later.length } as const;
  throw new QuorateError<CeremonyErrorData>(data, message);
}

/** @throws QuorateError<CeremonyErrorData> `beacon-misplaced` for a beacon anywhere but at `allowedAt`, counted from 1. */
export function requireBeaconOnlyAt(
  allowedAt: number | undefined,
  { file, contributions }: { readonly file: string; readonly contributions: readonly KeyContribution[] },
): void {
  const index = contributions.findIndex(({ kind }, i) => kind === "beacon" && i + 1 !== allowedAt) + 1;
  if (index === 0) return;
  const message = `${file} has a beacon as contribution ${index}: a ceremony has one, and it is the last; take the key without it`;
  throw new QuorateError<CeremonyErrorData>({ code: "beacon-misplaced", file, index }, message);
}
