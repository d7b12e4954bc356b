import { readFileSync } from "node:fs";

/** Bytes of a section of a ptau, r1cs or zkey file. */
export function sectionOf(file: string, id: number): Buffer {
  const bytes = readFileSync(file);
  const [from, size] = locate(bytes, id);
  return bytes.subarray(from, from + size);
}

/** Where in a file other bytes are put. */
export interface Splice {
  readonly section: number;
  /** From the section's beginning. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file's bytes with a splice in them. */
export function spliced(file: string, { section, at, bytes: replacement }: Splice): Buffer {
  const bytes = readFileSync(file);
  bytes.set(replacement, locate(bytes, section)[0] + at);
  return bytes;
}

/** A file's bytes with another content, of any length, in a section. */
export function withSection(file: string, id: number, content: Uint8Array): Buffer {
  const bytes = readFileSync(file);
  const [from, size] = locate(bytes, id);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([bytes.subarray(0, from - 8), length, content, bytes.subarray(from + size)]);
}

function locate(bytes: Buffer, id: number): [from: number, size: number] {
  for (let at = 12; at < bytes.length;) {
    const size = Number(bytes.readBigUInt64LE(at + 4));
    if (bytes.readUInt32LE(at) === id) return [at + 12, size];
    at += 12 + size;
  }
  throw new RangeError(`there is no section ${id}`);
}
