import { BinaryReader } from "./binary-reader.ts";
import { decodeBody, type FunctionBody } from "./function-body.ts";
import { refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import {
  checkData,
  checkElements,
  readExport,
  readGlobal,
  readImport,
  readMemory,
  readTable,
  readType,
  typeAt,
  type ImportedFunction,
  type ModuleExport,
  type SizeLimits,
} from "./section-entries.ts";
import type { FunctionType } from "./wasm-types.ts";

/** An admitted module in parts. Parts that the meter leaves alone stay as the bytes of their section's content. */
export interface DecodedModule {
  readonly bytes: Uint8Array;
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportedFunction[];
  /** Types of all functions by index, imports first. */
  readonly functions: readonly FunctionType[];
  readonly memory: SizeLimits | undefined;
  readonly table: SizeLimits | undefined;
  readonly globalCount: number;
  /** The globals' entries without their count. */
  readonly globals: Uint8Array;
  readonly exports: readonly ModuleExport[];
  readonly start: Uint8Array | undefined;
  readonly elements: Uint8Array | undefined;
  readonly dataCount: Uint8Array | undefined;
  readonly data: Uint8Array | undefined;
  readonly bodies: readonly FunctionBody[];
  readonly features: ReadonlySet<string>;
}

const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data-count",
] as const;

type SectionName = (typeof SECTIONS)[number];
type Sections = ReadonlyMap<SectionName, BinaryReader>;

/** The order in which sections follow each other; custom ones may stand anywhere. */
const ORDER: readonly SectionName[] = [...SECTIONS.slice(1, 10), "data-count", "code", "data"];
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const COMPONENT_VERSION = 0x0d;

/**
 * Takes a module apart. The allow-lists and caps decide alone, whatever this V8 would accept.
 * @throws QuorateError<ModuleRefused> with the rule, section and offset.
 */
export function decodeModule(bytes: Uint8Array): DecodedModule {
  checkHeader(bytes);
  const sections = splitSections(bytes);
  const types = readVector(sections, "type", { most: CAPS.types, read: readType });
  const imports = readVector(sections, "import", { most: CAPS.imports, read: (reader) => readImport(reader, types) });
  const own = readVector(sections, "function", {
    most: CAPS.functions,
    read: (reader) => typeAt(types, reader.u32(), reader),
  });
  const functions = [...imports.map(({ type }) => type), ...own];
  const table = readVector(sections, "table", { most: 1, read: readTable })[0];
  const memory = readVector(sections, "memory", { most: 1, read: readMemory })[0];
  const globals = rawSection(sections, "global");
  const globalCount = readVector(sections, "global", { most: CAPS.globals, read: readGlobal }).length;
  const exports = readVector(sections, "export", { most: CAPS.exports, read: readExport });
  const elements = rawSection(sections, "element");
  readVector(sections, "element", { most: CAPS.elementSegments, read: (reader) => checkElements(reader, table) });
  const data = rawSection(sections, "data");
  const features = new Set<string>();
  const context = { types, functions, features };
  const bodies = readVector(sections, "code", {
    most: CAPS.functions,
    read: (reader, index) => decodeBody(reader.part(reader.u32()), own[index] ?? typeAt(types, -1, reader), context),
  });
  readVector(sections, "data", { most: CAPS.dataSegments, read: (reader) => checkData(reader, memory) });
  return {
    ...{ bytes, types, imports, functions, memory, table, globalCount, exports, elements, data, bodies, features },
    globals: globals?.subarray(countBytes(globals)) ?? new Uint8Array(),
    start: rawSection(sections, "start"),
    dataCount: rawSection(sections, "data-count"),
  };
}

function checkHeader(bytes: Uint8Array): void {
  const isMagic = HEADER.slice(0, 4).every((byte, index) => bytes[index] === byte);
  if (isMagic && bytes[4] === COMPONENT_VERSION) {
    const mend = "build a core module (reactor shape of fetcher/1) instead";
    throw refusal("component", { offset: 4 }, `the file is a WebAssembly component: ${mend}`);
  }
  if (!HEADER.every((byte, index) => bytes[index] === byte)) {
    throw refusal("header", { offset: 0 }, "the file is no WebAssembly module of version 1: is it the right file?");
  }
}

function splitSections(bytes: Uint8Array): Sections {
  const sections = new Map<SectionName, BinaryReader>();
  const file = new BinaryReader(bytes, { start: HEADER.length, end: bytes.length, section: "header" });
  let last = -1;
  while (!file.done) {
    const offset = file.offset;
    const id = file.byte();
    const name = SECTIONS[id];
    if (name === undefined) {
      throw refusal(
        "section",
        { offset },
        `the module has a section ${id}: build without exceptions and other extensions`,
      );
    }
    const { offset: start, end } = file.part(file.u32());
    if (name === "custom") continue;
    const rank = ORDER.indexOf(name);
    if (rank <= last) throw refusal("section", { section: name, offset }, "sections stand twice or out of order");
    last = rank;
    sections.set(name, new BinaryReader(bytes, { start, end, section: name }));
  }
  return sections;
}

interface VectorReader<T> {
  readonly most: number;
  readonly read: (reader: BinaryReader, index: number) => T;
}

const COUNT_RULES = {
  custom: "section",
  type: "type",
  import: "import",
  function: "functions",
  table: "table",
  memory: "memory",
  global: "global",
  export: "export",
  start: "section",
  element: "element",
  code: "functions",
  data: "data",
  "data-count": "data",
} as const;

function readVector<T>(sections: Sections, name: SectionName, { most, read }: VectorReader<T>): T[] {
  const reader = sections.get(name);
  if (reader === undefined) return [];
  const count = reader.count({ what: `entries in its ${name} section`, most, rule: COUNT_RULES[name] });
  const entries = Array.from({ length: count }, (_, index) => read(reader, index));
  reader.finish();
  return entries;
}

/** The content of a section, count included. */
function rawSection(sections: Sections, name: SectionName): Uint8Array | undefined {
  const reader = sections.get(name);
  return reader?.bytes.subarray(reader.offset, reader.end);
}

function countBytes(content: Uint8Array): number {
  return content.findIndex((byte) => byte < 0x80) + 1;
}
