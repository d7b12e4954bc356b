import { refusal } from "../admission/refusal.ts";
import { DEPTH, FAULT, FUEL, METER_EXPORTS, METER_IMPORTS } from "../admission/rules.ts";
import { BinaryWriter } from "../wasm/binary-writer.ts";
import { decodeBodies, type DecodedModule } from "../wasm/decode.ts";
import { type ExternKind, type ModuleExport, type ModuleImport } from "../wasm/module-types.ts";
import { HEADER_BYTES } from "../wasm/sections.ts";
import { I32, I64, typeText, type FunctionType } from "../wasm/wasm-types.ts";
import { meterBody, movedGlobal, type MeterTarget } from "./meter.ts";
import { MeterHelpers } from "./meter-helpers.ts";

export interface EmitOptions {
  /** The guest's exports that are kept. */
  readonly exports: readonly ModuleExport[];
  /** The counters are the module's own globals, and exported; or it imports them and shares them with others. */
  readonly meter: "own" | "shared";
  /** Pages, at least the module's initial memory. */
  readonly memoryCap: number;
  /** Entries, at least the module's initial table. */
  readonly tableCap: number;
  /** Slots that a function weighs more if it may call out of the module. */
  readonly foreignCall: number;
  /** Bytes of the result. */
  readonly maxBytes: number;
}

export interface EmittedModule {
  readonly bytes: Uint8Array;
  readonly instructions: number;
  /** Features beyond the first WebAssembly. */
  readonly features: ReadonlySet<string>;
}

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

const KIND: Readonly<Record<ExternKind, number>> = { function: 0, table: 1, memory: 2, global: 3 };
const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;
const MUTABLE = 1;
const WITH_MAXIMUM = 1;
const METER_GLOBALS = 3;

/** Types of the metered module: the guest's by their indexes, then what the meter needs. */
class TypeList {
  readonly all: FunctionType[];
  readonly #added = new Map<string, number>();

  constructor(types: readonly FunctionType[]) {
    this.all = [...types];
  }

  readonly indexOf = (type: FunctionType): number => {
    const key = typeText(type);
    const known = this.#added.get(key);
    if (known !== undefined) return known;
    const index = this.all.push(type) - 1;
    this.#added.set(key, index);
    return index;
  };
}

/**
 * Decodes the functions of an admitted module and writes it again with the meter inside. Equal input gives equal bytes
 * on every machine.
 * @throws QuorateError<ModuleRefused> for an instruction outside the allow-list, or a result that is too large.
 */
export function emitMetered(decoded: DecodedModule, options: EmitOptions): EmittedModule {
  const types = new TypeList(decoded.types);
  const { helpers, target } = createTarget(decoded, { options, types });
  const features = new Set<string>();
  const code = new BinaryWriter(decoded.bytes.length * 3);
  let instructions = 0;
  for (const body of decodeBodies(decoded, features)) {
    instructions += body.instructions.length;
    code.sized((writer) => meterBody(body, writer, target));
    checkSize(code, options);
  }
  for (const { body } of helpers.all) code.u32(body.length).bytes(body);
  const own = decoded.functions.slice(decoded.importedFunctions).map(({ index }) => index);
  const functionTypes = [...own, ...helpers.all.map(({ type }) => types.indexOf(type))];
  const out = new BinaryWriter(code.length + decoded.bytes.length);
  writeModule(out, { decoded, options, target, types: types.all, functionTypes, code: code.finish() });
  checkSize(out, options);
  return { bytes: out.finish().slice(), instructions, features };
}

function checkSize({ length }: BinaryWriter, { maxBytes }: EmitOptions): void {
  if (length <= maxBytes) return;
  const mend = "make it smaller, above all its branches";
  throw refusal(
    "metered-size",
    { section: "code" },
    `with the meter inside the module has more than ${maxBytes} bytes: ${mend}`,
  );
}

function createTarget(
  decoded: DecodedModule,
  { options, types }: { readonly options: EmitOptions; readonly types: TypeList },
) {
  const shared = options.meter === "shared";
  const first = shared ? decoded.importedGlobals : decoded.importedGlobals + decoded.ownGlobals;
  const globals = { fuel: first, depth: first + 1, fault: first + 2 };
  const { memoryCap, foreignCall } = options;
  const helpers = new MeterHelpers({ globals, firstFunction: decoded.functions.length, memoryCap });
  const moved = { from: decoded.importedGlobals, by: shared ? METER_GLOBALS : 0 };
  const target: MeterTarget = {
    ...{ source: decoded.bytes, globals, helpers, moved, foreignCall },
    typeIndex: types.indexOf,
  };
  return { helpers, target };
}

interface ModuleParts {
  readonly decoded: DecodedModule;
  readonly options: EmitOptions;
  readonly target: MeterTarget;
  readonly types: readonly FunctionType[];
  /** Type indexes of the module's own functions and the helpers. */
  readonly functionTypes: readonly number[];
  /** Function bodies without their count. */
  readonly code: Uint8Array;
}

