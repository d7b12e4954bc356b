import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CeremonyErrorData } from "../errors.ts";
import { malformed, readSection, readSections } from "./sections.ts";

export interface PowersHeader {
  /** log2 of the largest domain. */
  readonly power: number;
  readonly contributions: number;
}

const HEADER = 1;
const CONTRIBUTIONS = 7;
/** Length of a field element, the field's modulus, and two powers. */
const HEADER_BYTES = 4 + 32 + 4 + 4;
/** What `powersoftau prepare phase2` adds: the Lagrange bases. */
const PREPARED = [12, 13, 14, 15];

/**
 * What a powers-of-tau file says of itself.
 * @throws QuorateError<CeremonyErrorData> `file-missing`, `file-malformed`; `powers-unprepared` for one before phase 2,
 * `powers-uncontributed` for one whose secrets are those that `powersoftau new` begins with: ones.
 */
export async function readPowersHeader(file: string): Promise<PowersHeader> {
  const powers = await readSections(file, "ptau");
  const header = await readSection(powers, HEADER, HEADER_BYTES);
  if (header.readUInt32LE(0) !== 32) throw malformed(file, "it is not over BN254");
  if (!PREPARED.every((id) => powers.sections.has(id))) {
    const message = `${file} is not prepared for phase 2: take its makers' prepared file, or run \`snarkjs powersoftau prepare phase2\``;
    throw new QuorateError<CeremonyErrorData>({ code: "powers-unprepared", file }, message);
  }
  const contributions = (await readSection(powers, CONTRIBUTIONS, 4)).readUInt32LE(0);
  if (contributions === 0) {
    const message = `${file} has no contribution, everybody knows its secrets: take one from a public ceremony`;
    throw new QuorateError<CeremonyErrorData>({ code: "powers-uncontributed", file }, message);
  }
  return { power: header.readUInt32LE(36), contributions };
}
