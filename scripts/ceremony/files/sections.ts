import { open, type FileHandle } from "node:fs/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CeremonyErrorData } from "../errors.ts";
import { missing } from "./digests.ts";

/** r1cs: constraints. ptau: powers of tau. zkey: a proving key. */
export type FileKind = "r1cs" | "ptau" | "zkey";

interface Section {
  readonly at: number;
  readonly size: number;
}

/** A file of circom's and snarkjs' common format: four letters, a version, and sections with a number and a length. */
export interface SectionFile {
  readonly file: string;
  readonly sections: ReadonlyMap<number, Section>;
}

const FILE_HEADER_BYTES = 12;
const SECTION_HEADER_BYTES = 12;
/** The formats have at most 15. */
const MAX_SECTIONS = 64;

/**
 * Finds a file's sections without reading them.
 * @throws QuorateError<CeremonyErrorData> `file-missing`; `file-malformed` for another format, a section that occurs twice,
 * and a file that ends before or after its last section.
 */
export async function readSections(file: string, kind: FileKind): Promise<SectionFile> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const header = await read(handle, { at: 0, size: Math.min(FILE_HEADER_BYTES, size) });
    if (header.length < FILE_HEADER_BYTES || header.toString("latin1", 0, 4) !== kind)
      throw malformed(file, `it is no ${kind} file`);
    const count = header.readUInt32LE(8);
    if (count > MAX_SECTIONS) throw malformed(file, `it claims ${count} sections`);
    const sections = new Map<number, Section>();
    let at = FILE_HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      if (at + SECTION_HEADER_BYTES > size) throw truncated(file, size);
      const head = await read(handle, { at, size: SECTION_HEADER_BYTES });
      const section = { at: at + SECTION_HEADER_BYTES, size: Number(head.readBigUInt64LE(4)) };
      const id = head.readUInt32LE(0);
      if (sections.has(id)) throw malformed(file, `it has section ${id} twice`);
      sections.set(id, section);
      at = section.at + section.size;
      if (at > size) throw truncated(file, size);
    }
    if (at < size) throw malformed(file, `${size - at} bytes follow its last section`);
    return { file, sections };
  } finally {
    await handle.close();
  }
}

/** The beginning of a section, or all of it. @throws QuorateError<CeremonyErrorData> `file-malformed` if there is less. */
export async function readSection({ file, sections }: SectionFile, id: number, bytes?: number): Promise<Buffer> {
  const section = sections.get(id);
  if (section === undefined) throw malformed(file, `section ${id} is missing`);
  if (bytes !== undefined && bytes > section.size) throw malformed(file, `section ${id} is too short`);
  const handle = await openFile(file);
  try {
    return await read(handle, { at: section.at, size: bytes ?? section.size });
  } finally {
    await handle.close();
  }
}

export function malformed(file: string, problem: string): QuorateError<CeremonyErrorData> {
  const message = `${file} cannot be used: ${problem}; get it again from whoever made it`;
  return new QuorateError<CeremonyErrorData>({ code: "file-malformed", file, problem }, message);
}

function truncated(file: string, size: number): QuorateError<CeremonyErrorData> {
  return malformed(file, `it is cut off after ${size} bytes`);
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missing(file);
    throw error;
  }
}

async function read(handle: FileHandle, { at, size }: Section): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  const { bytesRead } = await handle.read(buffer, 0, size, at);
  return buffer.subarray(0, bytesRead);
}
