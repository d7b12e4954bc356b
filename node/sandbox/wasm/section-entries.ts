import type { BinaryReader } from "./binary-reader.ts";
import { readValueType } from "./function-body.ts";
import { refusal } from "../admission/refusal.ts";
import { CAPS, type ExportKind } from "../admission/rules.ts";
import { F32, F64, I32, I64, type FunctionType } from "./wasm-types.ts";

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: ExportKind;
  readonly index: number;
}

/** Pages of a memory, entries of a table. */
export interface SizeLimits {
  readonly min: number;
  readonly max: number | undefined;
}

const PAGE_BYTES = 65_536;
const EXPORT_KINDS: readonly ExportKind[] = ["function", "table", "memory", "global"];

export function readType(reader: BinaryReader): FunctionType {
  const place = reader.place;
  if (reader.byte() !== 0x60)
    throw refusal("feature", place, "a type is no function type: build without garbage collection");
  const list = () => {
    const count = reader.count({ what: "parameters or results in a type", most: CAPS.arity, rule: "type" });
    return Array.from({ length: count }, () => readValueType(reader));
  };
  return { params: list(), results: list() };
}

export function typeAt(types: readonly FunctionType[], index: number, reader: BinaryReader): FunctionType {
  const type = types[index];
  if (type === undefined) throw reader.malformed("a function has no type");
  return type;
}

export function readImport(reader: BinaryReader, types: readonly FunctionType[]): ImportedFunction {
  const place = reader.place;
  const module = reader.name(CAPS.nameBytes);
  const name = reader.name(CAPS.nameBytes);
  if (reader.byte() !== 0) {
    throw refusal(
      "import",
      place,
      `${module}.${name} is no function: a fetcher brings its own memory, table and globals`,
    );
  }
  return { module, name, type: typeAt(types, reader.u32(), reader) };
}

export function readTable(reader: BinaryReader): SizeLimits {
  const place = reader.place;
  if (reader.byte() !== 0x70)
    throw refusal("feature", place, "the table holds no functions: build without reference types");
  const limits = readLimits(reader);
  if (limits.min <= CAPS.tableEntries) return limits;
  throw refusal("table", place, `the table has ${limits.min} entries, at most ${CAPS.tableEntries} are admitted`);
}

export function readMemory(reader: BinaryReader): SizeLimits {
  const place = reader.place;
  const limits = readLimits(reader);
  if (limits.min <= CAPS.memoryPages) return limits;
  throw refusal(
    "memory",
    place,
    `the memory starts with ${limits.min} pages, at most ${CAPS.memoryPages} are admitted`,
  );
}

function readLimits(reader: BinaryReader): SizeLimits {
  const place = reader.place;
  const flags = reader.byte();
  if (flags > 1) throw refusal("feature", place, "shared or 64-bit memory: build without threads and memory64");
  return { min: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

export function readGlobal(reader: BinaryReader): void {
  readValueType(reader);
  reader.byte();
  readConstant(reader);
}

export function readExport(reader: BinaryReader): ModuleExport {
  const place = reader.place;
  const name = reader.name(CAPS.nameBytes);
  const kind = EXPORT_KINDS[reader.byte()];
  if (kind === undefined)
    throw refusal("feature", place, `export ${name} is of an unknown kind: build without exceptions`);
  return { name, kind, index: reader.u32() };
}

/** A constant expression: one literal. @returns its value for i32, else 0. */
function readConstant(reader: BinaryReader): number {
  const place = reader.place;
  const type = { 0x41: I32, 0x42: I64, 0x43: F32, 0x44: F64 }[reader.byte()];
  let value = 0;
  if (type === I32) value = Number(BigInt.asUintN(32, reader.signed(32)));
  else if (type === I64) reader.signed(64);
  else if (type === F32) reader.skip(4);
  else if (type === F64) reader.skip(8);
  if (type === undefined || reader.byte() !== 0x0b) {
    throw refusal(
      "global",
      place,
      "an initial value is no plain constant: build without extended constant expressions",
    );
  }
  return value;
}

/** Active segments for the one table alone, and inside it: else instantiation would trap. */
export function checkElements(reader: BinaryReader, table: SizeLimits | undefined): void {
  const place = reader.place;
  if (reader.u32() !== 0) throw refusal("element", place, "a passive element segment: build without reference types");
  const offset = readConstant(reader);
  const count = reader.count({ what: "entries in an element segment", most: CAPS.tableEntries, rule: "element" });
  for (let left = count; left > 0; left--) reader.u32();
  if (offset + count > (table?.min ?? 0)) throw refusal("element", place, "an element segment lies outside the table");
}

const PASSIVE = 1;
const WITH_MEMORY_INDEX = 2;

export function checkData(reader: BinaryReader, memory: SizeLimits | undefined): void {
  const place = reader.place;
  const flags = reader.u32();
  if (flags > WITH_MEMORY_INDEX || (flags === WITH_MEMORY_INDEX && reader.u32() !== 0)) {
    throw refusal("feature", place, "the module uses several memories: build with one");
  }
  const offset = flags === PASSIVE ? 0 : readConstant(reader);
  const length = reader.u32();
  reader.skip(length);
  if (flags !== PASSIVE && offset + length > (memory?.min ?? 0) * PAGE_BYTES) {
    throw refusal("data", place, "a data segment lies outside the initial memory: raise the initial memory");
  }
}
