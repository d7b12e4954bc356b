import { getBytes, hexlify } from "ethers";
import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";
import type { Report } from "../types/report.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { packedBytes, readAttributed, writeAttributed } from "./observation.ts";
import { packValues, unpackValues } from "./report.ts";

const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Bytes of a report: configuration, sequence, time, root, hash. */
export const REPORT_BYTES = 3 * DIGEST_BYTES + 8 + 4;

export function writeReport(writer: ByteWriter, report: Report): void {
  writer.bytes(getBytes(report.configDigest)).u64(report.sequence).u32(report.observedAt);
  writer.bytes(getBytes(report.feedsRoot)).bytes(getBytes(report.valuesHash));
}

/** Throws TruncatedError for fewer than REPORT_BYTES. */
export function readReport(reader: ByteReader): Report {
  const hash = () => hexlify(reader.bytes(DIGEST_BYTES)) as Hex;
  return {
    configDigest: hash(),
    sequence: reader.u64(),
    observedAt: reader.u32(),
    feedsRoot: hash(),
    valuesHash: hash(),
  };
}

export function writeFinal(writer: ByteWriter, { report, digest, feeds, observations, signatures }: FinalReport): void {
  writeReport(writer, report);
  writer.bytes(getBytes(digest)).bytes(packValues(feeds));
  writeAttributed(writer, observations);
  writer.u8(signatures.length);
  for (const { signer, signature } of signatures) writer.u8(signer).bytes(getBytes(signature));
}

/** Throws TruncatedError or a ReportCodecError for bytes that are no final report. */
export function readFinal(reader: ByteReader, lanes: number): FinalReport {
  const hex = (length: number) => hexlify(reader.bytes(length)) as Hex;
  const report = readReport(reader);
  const digest = hex(DIGEST_BYTES);
  const feeds = unpackValues(reader.bytes(packedBytes(lanes)));
  const observations = readAttributed(reader, lanes);
  const signatures = Array.from({ length: reader.u8() }, () => ({
    signer: reader.u8(),
    signature: hex(SIGNATURE_BYTES),
  }));
  return { report, digest, feeds, observations, signatures };
}

/** The canonical bytes of a final report, as stored and as sent. */
export function encodeFinal(final: FinalReport): Uint8Array {
  const writer = new ByteWriter();
  writeFinal(writer, final);
  return writer.finish();
}
