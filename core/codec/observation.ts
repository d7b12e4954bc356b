import { getBytes, hexlify } from "ethers";
import { keccak256 } from "../crypto/keccak.ts";
import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, SignedObservation } from "../types/observation.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { packValues, unpackValues } from "./report.ts";

const FIELD_BYTES = 32;
const DIGEST_BYTES = 32;
const MASK_BYTES = 4;
const VALUE_BYTES = 12;

/** Bytes of a mask and K values. */
export function packedBytes(lanes: number): number {
  return MASK_BYTES + VALUE_BYTES * lanes;
}

/** Bytes of a signed observation over K lanes: sequence, mask and values, timestamp, inputs digest, fuel, R8, S. */
export function observationBytes(lanes: number): number {
  return 8 + packedBytes(lanes) + 4 + DIGEST_BYTES + 8 + 3 * FIELD_BYTES;
}

export function writeObservation(writer: ByteWriter, { observation, signature }: SignedObservation): void {
  writer.u64(observation.sequence).bytes(packValues(observation.feeds)).u32(observation.timestamp);
  writer.bytes(getBytes(observation.inputsDigest)).u64(observation.fuel);
  writer.uint(signature.r8.x, FIELD_BYTES).uint(signature.r8.y, FIELD_BYTES).uint(signature.s, FIELD_BYTES);
}

/** Throws TruncatedError or a ReportCodecError for bytes that are no observation. */
export function readObservation(reader: ByteReader, lanes: number): SignedObservation {
  const sequence = reader.u64();
  const feeds = unpackValues(reader.bytes(packedBytes(lanes)));
  const timestamp = reader.u32();
  const inputsDigest = hexlify(reader.bytes(DIGEST_BYTES)) as Hex;
  const fuel = reader.u64();
  const r8 = { x: reader.uint(FIELD_BYTES), y: reader.uint(FIELD_BYTES) };
  return {
    observation: { sequence, feeds, timestamp, inputsDigest, fuel },
    signature: { r8, s: reader.uint(FIELD_BYTES) },
  };
}

export function writeAttributed(writer: ByteWriter, entries: readonly AttributedObservation[]): void {
  writer.u8(entries.length);
  for (const entry of entries) {
    writer.u8(entry.observer);
    writeObservation(writer, entry);
  }
}

export function readAttributed(reader: ByteReader, lanes: number): AttributedObservation[] {
  const count = reader.u8();
  return Array.from({ length: count }, () => ({ observer: reader.u8(), ...readObservation(reader, lanes) }));
}

/** keccak256 of the chosen observations' canonical bytes: what a proposal's signature covers. */
export function observationsHash(observations: readonly AttributedObservation[]): Hex {
  const writer = new ByteWriter();
  writeAttributed(writer, observations);
  return keccak256(writer.finish());
}
