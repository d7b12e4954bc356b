import { createHash } from "node:crypto";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { CeremonyErrorData } from "../errors.ts";
import { MAX_NAME_CHARACTERS } from "../transcript.ts";
import { G1_BYTES, G2_BYTES, hashedForm, isG1Point, isG2Point } from "./points.ts";
import { malformed, readSection, readSections } from "./sections.ts";

/** One contribution as a proving key carries it. */
export interface KeyContribution {
  readonly kind: "contribution" | "beacon";
  readonly name: string;
  /** blake2b over its points and the digest of all before it: what snarkjs prints and participants publish. */
  readonly hash: Hex;
  /** Of a beacon. */
  readonly beacon?: { readonly hash: Hex; readonly iterationsExp: number };
  /** The whole of it: later files must repeat it byte for byte, the name included, which the hash leaves out. */
  readonly stored: Buffer;
}

/** What a proving key says of how it came about. */
export interface KeyHistory {
  /** blake2b over the key without contributions, so over circuit and powers of tau. */
  readonly circuitHash: Hex;
  readonly contributions: readonly KeyContribution[];
}

const HEADER = 2;
const CONTRIBUTIONS = 10;
const HASH_BYTES = 64;
/** δ₁ and δ₂ follow two fields with their lengths, three sizes, α₁, β₁, β₂ and γ₂. */
const DELTA_AT = 2 * (4 + 32) + 3 * 4 + 2 * G1_BYTES + 2 * G2_BYTES;
/** deltaAfter, the public key in G1 twice and in G2, the digest of what came before, type, length of the parameters. */
const FIXED_BYTES = 3 * G1_BYTES + G2_BYTES + HASH_BYTES + 4 + 4;
const BEACON = 1;
/** Far more than any ceremony had. */
const MAX_CONTRIBUTIONS = 10_000;

/**
 * Reads the contributions of a proving key, and checks that they and the key's δ are points of the right groups, which
 * snarkjs does not ask. Whether they make the key what it is, `snarkjs zkey verify` must tell.
 * @throws QuorateError<CeremonyErrorData> `file-missing`, `file-malformed`, `point-invalid`.
 */
export async function readKeyHistory(file: string): Promise<KeyHistory> {
  const key = await readSections(file, "zkey");
  const header = await readSection(key, HEADER, DELTA_AT + G1_BYTES + G2_BYTES);
  requirePoint(file, "delta1", isG1Point(header.subarray(DELTA_AT, DELTA_AT + G1_BYTES)));
  requirePoint(file, "delta2", isG2Point(header.subarray(DELTA_AT + G1_BYTES)));
  const section = await readSection(key, CONTRIBUTIONS);
  if (section.length < HASH_BYTES + 4) throw malformed(file, "its list of contributions is cut off");
  const count = section.readUInt32LE(HASH_BYTES);
  if (count > MAX_CONTRIBUTIONS) throw malformed(file, `it claims ${count} contributions`);
  const contributions: KeyContribution[] = [];
  let at = HASH_BYTES + 4;
  for (let index = 1; index <= count; index++) {
    const contribution = readContribution(section.subarray(at), { file, index });
    contributions.push(contribution);
    at += contribution.stored.length;
  }
  if (at !== section.length) throw malformed(file, "something follows its contributions");
  return { circuitHash: hex(section.subarray(0, HASH_BYTES)), contributions };
}

function readContribution(bytes: Buffer, { file, index }: { file: string; index: number }): KeyContribution {
  const cutOff = () => malformed(file, `its contribution ${index} is cut off`);
  if (bytes.length < FIXED_BYTES) throw cutOff();
  const length = FIXED_BYTES + bytes.readUInt32LE(FIXED_BYTES - 4);
  if (bytes.length < length) throw cutOff();
  const stored = bytes.subarray(0, length);
  const points = [0, 1, 2].map((i) => stored.subarray(i * G1_BYTES, (i + 1) * G1_BYTES));
  const inG2 = stored.subarray(3 * G1_BYTES, 3 * G1_BYTES + G2_BYTES);
  for (const point of points) requirePoint(file, `contribution ${index} in G1`, isG1Point(point));
  requirePoint(file, `contribution ${index} in G2`, isG2Point(inG2));
  const before = stored.subarray(3 * G1_BYTES + G2_BYTES, FIXED_BYTES - 8);
  const hash = createHash("blake2b512");
  for (const point of [...points, inG2]) hash.update(hashedForm(point));
  const type = stored.readUInt32LE(FIXED_BYTES - 8);
  if (type > BEACON) throw malformed(file, `its contribution ${index} is of no known type`);
  const kind = type === BEACON ? "beacon" : "contribution";
  const written = stored.subarray(FIXED_BYTES);
  const parameters = readParameters(written, { kind, cutOff });
  if (!writtenForm(parameters).equals(written))
    throw malformed(file, `its contribution ${index} has a name or parameters that snarkjs does not write`);
  return { kind, ...parameters, hash: hex(hash.update(before).digest()), stored };
}

type Parameters = Pick<KeyContribution, "name" | "beacon">;

/** Types of parameters. Names and values follow their length, in one byte; iterations are one byte, their log2. */
const NAME = 1;
const ITERATIONS = 2;
const VALUE = 3;

function readParameters(
  bytes: Buffer,
  { kind, cutOff }: { kind: KeyContribution["kind"]; cutOff: () => Error },
): Parameters {
  const parameters = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at] ?? 0;
    const [from, size] = type === ITERATIONS ? [at + 1, 1] : [at + 2, bytes[at + 1] ?? 0];
    if (from + size > bytes.length) throw cutOff();
    parameters.set(type, bytes.subarray(from, from + size));
    at = from + size;
  }
  const name = new TextDecoder().decode(parameters.get(NAME)).slice(0, MAX_NAME_CHARACTERS);
  if (kind === "contribution") return { name };
  const hash = hex(parameters.get(VALUE) ?? Buffer.of());
  return { name, beacon: { hash, iterationsExp: parameters.get(ITERATIONS)?.[0] ?? 0 } };
}

/**
 * As snarkjs writes them. Each contribution after makes it write all earlier ones anew: what it would write otherwise could
 * never be repeated, and nobody could contribute any more.
 */
function writtenForm({ name, beacon }: Parameters): Buffer {
  const utf8 = Buffer.from(name, "utf8");
  const value = Buffer.from(beacon?.hash.slice(2) ?? "", "hex");
  return Buffer.concat([
    name === "" ? Buffer.of() : Buffer.of(NAME, utf8.length, ...utf8),
    beacon === undefined ? Buffer.of() : Buffer.of(ITERATIONS, beacon.iterationsExp, VALUE, value.length, ...value),
  ]);
}

function requirePoint(file: string, point: string, valid: boolean): void {
  if (valid) return;
  const message = `${file} cannot be used: ${point} is no point of its group; refuse the file, and ask its maker`;
  throw new QuorateError<CeremonyErrorData>({ code: "point-invalid", file, point }, message);
}

function hex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
