import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DEPTH, FAULT, METER_EXPORTS } from "../../../../node/sandbox/admission/rules.ts";

/** What of the platform's WebAssembly is needed beyond what the sandbox uses. */
interface Platform {
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
  readonly Memory: new (...args: never) => { readonly buffer: ArrayBuffer };
  readonly Global: new (...args: never) => { value: number | bigint };
}

const platform = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;

/** What calling one export of a fresh instance came to. Two runs of one module are compared by it. */
export interface ExportRun {
  readonly name: string;
  /** Values as text, or `trap`. */
  readonly result: string;
  /** A digest over the calls of imports, the memory and the exported globals afterwards. */
  readonly effects: string;
  /** Spent, of a metered module; 0 of a raw one. */
  readonly fuel: bigint;
  /** Which limit of the meter ended the run, if one did: a raw run then goes on elsewhere. */
  readonly limit: "fuel" | "depth" | undefined;
}

type WasmFunction = (...args: (number | bigint)[]) => unknown;

/** Calls each exported function once, each in an instance of its own. @param fuel of each call. */
export function runExports(bytes: Uint8Array, fuel: bigint): ExportRun[] {
  const module = new platform.Module(bytes);
  const names = Object.entries(instantiate(module, []).exports)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  return names.map((name) => runExport(module, { name, fuel }));
}

/** Calls one export of a fresh instance. */
export function runOne(bytes: Uint8Array, name: string): ExportRun {
  return runExport(new platform.Module(bytes), { name, fuel: 0n });
}

function runExport(module: object, { name, fuel }: { readonly name: string; readonly fuel: bigint }): ExportRun {
  const calls: string[] = [];
  const { exports } = instantiate(module, calls);
  const meters = {
    fuel: exports[METER_EXPORTS.fuel] as { value: bigint } | undefined,
    depth: exports[METER_EXPORTS.depth] as { value: number } | undefined,
    fault: exports[METER_EXPORTS.fault] as { value: number } | undefined,
  };
  if (meters.fuel !== undefined) meters.fuel.value = fuel;
  if (meters.depth !== undefined) meters.depth.value = DEPTH.slots;
  const result = outcome(() => callWithAnyTypes(exports[name] as WasmFunction));
  const left = meters.fuel?.value ?? fuel;
  const fault = meters.fault?.value ?? FAULT.none;
  const limit = left < 0n ? "fuel" : (meters.depth?.value ?? 0) < 0 ? "depth" : undefined;
  assert.notEqual(fault, FAULT.host, "this machine has no memory left for the fuzzer");
  return { name, result, effects: digest(calls, exports), fuel: left < 0n ? fuel : fuel - left, limit };
}

function instantiate(module: object, calls: string[]): { readonly exports: Readonly<Record<string, unknown>> } {
  const imports: Record<string, Record<string, WasmFunction>> = {};
  for (const { module: from, name } of platform.Module.imports(module)) {
    (imports[from] ??= {})[name] = (...args) => {
      calls.push(`${name}(${args.map(text).join()})`);
      return 0;
    };
  }
  return new platform.Instance(module, imports);
}

/** An export does not tell its types: a BigInt where a number is due, or the other way, is refused before anything runs. */
function callWithAnyTypes(call: WasmFunction): unknown {
  for (let types = 0; types < 2 ** call.length; types++) {
    const args = Array.from({ length: call.length }, (_, at) => ((types >> at) & 1 ? BigInt(at + 3) : at + 3));
    try {
      return call(...args);
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
    }
  }
  throw new TypeError("no types fit");
}

function outcome(act: () => unknown): string {
  try {
    const result = act();
    return Array.isArray(result) ? result.map(text).join() : text(result);
  } catch (error) {
    if (error instanceof platform.RuntimeError) return "trap";
    if (error instanceof RangeError) return "stack overflow";
    throw error;
  }
}

function text(value: unknown): string {
  return Object.is(value, -0) ? "-0" : typeof value === "bigint" ? `${value}n` : String(value);
}

function digest(calls: readonly string[], exports: Readonly<Record<string, unknown>>): string {
  const hash = createHash("sha256").update(calls.join());
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof platform.Memory) hash.update(new Uint8Array(value.buffer));
    if (value instanceof platform.Global && !name.startsWith("__meter")) hash.update(`${name}=${text(value.value)}`);
  }
  return hash.digest("hex");
}
