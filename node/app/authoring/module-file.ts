import { readFile } from "node:fs/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";

export interface ModuleFileError {
  readonly code: "module-unreadable";
  readonly file: string;
}

/** `\0asm`: what every module and component begins with. */
const MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d]);

/** Reads a module that a person named. @throws QuorateError<ModuleFileError> */
export async function readModuleFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing ? `there is no file ${file}` : `cannot read ${file}`;
    throw unreadable(file, `${what}: name a WebAssembly module`, cause);
  }
}

/** @throws QuorateError<ModuleFileError> for a file that is something else, before tools wonder about it. */
export function requireWebAssembly(bytes: Uint8Array, file: string): void {
  if (MAGIC.equals(bytes.subarray(0, MAGIC.length))) return;
  throw unreadable(file, `${file} is no WebAssembly: name the binary module (.wasm) that your compiler wrote`);
}

function unreadable(file: string, message: string, cause?: unknown): QuorateError<ModuleFileError> {
  return new QuorateError<ModuleFileError>({ code: "module-unreadable", file }, message, { cause });
}
