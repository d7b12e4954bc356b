import { getBytes, hexlify } from "ethers";
import { ByteReader, TruncatedError } from "../codec/byte-reader.ts";
import { ByteWriter } from "../codec/byte-writer.ts";
import { readFinal, writeFinal } from "../codec/final.ts";
import {
  observationBytes,
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
export const WIRE_VERSION = 1;

const KINDS = ["new-epoch", "round-start", "observation", "proposal", "prepare", "signature", "final"] as const;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;

export interface WireShape extends CommitteeSize {
  /** K of the value vectors. */
  readonly lanes: number;
}

/** The largest frame that an honest node of this committee sends: a final report with its observations. */
export function maxFrameBytes({ lanes, ...size }: WireShape): number {
  const observations = 1 + observationQuorum(size) * (1 + observationBytes(lanes));
  const report = 4 * DIGEST_BYTES + 8 + 4 + 4 + 12 * lanes;
  return 2 + report + observations + 1 + signatureQuorum(size) * (1 + SIGNATURE_BYTES);
}

/** version:uint8 | kind:uint8 | body. Integers are big-endian. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().u8(WIRE_VERSION).u8(KINDS.indexOf(message.kind));
  writeBody(writer, message);
  return writer.finish();
}

/** The message that the bytes say, or undefined: unknown version or kind, truncated, overlong, or values out of range. */
export function decodeMessage(bytes: Uint8Array, lanes: number): Message | undefined {
  const reader = new ByteReader(bytes);
  try {
    if (reader.u8() !== WIRE_VERSION) return undefined;
    const kind = KINDS[reader.u8()];
    if (kind === undefined) return undefined;
    const message = readBody(reader, kind, lanes);
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
      return;
    case "signature":
      writer.u64(message.sequence).bytes(getBytes(message.digest)).bytes(getBytes(message.signature));
      return;
    case "final":
      writeFinal(writer, message.final);
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
      return { kind, sequence: reader.u64(), digest: hex(DIGEST_BYTES) };
    case "signature":
      return { kind, sequence: reader.u64(), digest: hex(DIGEST_BYTES), signature: hex(SIGNATURE_BYTES) };
    case "final":
      return { kind, final: readFinal(reader, lanes) };
    default:
      return assertNever(kind);
  }
}
