import type { BinaryReader } from "./binary-reader.ts";
import { decodeBody, type BodyContext, type FunctionBody } from "./function-body.ts";
import { refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import type { DecodeProfile, ModuleExport, ModuleImport, ModuleType, Sized, SizeLimits } from "./module-types.ts";
import {
  checkData,
  checkElements,
  readExport,
  readGlobal,
  readImport,
  readMemory,
  readTable,
  readType,
  readTypeIndex,
  type EntryContext,
} from "./section-entries.ts";
import { rawSection, readVector, splitSections, type SectionName, type Sections } from "./sections.ts";

/** An admitted module in parts. Parts that the meter leaves alone stay as the bytes of their section's content. */
export interface DecodedModule {
  readonly bytes: Uint8Array;
  readonly profile: DecodeProfile;
  readonly types: readonly ModuleType[];
  readonly imports: readonly ModuleImport[];
  /** Types of all functions by index, imported ones first. */
  readonly functions: readonly ModuleType[];
  readonly importedFunctions: number;
  readonly memory: Sized | undefined;
  readonly table: Sized | undefined;
  readonly importedGlobals: number;
  readonly ownGlobals: number;
  /** The own globals' entries without their count. */
  readonly globals: Uint8Array;
  readonly exports: readonly ModuleExport[];
  /** Where the entries of the export section begin, 0 if there is none. */
  readonly exportsOffset: number;
  readonly start: Uint8Array | undefined;
  readonly elements: Uint8Array | undefined;
  readonly dataCount: Uint8Array | undefined;
  readonly data: Uint8Array | undefined;
  readonly dataSegments: number;
  readonly code: BinaryReader | undefined;
}

/**
 * Takes a module apart, all but its functions. The allow-lists and caps decide alone, whatever this V8 would accept.
 * @throws QuorateError<ModuleRefused> with the rule, section and offset.
 */
export function decodeModule(bytes: Uint8Array, profile: DecodeProfile): DecodedModule {
  const sections = splitSections(bytes);
  let context: EntryContext = { profile, types: [], importedGlobals: 0, table: undefined, memory: undefined };
  const types = readVector(sections, "type", {
    most: CAPS.types,
    read: (reader, index) => readType(reader, index, context),
  });
  context = { ...context, types };
  const imports = readVector(sections, "import", {
    most: CAPS.imports,
    read: (reader) => readImport(reader, context),
  });
  const imported = imports.flatMap(({ extern }) => (extern.kind === "function" ? [extern.type] : []));
  const own = readVector(sections, "function", {
    most: CAPS.functions,
    read: (reader) => readTypeIndex(reader, context),
  });
  const importedGlobals = imports.filter(({ extern }) => extern.kind === "global").length;
  const table = sizedPart(sections, "table", { imports, read: (reader) => readTable(reader, context) });
  const memory = sizedPart(sections, "memory", { imports, read: (reader) => readMemory(reader, context) });
  context = { ...context, importedGlobals, table, memory };
  return {
    ...{ bytes, profile, types, imports, table, memory, importedGlobals },
    ...{ functions: [...imported, ...own], importedFunctions: imported.length },
    ...decodeGlobals(sections, context),
    ...decodeExports(sections),
    start: rawSection(sections, "start"),
    ...decodeSegments(sections, context),
    code: sections.get("code"),
  };
}

/**
 * Decodes the functions one after the other: at most one is held as instructions, which take thirty times its bytes.
 * @param features collects what the report names.
 */
export function* decodeBodies(decoded: DecodedModule, features: Set<string>): Generator<FunctionBody> {
  const { code, functions, importedFunctions } = decoded;
  const reader = code?.again();
  const count = reader?.u32() ?? 0;
  const context: BodyContext = { ...decoded, features };
  for (let index = importedFunctions; reader !== undefined && index < importedFunctions + count; index++) {
    const type = functions[index];
    if (type === undefined) throw reader.malformed("a function has no type");
    yield decodeBody(reader.part(bodyBytes(reader)), type, context);
  }
  reader?.finish();
}

function bodyBytes(reader: BinaryReader): number {
  const place = reader.place;
  const length = reader.u32();
  if (length <= CAPS.functionBytes) return length;
  const sizes = `a function has ${length} bytes, at most ${CAPS.functionBytes} are admitted`;
  throw refusal("function-size", place, `${sizes}: split it, or inline less`);
}

interface SizedReader {
  readonly imports: readonly ModuleImport[];
  readonly read: (reader: BinaryReader) => SizeLimits;
}

/** The one memory or table, imported or the module's own. */
function sizedPart(sections: Sections, kind: "table" | "memory", { imports, read }: SizedReader): Sized | undefined {
  const parts: Sized[] = imports.flatMap(({ extern, offset }) =>
    extern.kind === kind ? [{ ...extern.limits, imported: true, offset }] : [],
  );
  const imported = parts.length;
  const own = readVector(sections, kind, {
    most: 1,
    read: (reader) => ({ offset: reader.offset, imported: false, ...read(reader) }),
  });
  parts.push(...own);
  const second = parts[1];
  if (second === undefined) return parts[0];
  const section = imported > 1 ? "import" : kind;
  throw refusal(kind, { section, offset: second.offset }, `the module has several ${kind} entries: build with one`);
}

function decodeGlobals(sections: Sections, context: EntryContext) {
  const entries = readVector(sections, "global", {
    most: CAPS.globals,
    read: (reader) => readGlobal(reader, context),
  });
  return { ownGlobals: entries.length, globals: withoutCount(rawSection(sections, "global")) };
}

function decodeExports(sections: Sections) {
  const exports = readVector(sections, "export", { most: CAPS.exports, read: readExport });
  return { exports, exportsOffset: sections.get("export")?.offset ?? 0 };
}

function decodeSegments(sections: Sections, context: EntryContext) {
  readVector(sections, "element", { most: CAPS.elementSegments, read: (reader) => checkElements(reader, context) });
  const segments = readVector(sections, "data", {
    most: CAPS.dataSegments,
    read: (reader) => checkData(reader, context),
  });
  const raw = (name: SectionName) => rawSection(sections, name);
  return {
    elements: raw("element"),
    dataCount: raw("data-count"),
    data: raw("data"),
    dataSegments: segments.length,
  };
}

function withoutCount(content: Uint8Array | undefined): Uint8Array {
  if (content === undefined) return new Uint8Array();
  return content.subarray(content.findIndex((byte) => byte < 0x80) + 1);
}
