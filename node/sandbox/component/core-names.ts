import type { BinaryReader } from "../wasm/binary-reader.ts";
import { METER_IMPORTS } from "../admission/rules.ts";
import { refusal } from "../admission/refusal.ts";
import { binaryFormat, splitSections } from "../wasm/sections.ts";
import { safeName } from "./names.ts";

/** Imports, or exports, of one core module that are looked through here; admission has narrower caps. */
const ENTRIES = 10_000;

/**
 * Checks each name in a core module's imports and exports, before a transpiler sees it. What else the module may consist
 * of is decided when it is metered.
 * @throws QuorateError<ModuleRefused>
 */
export function checkCoreNames(bytes: Uint8Array): { readonly memories: number } {
  if (binaryFormat(bytes) !== "core") throw refusal("component", { section: "core module" }, "a component inside one");
  const sections = splitSections(bytes);
  each(sections.get("import")?.again(), (reader) => {
    const place = reader.place;
    const module = safeName(reader);
    safeName(reader);
    skipExtern(reader);
    if (module === METER_IMPORTS.module) {
      throw refusal("import", place, `a core module imports from ${module}, the meter's own: rename it`);
    }
  });
  each(sections.get("export")?.again(), (reader) => {
    safeName(reader);
    reader.skip(1);
    reader.u32();
  });
  return { memories: sections.get("memory")?.again().u32() ?? 0 };
}

function each(reader: BinaryReader | undefined, read: (reader: BinaryReader) => void): void {
  if (reader === undefined) return;
  const count = reader.count({ what: "imports or exports in a core module", most: ENTRIES, rule: "component" });
  for (let left = count; left > 0; left--) read(reader);
  reader.finish();
}

function skipExtern(reader: BinaryReader): void {
  const place = reader.place;
  switch (reader.byte()) {
    case 0x00:
      reader.u32();
      return;
    case 0x01:
      reader.skip(1);
      skipLimits(reader);
      return;
    case 0x02:
      skipLimits(reader);
      return;
    case 0x03:
      reader.skip(2);
      return;
    default:
      throw refusal("feature", place, "a core module imports something of an unknown kind: build without exceptions");
  }
}

function skipLimits(reader: BinaryReader): void {
  const flags = reader.byte();
  if (flags > 1)
    throw refusal("feature", reader.place, "a core module has shared or 64-bit limits: build without them");
  reader.u32();
  if (flags === 1) reader.u32();
}
