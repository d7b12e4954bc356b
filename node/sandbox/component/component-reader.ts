import { refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import { BinaryReader } from "../wasm/binary-reader.ts";
import { HEADER_BYTES } from "../wasm/sections.ts";
import {
  readAlias,
  readCanon,
  readCoreInstance,
  readExport,
  readImport,
  readInstance,
  readShimImport,
} from "./component-entries.ts";
import { emptySpace, type Space } from "./component-space.ts";
import { checkTotals, coreTotals } from "./core-totals.ts";
import { readTypeDefinition, unknown, type InstanceExports } from "./component-types.ts";
import { readCoreParts } from "./core-parts.ts";

/** What a component brings, asks for and offers. All names in it have been checked. */
export interface ComponentSurface {
  readonly imports: ReadonlyMap<string, InstanceExports>;
  /** Types of the functions, by the function's name, or by the interface's and the function's. */
  readonly exports: ReadonlyMap<string, string | InstanceExports>;
  /** Of all core instances. */
  readonly tableEntries: number;
}

/** Entries of one section, and sections. wit-component writes one section for each import's type. */
const ENTRIES = 1_000;
const SECTIONS = 4_000;
/** wit-component wraps each exported interface into a component of types alone. */
const SHIMS = 4;

type Surroundings = "root" | "shim";

/**
 * Reads a component as wit-component writes them: it takes what it knows and refuses the rest, as the decoder of core
 * modules does. It checks names, follows types and counts what core instances have; that the parts fit together is for
 * the transpiler's validator.
 * @throws QuorateError<ModuleRefused>
 */
export function readComponent(bytes: Uint8Array): ComponentSurface {
  const space = emptySpace(undefined);
  readSections(new BinaryReader(bytes, { start: 0, end: bytes.length, section: "component" }), space);
  const exports = new Map<string, string | InstanceExports>([...space.exports.functions, ...space.exportedInterfaces]);
  const totals = coreTotals(space.cores);
  checkTotals(totals);
  return { imports: space.imports, exports, tableEntries: totals.tableEntries };
}

/** @param file from the component's first byte. */
function readSections(file: BinaryReader, space: Space): void {
  file.skip(HEADER_BYTES);
  while (!file.done) {
    const place = file.place;
    if (++space.sections > SECTIONS)
      throw refusal("component", place, `the component has more than ${SECTIONS} sections`);
    const id = file.byte();
    const part = file.part(file.u32());
    const named = new BinaryReader(part.bytes, { start: part.offset, end: part.end, section: sectionName(id) });
    readSection(id, named, space);
  }
}

const SECTION_NAMES = [
  "custom",
  "core module",
  "core instance",
  "core type",
  "component",
  "instance",
  "alias",
  "type",
  "canon",
  "start",
  "import",
  "export",
];

function sectionName(id: number): string {
  return SECTION_NAMES[id] ?? String(id);
}

function readSection(id: number, reader: BinaryReader, space: Space): void {
  const surroundings: Surroundings = space.outer === undefined ? "root" : "shim";
  if (id === 0) return;
  if (id === 1 && surroundings === "root") readCore(reader, space);
  else if (id === 4 && surroundings === "root") readShim(reader, space);
  else {
    const read = surroundings === "root" ? ROOT_ENTRIES[id] : SHIM_ENTRIES[id];
    if (read === undefined) throw unknown(`a section "${reader.section}" where none is expected`, reader.place);
    const count = reader.count({ what: `entries in a ${reader.section} section`, most: ENTRIES, rule: "component" });
    for (let left = count; left > 0; left--) read(reader, space);
    reader.finish();
  }
}

type ReadEntry = (reader: BinaryReader, space: Space) => void;

const SHIM_ENTRIES: Readonly<Record<number, ReadEntry>> = {
  6: readAlias,
  7: readTypeDefinition,
  10: readShimImport,
  11: readExport,
};
const ROOT_ENTRIES: Readonly<Record<number, ReadEntry>> = {
  2: readCoreInstance,
  5: readInstance,
  6: readAlias,
  7: readTypeDefinition,
  8: readCanon,
  10: readImport,
  11: readExport,
};

function readCore(reader: BinaryReader, space: Space): void {
  if (space.cores.length === CAPS.cores) {
    const mend = "link your code into one module before making it a component";
    throw refusal("component", reader.place, `the component has more than ${CAPS.cores} core modules: ${mend}`);
  }
  space.cores.push({ ...readCoreParts(reader.bytes.subarray(reader.offset, reader.end)), instances: 0 });
}

function readShim(reader: BinaryReader, space: Space): void {
  if (space.shims.length === SHIMS) throw unknown(`more than ${SHIMS} components inside`, reader.place);
  const shim = emptySpace(space);
  readSections(reader, shim);
  space.shims.push(shim.exports);
}
