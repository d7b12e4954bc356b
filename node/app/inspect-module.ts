import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { type AdmissionReport, inspectModule } from "../sandbox/admission/admit.ts";

export interface InspectError {
  readonly code: "module-unreadable";
  readonly file: string;
}

/** Says what the sandbox would make of a module. Throws `module-refused` with the rule that it breaks. */
export async function inspectModuleFile(file: string): Promise<AdmissionReport> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new QuorateError<InspectError>(
      { code: "module-unreadable", file },
      `cannot read ${file}: name a WebAssembly module`,
      { cause },
    );
  }
  return inspectModule(bytes);
}
