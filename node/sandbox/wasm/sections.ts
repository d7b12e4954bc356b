import { refusal, type RuleName } from "../admission/refusal.ts";
import { BinaryReader } from "./binary-reader.ts";

/** By the number that announces each. */
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

export type SectionName = (typeof SECTIONS)[number];
/** A reader over the content of each section; custom ones are left out. */
export type Sections = ReadonlyMap<SectionName, BinaryReader>;

/** The order in which sections follow each other; custom ones may stand anywhere. */
const ORDER: readonly SectionName[] = [...SECTIONS.slice(1, 10), "data-count", "code", "data"];
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const CORE_VERSION = [0x01, 0x00, 0x00, 0x00];
/** Version 13 of the layer "component". */
const COMPONENT_VERSION = [0x0d, 0x00, 0x01, 0x00];
export const HEADER_BYTES = MAGIC.length + CORE_VERSION.length;

/** @throws QuorateError<ModuleRefused> for a file that is neither. */
export function binaryFormat(bytes: Uint8Array): "core" | "component" {
  const starts = (header: readonly number[]) => header.every((byte, index) => bytes[index] === byte);
  if (starts([...MAGIC, ...CORE_VERSION])) return "core";
  if (starts([...MAGIC, ...COMPONENT_VERSION])) return "component";
  const what = starts(MAGIC) ? "the file is WebAssembly of another version" : "the file is no WebAssembly";
  const mend = "give a core module of version 1 or a component, in the binary format";
  throw refusal("header", { section: "header", offset: starts(MAGIC) ? MAGIC.length : 0 }, `${what}: ${mend}`);
}

export function splitSections(bytes: Uint8Array): Sections {
  const sections = new Map<SectionName, BinaryReader>();
  const file = new BinaryReader(bytes, { start: HEADER_BYTES, end: bytes.length, section: "header" });
  let last = -1;
  while (!file.done) {
    const offset = file.offset;
    const id = file.byte();
    const name = SECTIONS[id];
    if (name === undefined) {
      const mend = "build without exceptions and other extensions";
      throw refusal("section", { section: String(id), offset }, `the module has a section ${id}: ${mend}`);
    }
    const { offset: start, end } = file.part(file.u32());
    if (name === "custom") continue;
    const rank = ORDER.indexOf(name);
    if (rank <= last)
      throw refusal("section", { section: name, offset }, "sections stand twice or out of order: build it again");
    last = rank;
    sections.set(name, new BinaryReader(bytes, { start, end, section: name }));
  }
  return sections;
}

/** The section that holds a place of the file, custom ones too. Undefined where the file ends before. */
export function sectionAt(bytes: Uint8Array, offset: number): SectionName | undefined {
  const file = new BinaryReader(bytes, { start: HEADER_BYTES, end: bytes.length, section: "header" });
  while (!file.done) {
    const name = SECTIONS[file.byte()];
    file.skip(file.u32());
    if (offset < file.offset) return name;
  }
  return undefined;
}

interface VectorReader<T> {
  readonly most: number;
  readonly read: (reader: BinaryReader, index: number) => T;
}

/** What is said of a vector that is too long, and how to shorten it. */
const COUNTS = {
  type: ["type", "use fewer different function types"],
  import: ["import", "import each function once"],
  function: ["functions", "let the linker drop what is not used"],
  table: ["table", "build with one table"],
  memory: ["memory", "build with one memory"],
  global: ["global", "keep variables in memory"],
  export: ["export", "export the functions of the ABI alone"],
  element: ["element", "link the module again, with one table"],
  code: ["functions", "let the linker drop what is not used"],
  data: ["data", "merge its data segments when linking"],
} as const satisfies Partial<Record<SectionName, readonly [RuleName, string]>>;

/** The entries of a section that is a vector; none where there is no such section. */
export function readVector<T>(sections: Sections, name: keyof typeof COUNTS, { most, read }: VectorReader<T>): T[] {
  const section = sections.get(name);
  if (section === undefined) return [];
  const reader = section.again();
  const [rule, mend] = COUNTS[name];
  const count = reader.count({ what: `entries in its ${name} section`, most, rule, mend });
  const entries: T[] = [];
  for (let index = 0; index < count; index++) entries.push(read(reader, index));
  reader.finish();
  return entries;
}

/** The content of a section, its count included. */
export function rawSection(sections: Sections, name: SectionName): Uint8Array | undefined {
  const reader = sections.get(name);
  return reader?.bytes.subarray(reader.offset, reader.end);
}
