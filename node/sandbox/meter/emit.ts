import { BinaryWriter } from "../wasm/binary-writer.ts";
import type { DecodedModule } from "../wasm/decode.ts";
import { meterBody } from "./meter.ts";
import { MeterHelpers } from "./meter-helpers.ts";
import { CAPS, DEPTH, FAULT, FUEL, METER_EXPORTS, type ExportKind } from "../admission/rules.ts";
import { I32, I64, sameType, type FunctionType } from "../wasm/wasm-types.ts";

const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

const EXPORT_KIND: Readonly<Record<ExportKind, number>> = { function: 0, table: 1, memory: 2, global: 3 };
const HEADER_BYTES = 8;
const MUTABLE = 1;
const WITH_MAXIMUM = 1;

/**
 * Writes an admitted module again with the meter inside. Equal input gives equal bytes on every machine.
 * @param memoryCap pages, at least the module's initial memory.
 */
export function emitMetered(decoded: DecodedModule, memoryCap: number): Uint8Array {
  const first = decoded.globalCount;
  const globals = { fuel: first, depth: first + 1, fault: first + 2 };
  const helpers = new MeterHelpers({ globals, firstFunction: decoded.functions.length, memoryCap });
  const types = [...decoded.types];
  const typeIndex = (type: FunctionType): number => {
    const known = types.findIndex((other) => sameType(other, type));
    return known >= 0 ? known : types.push(type) - 1;
  };
  const code = new BinaryWriter(decoded.bytes.length * 3);
  const target = { source: decoded.bytes, globals, helpers, typeIndex };
  for (const body of decoded.bodies) code.sized((writer) => meterBody(body, writer, target));
  for (const { body } of helpers.all) code.u32(body.length).bytes(body);
  const functionTypes = [
    ...decoded.functions.slice(decoded.imports.length),
    ...helpers.all.map(({ type }) => type),
  ].map(typeIndex);

  const out = new BinaryWriter(code.length + decoded.bytes.length);
  out.bytes(decoded.bytes.subarray(0, HEADER_BYTES));
  const section = (id: number, write: (writer: BinaryWriter) => void) => out.byte(id).sized(write);
  const raw = (id: number, content: Uint8Array | undefined) => {
    if (content !== undefined) section(id, (writer) => writer.bytes(content));
  };
  section(SECTION.type, (writer) => writeTypes(writer, types));
  section(SECTION.import, (writer) => writeImports(writer, decoded, typeIndex));
  section(SECTION.function, (writer) => writeIndexes(writer, functionTypes));
  if (decoded.table !== undefined) section(SECTION.table, (writer) => writeTable(writer, decoded));
  section(SECTION.memory, (writer) => writeMemory(writer, decoded, memoryCap));
  section(SECTION.global, (writer) => writeGlobals(writer, decoded));
  section(SECTION.export, (writer) => writeExports(writer, decoded));
  raw(SECTION.start, decoded.start);
  raw(SECTION.element, decoded.elements);
  raw(SECTION.dataCount, decoded.dataCount);
  section(SECTION.code, (writer) => writer.u32(functionTypes.length).bytes(code.finish()));
  raw(SECTION.data, decoded.data);
  return out.finish().slice();
}

function writeTypes(writer: BinaryWriter, types: readonly FunctionType[]): void {
  writer.u32(types.length);
  for (const { params, results } of types) {
    writer
      .byte(0x60)
      .u32(params.length)
      .byte(...params)
      .u32(results.length)
      .byte(...results);
  }
}

function writeImports(
  writer: BinaryWriter,
  { imports }: DecodedModule,
  typeIndex: (type: FunctionType) => number,
): void {
  writer.u32(imports.length);
  for (const { module, name, type } of imports)
    writer.name(module).name(name).byte(EXPORT_KIND.function).u32(typeIndex(type));
}

function writeIndexes(writer: BinaryWriter, indexes: readonly number[]): void {
  writer.u32(indexes.length);
  for (const index of indexes) writer.u32(index);
}

function writeTable(writer: BinaryWriter, { table }: DecodedModule): void {
  const max = Math.min(table?.max ?? CAPS.tableEntries, CAPS.tableEntries);
  writer
    .u32(1)
    .byte(0x70, WITH_MAXIMUM)
    .u32(table?.min ?? 0)
    .u32(max);
}

function writeMemory(writer: BinaryWriter, { memory }: DecodedModule, cap: number): void {
  writer
    .u32(1)
    .byte(WITH_MAXIMUM)
    .u32(memory?.min ?? 0)
    .u32(cap);
}

/** The fuel's first value is what a start function may spend; the host sets both counters anew before each call. */
function writeGlobals(writer: BinaryWriter, { globalCount, globals }: DecodedModule): void {
  writer.u32(globalCount + 3).bytes(globals);
  writer.byte(I64, MUTABLE, 0x42).signed(FUEL.instantiation).byte(0x0b);
  writer.byte(I32, MUTABLE, 0x41).signed(DEPTH.slots).byte(0x0b);
  writer.byte(I32, MUTABLE, 0x41).signed(FAULT.none).byte(0x0b);
}

function writeExports(writer: BinaryWriter, { exports, globalCount }: DecodedModule): void {
  writer.u32(exports.length + 3);
  for (const { name, kind, index } of exports) writer.name(name).byte(EXPORT_KIND[kind]).u32(index);
  const names = [METER_EXPORTS.fuel, METER_EXPORTS.depth, METER_EXPORTS.fault];
  names.forEach((name, step) =>
    writer
      .name(name)
      .byte(EXPORT_KIND.global)
      .u32(globalCount + step),
  );
}