function writeModule(out: BinaryWriter, parts: ModuleParts): void {
  const { decoded, types, functionTypes, code } = parts;
  out.bytes(decoded.bytes.subarray(0, HEADER_BYTES));
  const section = (id: number, write: (writer: BinaryWriter) => void) => out.byte(id).sized(write);
  const raw = (id: number, content: Uint8Array | undefined) => {
    if (content !== undefined) section(id, (writer) => writer.bytes(content));
  };
  section(SECTION.type, (writer) => writeTypes(writer, types));
  section(SECTION.import, (writer) => writeImports(writer, parts));
  section(SECTION.function, (writer) => writeIndexes(writer, functionTypes));
  writeTable(section, parts);
  writeMemory(section, parts);
  section(SECTION.global, (writer) => writeGlobals(writer, parts));
  section(SECTION.export, (writer) => writeExports(writer, parts));
  raw(SECTION.start, decoded.start);
  raw(SECTION.element, decoded.elements);
  raw(SECTION.dataCount, decoded.dataCount);
  section(SECTION.code, (writer) => writer.u32(functionTypes.length).bytes(code));
  raw(SECTION.data, decoded.data);
}

type WriteSection = (id: number, write: (writer: BinaryWriter) => void) => void;

function writeTypes(writer: BinaryWriter, types: readonly FunctionType[]): void {
  writer.u32(types.length);
  for (const { params, results } of types) {
    writer.byte(FUNCTION_TYPE);
    for (const list of [params, results]) writer.u32(list.length).byte(...list);
  }
}

function writeImports(writer: BinaryWriter, { decoded, options }: ModuleParts): void {
  const shared = options.meter === "shared";
  writer.u32(decoded.imports.length + (shared ? METER_GLOBALS : 0));
  for (const entry of decoded.imports) writeImport(writer, entry);
  if (!shared) return;
  const { module, ...names } = METER_IMPORTS;
  for (const [name, type] of [
    [names.fuel, I64],
    [names.depth, I32],
    [names.fault, I32],
  ] as const) {
    writer.name(module).name(name).byte(KIND.global, type, MUTABLE);
  }
}

function writeImport(writer: BinaryWriter, { module, name, extern }: ModuleImport): void {
  writer.name(module).name(name).byte(KIND[extern.kind]);
  switch (extern.kind) {
    case "function":
      writer.u32(extern.type.index);
      return;
    case "table":
      writer.byte(FUNCTION_REFERENCE);
      writeLimits(writer, extern.limits);
      return;
    case "memory":
      writeLimits(writer, extern.limits);
      return;
    case "global":
      writer.byte(extern.valueType, extern.mutable ? MUTABLE : 0);
  }
}

function writeLimits(
  writer: BinaryWriter,
  { min, max }: { readonly min: number; readonly max: number | undefined },
): void {
  if (max === undefined) writer.byte(0).u32(min);
  else writer.byte(WITH_MAXIMUM).u32(min).u32(max);
}

function writeIndexes(writer: BinaryWriter, indexes: readonly number[]): void {
  writer.u32(indexes.length);
  for (const index of indexes) writer.u32(index);
}

function writeTable(section: WriteSection, { decoded: { table }, options }: ModuleParts): void {
  if (table === undefined || table.imported) return;
  const max = Math.min(table.max ?? options.tableCap, options.tableCap);
  section(SECTION.table, (writer) => {
    writeLimits(writer.u32(1).byte(FUNCTION_REFERENCE), { min: table.min, max });
  });
}

function writeMemory(section: WriteSection, { decoded: { memory }, options }: ModuleParts): void {
  if (memory === undefined || memory.imported) return;
  section(SECTION.memory, (writer) => {
    writeLimits(writer.u32(1), { min: memory.min, max: options.memoryCap });
  });
}

/** The fuel's first value is what a start function may spend; the host sets both counters anew before each call. */
function writeGlobals(writer: BinaryWriter, { decoded, options }: ModuleParts): void {
  const own = options.meter === "own";
  writer.u32(decoded.ownGlobals + (own ? METER_GLOBALS : 0)).bytes(decoded.globals);
  if (!own) return;
  writer.byte(I64, MUTABLE, 0x42).signed(FUEL.instantiation).byte(0x0b);
  writer.byte(I32, MUTABLE, 0x41).signed(DEPTH.slots).byte(0x0b);
  writer.byte(I32, MUTABLE, 0x41).signed(FAULT.none).byte(0x0b);
}

function writeExports(writer: BinaryWriter, { options, target }: ModuleParts): void {
  const own = options.meter === "own";
  writer.u32(options.exports.length + (own ? METER_GLOBALS : 0));
  for (const { name, kind, index } of options.exports) {
    const at = kind === "global" ? movedGlobal(index, target.moved) : index;
    writer.name(name).byte(KIND[kind]).u32(at);
  }
  if (!own) return;
  for (const counter of ["fuel", "depth", "fault"] as const)
    writer.name(METER_EXPORTS[counter]).byte(KIND.global).u32(target.globals[counter]);
}

/** Names of all exports that the meter may add. */
export function isMeterExport(name: string): boolean {
  return Object.values(METER_EXPORTS).some((other) => other === name);
}
