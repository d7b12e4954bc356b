import type { AdmittedProgram } from "../admission/admit.ts";
import { BinaryReader } from "../wasm/binary-reader.ts";
import { BinaryWriter } from "../wasm/binary-writer.ts";
import { HEADER_BYTES, splitSections } from "../wasm/sections.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import { GuestAbort } from "./abort.ts";
import { classify, type Failure } from "./classify.ts";
import { instantiateCore, type CoreExports } from "./core-instance.ts";
import { GuestFault } from "./guest-fault.ts";
import { wantedImports } from "./imports.ts";
import type { ProgramTerms } from "./program.ts";

const SECTION = { export: 7, start: 8 };
const FUNCTION = 0;
/** No metered module exports it: those keep the exports of the ABI and the meter's alone. */
const START_EXPORT = "__start";

interface StartExports extends CoreExports {
  readonly [START_EXPORT]: () => void;
}

export interface FailedStart {
  readonly admitted: AdmittedProgram;
  readonly terms: ProgramTerms;
}

/**
 * Why no instance could be made. @param error what was thrown then. @returns undefined where this machine failed, and not what
 * the module does when it starts.
 */
export function startFailure(error: unknown, { admitted, terms }: FailedStart): Failure | undefined {
  if (error instanceof GuestFault) return error.code === "host-fault" ? undefined : error;
  if (error instanceof GuestAbort) return { code: "trap", message: error.message };
  if (!(error instanceof webAssembly.RuntimeError)) return undefined;
  const started = admitted.shape === "component" ? undefined : startAgain(admitted.instrumented, terms);
  if (started?.code === "host-fault") return undefined;
  return started ?? { code: "trap", message: error.message };
}

/**
 * Where a start function fails there is no instance whose counters could say why: the engine calls running out of fuel a
 * trap. So it is run once more, in an instance that it did not make.
 */
function startAgain(metered: Uint8Array, terms: ProgramTerms): Failure | undefined {
  const bytes = withStartExported(metered);
  if (bytes === undefined) return undefined;
  const module = new webAssembly.Module(bytes);
  const { exports, counters } = instantiateCore<StartExports>({ module, wanted: wantedImports(module), terms });
  try {
    exports[START_EXPORT]();
    return undefined;
  } catch (error) {
    return classify(error, counters);
  }
}

/** The same module, its start function an export; undefined if it has none. */
function withStartExported(metered: Uint8Array): Uint8Array | undefined {
  const start = splitSections(metered).get("start")?.u32();
  if (start === undefined) return undefined;
  const out = new BinaryWriter(metered.length + START_EXPORT.length).bytes(metered.subarray(0, HEADER_BYTES));
  const file = new BinaryReader(metered, { start: HEADER_BYTES, end: metered.length, section: "header" });
  while (!file.done) {
    const id = file.byte();
    const content = file.part(file.u32());
    if (id === SECTION.start) continue;
    out.byte(id).sized((writer) => {
      if (id === SECTION.export) writer.u32(content.u32() + 1);
      writer.bytes(content.bytes.subarray(content.offset, content.end));
      if (id === SECTION.export) writer.name(START_EXPORT).byte(FUNCTION).u32(start);
    });
  }
  return out.finish();
}
