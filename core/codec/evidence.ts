import { getBytes, hexlify } from "ethers";
import { assertNever } from "../errors/assert-never.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Equivocation, EquivocationKind, SignedProposalHeader, SignedReport } from "../types/evidence.ts";
import type { Hex } from "../types/hex.ts";
import type { SignedObservation } from "../types/observation.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readReport, REPORT_BYTES, writeReport } from "./final.ts";
import { observationBytes, readObservation, writeObservation } from "./observation.ts";
import { MAX_LANES } from "./report.ts";

export type EvidenceCodecError =
  /** The two sides are not of one slot and one configuration, or their vectors differ in length: no accusation says that. */
  | { readonly code: "evidence-inconsistent"; readonly kind: EquivocationKind }
  | { readonly code: "evidence-not-decodable"; readonly length: number };

/** First byte of stored evidence. A change of any layout below raises it. */
const EVIDENCE_VERSION = 1;

const KINDS: readonly EquivocationKind[] = ["proposal", "report", "observation"];
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** version:u8 ‖ kind:u8 ‖ member:u8 ‖ sequence:u64 */
const HEAD_BYTES = 11;

/** The longest that `encodeEvidence` makes: two observations over MAX_LANES lanes, 1,084 bytes. */
export const MAX_EVIDENCE_BYTES = HEAD_BYTES + 1 + 2 * observationBytes(MAX_LANES);

/**
 * The bytes that a node keeps: version:u8 ‖ kind:u8 (proposal 0, report 1, observation 2) ‖ member:u8 ‖ sequence:u64, then
 * - proposal: (observationsHash:32 ‖ signature:64) twice, 203 bytes in all;
 * - report: (report:108 ‖ signature:64) twice, 355 bytes;
 * - observation: K:u8 ‖ *observation* twice.
 *
 * @throws QuorateError<EvidenceCodecError> `evidence-inconsistent`.
 */
export function encodeEvidence(evidence: Equivocation): Uint8Array {
  if (!isConsistent(evidence)) {
    const data = { code: "evidence-inconsistent", kind: evidence.kind } as const;
    throw new QuorateError<EvidenceCodecError>(
      data,
      `both ${evidence.kind}s must be of the accusation's slot, and of one configuration`,
    );
  }
  const writer = new ByteWriter().u8(EVIDENCE_VERSION).u8(KINDS.indexOf(evidence.kind));
  writer.u8(evidence.member).u64(evidence.sequence);
  writeSides(writer, evidence);
  return writer.finish();
}

/**
 * The inverse of `encodeEvidence`. The length that the kind must have is compared before anything is decoded; signatures are
 * not verified: see `checkEvidence`.
 * @throws QuorateError<EvidenceCodecError> `evidence-not-decodable` for any bytes that `encodeEvidence` does not make.
 */
export function decodeEvidence(bytes: Uint8Array): Equivocation {
  const length = lengthOf(bytes);
  if (length !== bytes.length) throw notDecodable(bytes);
  try {
    const evidence = readEvidence(new ByteReader(bytes));
    if (isConsistent(evidence)) return evidence;
  } catch (cause) {
    throw notDecodable(bytes, { cause });
  }
  throw notDecodable(bytes);
}

/** The length that evidence beginning like this must have; undefined for an unknown version or kind. */
function lengthOf(bytes: Uint8Array): number | undefined {
  const [version, kind] = bytes;
  if (version !== EVIDENCE_VERSION || kind === undefined) return undefined;
  switch (KINDS[kind]) {
    case "proposal":
      return HEAD_BYTES + 2 * (HASH_BYTES + SIGNATURE_BYTES);
    case "report":
      return HEAD_BYTES + 2 * (REPORT_BYTES + SIGNATURE_BYTES);
    case "observation":
      return HEAD_BYTES + 1 + 2 * observationBytes(Math.min(bytes[HEAD_BYTES] ?? 0, MAX_LANES));
    case undefined:
      return undefined;
  }
}

function isConsistent(evidence: Equivocation): boolean {
  const { kind, sequence } = evidence;
  switch (kind) {
    case "proposal":
      return [evidence.first, evidence.second].every((side) => side.sequence === sequence);
    case "report": {
      const [first, second] = [evidence.first.report, evidence.second.report];
      const oneSlot = first.sequence === sequence && second.sequence === sequence;
      return oneSlot && first.configDigest === second.configDigest;
    }
    case "observation": {
      const [first, second] = [evidence.first.observation, evidence.second.observation];
      const oneSlot = first.sequence === sequence && second.sequence === sequence;
      return oneSlot && first.feeds.values.length === second.feeds.values.length;
    }
    default:
      return assertNever(kind);
  }
}

function writeSides(writer: ByteWriter, evidence: Equivocation): void {
  switch (evidence.kind) {
    case "proposal":
      writeHeader(writer, evidence.first);
      writeHeader(writer, evidence.second);
      return;
    case "report":
      writeSignedReport(writer, evidence.first);
      writeSignedReport(writer, evidence.second);
      return;
    case "observation":
      writer.u8(evidence.first.observation.feeds.values.length);
      writeObservation(writer, evidence.first);
      writeObservation(writer, evidence.second);
      return;
    default:
      assertNever(evidence);
  }
}

function writeHeader(writer: ByteWriter, { observationsHash, signature }: SignedProposalHeader): void {
  writer.bytes(getBytes(observationsHash)).bytes(getBytes(signature));
}

function writeSignedReport(writer: ByteWriter, { report, signature }: SignedReport): void {
  writeReport(writer, report);
  writer.bytes(getBytes(signature));
}

function readEvidence(reader: ByteReader): Equivocation {
  reader.u8();
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new TypeError("the length told the kind before");
  const [member, sequence] = [reader.u8(), reader.u64()];
  const hex = (length: number) => hexlify(reader.bytes(length)) as Hex;
  const header = (): SignedProposalHeader => {
    return { sequence, observationsHash: hex(HASH_BYTES), signature: hex(SIGNATURE_BYTES) };
  };
  const report = (): SignedReport => ({ report: readReport(reader), signature: hex(SIGNATURE_BYTES) });
  switch (kind) {
    case "proposal":
      return { kind, member, sequence, first: header(), second: header() };
    case "report":
      return { kind, member, sequence, first: report(), second: report() };
    case "observation": {
      const lanes = reader.u8();
      const observation = (): SignedObservation => readObservation(reader, lanes);
      return { kind, member, sequence, first: observation(), second: observation() };
    }
    default:
      return assertNever(kind);
  }
}

function notDecodable(bytes: Uint8Array, options?: ErrorOptions): QuorateError<EvidenceCodecError> {
  const data = { code: "evidence-not-decodable", length: bytes.length } as const;
  const message = `these ${bytes.length} bytes are no stored evidence of version ${EVIDENCE_VERSION}: was the database damaged?`;
  return new QuorateError(data, message, options);
}
