import type { BinaryReader } from "./binary-reader.ts";
import { refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import {
  EXTERN_KINDS,
  type DecodeProfile,
  type ExternType,
  type ModuleExport,
  type ModuleImport,
  type ModuleType,
  type SizeLimits,
} from "./module-types.ts";
import { F32, F64, I32, I64, isFloat, isValueType } from "./wasm-types.ts";

/** Bytes of a page of memory. */
const PAGE_BYTES = 65_536;

/** What entries refer to. Sections are read in the order in which they stand, so a part may still be empty. */
export interface EntryContext {
  readonly profile: DecodeProfile;
  readonly types: readonly ModuleType[];
  readonly importedGlobals: number;
  readonly table: SizeLimits | undefined;
  readonly memory: SizeLimits | undefined;
}

export function readValueType(reader: BinaryReader, { floats }: DecodeProfile): number {
  const place = reader.place;
  const byte = reader.byte();
  if (!isValueType(byte)) {
    const feature = byte === 0x7b ? "SIMD" : "reference types";
    throw refusal("feature", place, `the module uses ${feature} (value type 0x${byte.toString(16)}): build without it`);
  }
  if (floats === "refused" && isFloat(byte)) throw floatRefused(place);
  return byte;
}

export function floatRefused(place: { section: string; offset: number }): Error {
  const mend = "compute with integers (the SDK's decimals), or allow floats in the manifest";
  return refusal("floats", place, `the module uses floating point, which its manifest rules out: ${mend}`);
}

export function readType(reader: BinaryReader, index: number, { profile }: EntryContext): ModuleType {
  const place = reader.place;
  if (reader.byte() !== 0x60)
    throw refusal("feature", place, "a type is no function type: build without garbage collection");
  const list = () => {
    const count = reader.count({
      what: "parameters or results in a type",
      most: CAPS.arity,
      rule: "type",
      mend: "pass them in memory",
    });
    return Array.from({ length: count }, () => readValueType(reader, profile));
  };
  return { index, params: list(), results: list() };
}

export function readTypeIndex(reader: BinaryReader, { types }: EntryContext): ModuleType {
  const type = types[reader.u32()];
  if (type === undefined) throw reader.malformed("a function has no type");
  return type;
}

export function readImport(reader: BinaryReader, context: EntryContext): ModuleImport {
  const place = reader.place;
  const module = reader.name(CAPS.nameBytes);
  const name = reader.name(CAPS.nameBytes);
  const kind = EXTERN_KINDS[reader.byte()];
  if (kind === undefined) throw refusal("feature", place, "an import is of an unknown kind: build without exceptions");
  if (!context.profile.importKinds.includes(kind)) {
    const mend = "a fetcher brings its own memory, table and globals (wasm-ld: drop --import-memory, --import-table)";
    throw refusal("import", place, `the module imports a ${kind}: ${mend}`);
  }
  return { module, name, offset: place.offset, extern: readExtern(reader, kind, context) };
}

function readExtern(reader: BinaryReader, kind: ExternType["kind"], context: EntryContext): ExternType {
  switch (kind) {
    case "function":
      return { kind, type: readTypeIndex(reader, context) };
    case "table":
      return { kind, limits: readTable(reader, context) };
    case "memory":
      return { kind, limits: readMemory(reader, context) };
    case "global":
      return { kind, valueType: readValueType(reader, context.profile), mutable: readMutability(reader) };
  }
}

export function readTable(reader: BinaryReader, { profile }: EntryContext): SizeLimits {
  const place = reader.place;
  if (reader.byte() !== 0x70)
    throw refusal("feature", place, "the table holds no functions: build without reference types");
  const limits = readLimits(reader);
  if (limits.min <= profile.tableEntries) return limits;
  throw refusal(
    "table",
    place,
    `the table has ${limits.min} entries, at most ${profile.tableEntries} are admitted: take fewer functions' addresses`,
  );
}

export function readMemory(reader: BinaryReader, { profile }: EntryContext): SizeLimits {
  const place = reader.place;
  const limits = readLimits(reader);
  if (limits.min <= profile.memoryPages) return limits;
  const mend = "lower its initial memory or raise memoryPages in the manifest";
  throw refusal(
    "memory",
    place,
    `the memory starts with ${limits.min} pages, its limit is ${profile.memoryPages}: ${mend}`,
  );
}

function readLimits(reader: BinaryReader): SizeLimits {
  const place = reader.place;
  const flags = reader.byte();
  if (flags > 1) throw refusal("feature", place, "shared or 64-bit memory: build without threads and memory64");
  return { min: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

export function readGlobal(reader: BinaryReader, context: EntryContext): void {
  readValueType(reader, context.profile);
  readMutability(reader);
  readConstant(reader, context);
}

function readMutability(reader: BinaryReader): boolean {
  const place = reader.place;
  const flags = reader.byte();
  if (flags > 1) throw refusal("feature", place, "a shared global: build without threads");
  return flags === 1;
}

export function readExport(reader: BinaryReader): ModuleExport {
  const { offset } = reader;
  const name = reader.name(CAPS.nameBytes);
  const kind = EXTERN_KINDS[reader.byte()];
  if (kind === undefined)
    throw refusal(
      "feature",
      { section: reader.section, offset },
      "an export is of an unknown kind: build without exceptions",
    );
  return { name, kind, index: reader.u32(), offset };
}

/** A constant expression: one literal or one imported global. @returns its value for an i32, unsigned, where it is known. */
function readConstant(reader: BinaryReader, { importedGlobals, profile }: EntryContext): number | undefined {
  const place = reader.place;
  const opcode = reader.byte();
  const type = { 0x41: I32, 0x42: I64, 0x43: F32, 0x44: F64 }[opcode];
  let value: number | undefined;
  let plain = type !== undefined;
  if (type === I32) value = Number(BigInt.asUintN(32, reader.signed(32)));
  else if (type === I64) reader.signed(64);
  else if (type === F32) reader.skip(4);
  else if (type === F64) reader.skip(8);
  else if (opcode === 0x23) plain = reader.u32() < importedGlobals;
  if (!plain || reader.byte() !== 0x0b) {
    throw refusal(
      "global",
      place,
      "an initial value is no plain constant: build without extended constant expressions",
    );
  }
  if (profile.floats === "refused" && type !== undefined && isFloat(type)) throw floatRefused(place);
  return value;
}

/** Active segments for the one table alone. */
export function checkElements(reader: BinaryReader, context: EntryContext): void {
  const place = reader.place;
  if (reader.u32() !== 0) throw refusal("element", place, "a passive element segment: build without reference types");
  const start = readConstant(reader, context) ?? 0;
  const count = reader.count({
    what: "entries in an element segment",
    most: context.profile.tableEntries,
    rule: "element",
    mend: "take fewer functions' addresses",
  });
  for (let left = count; left > 0; left--) reader.u32();
  if (context.profile.segmentsInside && start + count > (context.table?.min ?? 0))
    throw refusal(
      "element",
      place,
      "an element segment lies outside the table: its addresses are wrong, link the module again",
    );
}

const PASSIVE = 1;
const WITH_MEMORY_INDEX = 2;

export function checkData(reader: BinaryReader, context: EntryContext): void {
  const place = reader.place;
  const flags = reader.u32();
  if (flags > WITH_MEMORY_INDEX || (flags === WITH_MEMORY_INDEX && reader.u32() !== 0)) {
    throw refusal("feature", place, "the module uses several memories: build with one");
  }
  const start = flags === PASSIVE ? 0 : (readConstant(reader, context) ?? 0);
  const length = reader.u32();
  reader.skip(length);
  const outside = flags !== PASSIVE && start + length > (context.memory?.min ?? 0) * PAGE_BYTES;
  if (context.profile.segmentsInside && outside) {
    throw refusal("data", place, "a data segment lies outside the initial memory: raise the initial memory");
  }
}
