import { BinaryWriter } from "../../../../node/sandbox/wasm/binary-writer.ts";
import { I32, I64 } from "../../../../node/sandbox/wasm/wasm-types.ts";

export interface FunctionSpec {
  readonly export?: string;
  readonly params?: readonly number[];
  readonly results?: readonly number[];
  /** Runs of locals: count, type. */
  readonly locals?: readonly (readonly [number, number])[];
  /** Instructions without the final `end`. */
  readonly code: readonly number[];
}

/** A function; or a table, memory or global, by the bytes of its type. */
export type ImportSpec = { readonly module: string; readonly name: string } & (
  | { readonly params: readonly number[]; readonly results: readonly number[] }
  | { readonly table: readonly number[] }
  | { readonly memory: readonly number[] }
  | { readonly global: readonly number[] }
);

export interface ModuleSpec {
  readonly imports?: readonly ImportSpec[];
  readonly functions?: readonly FunctionSpec[];
  /** Types besides those of the imports and functions, numbered after them. */
  readonly types?: readonly { params: readonly number[]; results: readonly number[] }[];
  /** Limits bytes after the count, e.g. `[0, 1]`. */
  readonly memory?: readonly number[] | undefined;
  readonly secondMemory?: readonly number[];
  readonly table?: readonly number[];
  /** Whole entries. */
  readonly globals?: readonly (readonly number[])[];
  /** Besides memory and the functions' own. */
  readonly exports?: readonly { name: string; kind: number; index: number }[];
  readonly start?: number;
  readonly elements?: readonly (readonly number[])[];
  readonly data?: readonly (readonly number[])[];
  readonly dataCount?: number;
  /** Raw sections put at the end: id, content. */
  readonly trailing?: readonly (readonly [number, readonly number[]])[];
}

/** Instructions by name, as far as the tests need them. */
export const op = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32: 0x41,
  i64: 0x42,
  f32: 0x43,
  f64: 0x44,
  i32Eqz: 0x45,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64ExtendU: 0xad,
  i64Or: 0x84,
  i64Shl: 0x86,
  f64Sqrt: 0x9f,
  f64Div: 0xa3,
  i64FromF64: 0xbd,
  i64Store: 0x37,
  i32Store: 0x36,
  bulk: 0xfc,
  void: 0x40,
} as const;

export function leb(value: number | bigint): number[] {
  return [...new BinaryWriter().signed(value).finish()];
}

export function uleb(value: number): number[] {
  return [...new BinaryWriter().u32(value).finish()];
}

export function i32(value: number): number[] {
  return [op.i32, ...leb(value)];
}

export function i64(value: number | bigint): number[] {
  return [op.i64, ...leb(value)];
}

/** The bytes of a module; nothing is checked, so that tests can write wrong ones. */
export function assemble(spec: ModuleSpec): Uint8Array {
  const out = new BinaryWriter();
  out.byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const section = (id: number, entries: readonly (readonly number[])[] | undefined) => {
    if (entries === undefined || entries.length === 0) return;
    out.byte(id).sized((writer) => {
      writer.u32(entries.length);
      for (const entry of entries) writer.bytes(Uint8Array.from(entry));
    });
  };
  const imports = spec.imports ?? [];
  const functions = spec.functions ?? [];
  const typeOf = (params: readonly number[], results: readonly number[]) => [
    0x60,
    ...uleb(params.length),
    ...params,
    ...uleb(results.length),
    ...results,
  ];
  const importedFunctions = imports.filter((entry) => "params" in entry);
  let type = 0;
  const externOf = (entry: ImportSpec) => {
    if ("table" in entry) return [1, ...entry.table];
    if ("memory" in entry) return [2, ...entry.memory];
    return "global" in entry ? [3, ...entry.global] : [0, ...uleb(type++)];
  };
  section(1, [
    ...importedFunctions.map(({ params, results }) => typeOf(params, results)),
    ...functions.map(({ params, results }) => typeOf(params ?? [], results ?? [])),
    ...(spec.types ?? []).map(({ params, results }) => typeOf(params, results)),
  ]);
  section(
    2,
    imports.map((entry) => [...text(entry.module), ...text(entry.name), ...externOf(entry)]),
  );
  section(
    3,
    functions.map((_, index) => uleb(importedFunctions.length + index)),
  );
  section(4, spec.table && [[...spec.table]]);
  section(
    5,
    [spec.memory, spec.secondMemory].filter((entry) => entry !== undefined),
  );
  section(6, spec.globals);
  section(7, [
    ...(spec.memory === undefined ? [] : [[...text("memory"), 2, 0]]),
    ...functions.flatMap((fn, index) =>
      fn.export === undefined ? [] : [[...text(fn.export), 0, ...uleb(importedFunctions.length + index)]],
    ),
    ...(spec.exports ?? []).map(({ name, kind, index }) => [...text(name), kind, ...uleb(index)]),
  ]);
  if (spec.start !== undefined) out.byte(8).sized((writer) => writer.u32(spec.start ?? 0));
  section(9, spec.elements);
  if (spec.dataCount !== undefined) out.byte(12).sized((writer) => writer.u32(spec.dataCount ?? 0));
  section(10, functions.map(body));
  section(11, spec.data);
  for (const [id, content] of spec.trailing ?? [])
    out.byte(id).sized((writer) => writer.bytes(Uint8Array.from(content)));
  return out.finish().slice();
}

function text(name: string): number[] {
  return [...new BinaryWriter().name(name).finish()];
}

function body({ locals = [], code }: FunctionSpec): number[] {
  const inner = [...uleb(locals.length), ...locals.flatMap(([count, type]) => [...uleb(count), type]), ...code, op.end];
  return [...uleb(inner.length), ...inner];
}

export const ALLOC: FunctionSpec = { export: "alloc", params: [I32], results: [I32], code: i32(1024) };

/** A phase that runs some code and then answers nothing. */
export function phase(name: "requests" | "observe", code: readonly number[] = [], more: Partial<FunctionSpec> = {}) {
  return { export: name, params: [I32, I32], results: [I64], ...more, code: [...code, ...i64(0)] } as const;
}

export interface FetcherSpec extends Omit<ModuleSpec, "functions"> {
  /** Code of `observe` before its answer. */
  readonly observe?: readonly number[];
  readonly locals?: FunctionSpec["locals"];
  readonly alloc?: FunctionSpec;
  /** Functions after alloc (0), requests (1) and observe (2). */
  readonly more?: readonly FunctionSpec[];
}

/** A whole fetcher whose `observe` does one thing. Function indexes: alloc 0, requests 1, observe 2, then `more`. */
export function fetcher({
  observe = [],
  locals = [],
  alloc = ALLOC,
  more = [],
  ...rest
}: FetcherSpec = {}): Uint8Array {
  const functions = [alloc, phase("requests"), phase("observe", observe, { locals }), ...more];
  return assemble({ memory: [0, 1], ...rest, functions });
}
