import { getBytes, hexlify } from "ethers";
import { ByteReader, TruncatedError } from "../codec/byte-reader.ts";
import { ByteWriter } from "../codec/byte-writer.ts";
import { readFinal, readReport, REPORT_BYTES, writeFinal, writeReport } from "../codec/final.ts";
import {
  observationBytes,
  packedBytes,
  readAttributed,
  readObservation,
  writeAttributed,
  writeObservation,
} from "../codec/observation.ts";
import { assertNever } from "../errors/assert-never.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Hex } from "../types/hex.ts";
import type { Message } from "./messages.ts";
import { type CommitteeSize, observationQuorum, signatureQuorum } from "./quorum.ts";

/** First byte of every frame. A change of any layout below raises it. */
export const WIRE_VERSION = 2;

/** In the order of their numbers on the wire. */
const KINDS = [
  "new-epoch",
  "round-start",
  "observation",
  "proposal",
  "prepare",
  "signature",
  "final",
  "final-request",
] as const;
const HEADER_BYTES = 2;
const EPOCH_BYTES = 4;
const SEQUENCE_BYTES = 8;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;

export interface WireShape extends CommitteeSize {
  /** K of the value vectors. */
  readonly lanes: number;
}

/** Bytes of a frame of this kind: every kind has one length in one committee. */
export function frameBytes(kind: Message["kind"], { lanes, ...size }: WireShape): number {
  const attributed = 1 + observationQuorum(size) * (1 + observationBytes(lanes));
  const bodies: Readonly<Record<Message["kind"], number>> = {
    "new-epoch": 2 * EPOCH_BYTES,
    "round-start": SEQUENCE_BYTES,
    observation: observationBytes(lanes),
    proposal: SEQUENCE_BYTES + attributed + SIGNATURE_BYTES,
    prepare: SEQUENCE_BYTES + 2 * DIGEST_BYTES + SIGNATURE_BYTES,
    signature: REPORT_BYTES + SIGNATURE_BYTES,
    final:
      REPORT_BYTES +
      DIGEST_BYTES +
      packedBytes(lanes) +
      attributed +
      (1 + signatureQuorum(size) * (1 + SIGNATURE_BYTES)),
    "final-request": SEQUENCE_BYTES + DIGEST_BYTES,
  };
  return HEADER_BYTES + bodies[kind];
}

/** The largest frame that an honest node of this committee sends: a final report with its observations. */
export function maxFrameBytes(shape: WireShape): number {
  return Math.max(...KINDS.map((kind) => frameBytes(kind, shape)));
}

/** version:uint8 | kind:uint8 | body. Integers are big-endian. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().u8(WIRE_VERSION).u8(KINDS.indexOf(message.kind));
  writeBody(writer, message);
  return writer.finish();
}

/**
 * The message that the bytes say, or undefined: unknown version or kind, another length than such a message has in this
 * committee, or values out of range. The length is checked first: what is too long costs nothing.
 */
export function decodeMessage(bytes: Uint8Array, shape: WireShape): Message | undefined {
  const [version, number] = bytes;
  const kind = KINDS[number ?? KINDS.length];
  if (version !== WIRE_VERSION || kind === undefined || bytes.length !== frameBytes(kind, shape)) return undefined;
  const reader = new ByteReader(bytes.subarray(HEADER_BYTES));
  try {
    const message = readBody(reader, kind, shape.lanes);
    return reader.remaining === 0 ? message : undefined;
  } catch (error) {
    if (error instanceof TruncatedError || error instanceof QuorateError) return undefined;
    throw error;
  }
}

function writeBody(writer: ByteWriter, message: Message): void {
  switch (message.kind) {
    case "new-epoch":
      writer.u32(message.epoch).u32(message.current);
      return;
    case "round-start":
      writer.u64(message.sequence);
      return;
    case "observation":
      writeObservation(writer, message);
      return;
    case "proposal":
      writer.u64(message.sequence);
      writeAttributed(writer, message.observations);
      writer.bytes(getBytes(message.signature));
      return;
    case "prepare":
      writer.u64(message.sequence).bytes(getBytes(message.digest));
      writer.bytes(getBytes(message.observationsHash)).bytes(getBytes(message.proposalSignature));
      return;
    case "signature":
      writeReport(writer, message.report);
      writer.bytes(getBytes(message.signature));
      return;
    case "final":
      writeFinal(writer, message.final);
      return;
    case "final-request":
      writer.u64(message.sequence).bytes(getBytes(message.digest));
      return;
    default:
      assertNever(message);
  }
}

function readBody(reader: ByteReader, kind: Message["kind"], lanes: number): Message {
  const hex = (length: number) => hexlify(reader.bytes(length)) as Hex;
  switch (kind) {
    case "new-epoch":
      return { kind, epoch: reader.u32(), current: reader.u32() };
    case "round-start":
      return { kind, sequence: reader.u64() };
    case "observation":
      return { kind, ...readObservation(reader, lanes) };
    case "proposal":
      return {
        kind,
        sequence: reader.u64(),
        observations: readAttributed(reader, lanes),
        signature: hex(SIGNATURE_BYTES),
      };
    case "prepare":
      return {
        ...{ kind, sequence: reader.u64(), digest: hex(DIGEST_BYTES) },
        ...{ observationsHash: hex(DIGEST_BYTES), proposalSignature: hex(SIGNATURE_BYTES) },
      };
    case "signature":
      return { kind, report: readReport(reader), signature: hex(SIGNATURE_BYTES) };
    case "final":
      return { kind, final: readFinal(reader, lanes) };
    case "final-request":
      return { kind, sequence: reader.u64(), digest: hex(DIGEST_BYTES) };
    default:
      return assertNever(kind);
  }
}
