import type { BinaryReader } from "../wasm/binary-reader.ts";
import { METER_IMPORTS } from "../admission/rules.ts";
import { refusal } from "../admission/refusal.ts";
import { binaryFormat, splitSections } from "../wasm/sections.ts";
import type { CoreParts } from "./core-totals.ts";
import { safeName } from "./names.ts";

/** Imports, exports or tables of one core module that are looked through here; admission has narrower caps. */
const ENTRIES = 10_000;
/** Sorts and types as the binary format numbers them. */
const MEMORY = 0x02;
const FUNCTION_REFERENCE = 0x70;

/**
 * Checks each name in a core module's imports and exports, before a transpiler sees it, and counts what each instance of it
 * will have of its own. What else the module may consist of is decided when it is metered.
 * @throws QuorateError<ModuleRefused>
 */
export function readCoreParts(bytes: Uint8Array): CoreParts {
  if (binaryFormat(bytes) !== "core") throw refusal("component", { section: "core module" }, "a component inside one");
  const sections = splitSections(bytes);
  each(sections.get("import")?.again(), readImport);
  const exported = { things: 0, memories: 0 };
  each(sections.get("export")?.again(), (reader) => {
    safeName(reader);
    exported.things++;
    if (reader.byte() === MEMORY) exported.memories++;
    reader.u32();
  });
  let tableEntries = 0;
  each(sections.get("table")?.again(), (reader) => (tableEntries += readTable(reader)));
  const memories = sections.get("memory")?.again().u32() ?? 0;
  const hiddenMemories = exported.memories === 0 ? memories : 0;
  return { memories, hiddenMemories, tableEntries, exports: exported.things };
}

function readImport(reader: BinaryReader): void {
  const place = reader.place;
  const module = safeName(reader);
  safeName(reader);
  skipExtern(reader);
  if (module === METER_IMPORTS.module) {
    throw refusal("import", place, `a core module imports from ${module}, the meter's own: rename it`);
  }
}

/** @returns the entries that it starts with. */
function readTable(reader: BinaryReader): number {
  const place = reader.place;
  if (reader.byte() !== FUNCTION_REFERENCE) {
    throw refusal("feature", place, "a table holds no functions: build without reference types");
  }
  return readLimits(reader);
}

function each(reader: BinaryReader | undefined, read: (reader: BinaryReader) => void): void {
  if (reader === undefined) return;
  const count = reader.count({ what: "imports, exports or tables in a core module", most: ENTRIES, rule: "component" });
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
      readLimits(reader);
      return;
    case 0x02:
      readLimits(reader);
      return;
    case 0x03:
      reader.skip(2);
      return;
    default:
      throw refusal("feature", place, "a core module imports something of an unknown kind: build without exceptions");
  }
}

/** @returns the least. */
function readLimits(reader: BinaryReader): number {
  const flags = reader.byte();
  if (flags > 1)
    throw refusal("feature", reader.place, "a core module has shared or 64-bit limits: build without them");
  const least = reader.u32();
  if (flags === 1) reader.u32();
  return least;
}
