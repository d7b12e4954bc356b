import { compileFunction, createContext, type Context } from "node:vm";
import { refusal } from "../admission/refusal.ts";

/** What the generated `instantiate` takes and gives. */
export type InstantiateGlue = (
  getCoreModule: (name: string) => object,
  imports: object,
  instantiateCore: (module: object, imports?: object) => { readonly exports: object },
) => Readonly<Record<string, unknown>>;

/** All that the glue sees of the platform. Whatever else JavaScript has stays within a realm of its own. */
export interface GlueGlobals {
  readonly DataView: unknown;
  readonly TextDecoder: unknown;
  /** Copies a part of a memory: `(memory, start, end) => ArrayBuffer`. */
  readonly takeBytes: unknown;
  readonly WebAssembly: object;
}

export type GlueFactory = (globals: GlueGlobals) => InstantiateGlue;

const ENTRY = "export function instantiate(";
const TRAILER = "export const _util";
/** Ways from a script to more than it was given. The generator writes none of them. */
const FORBIDDEN = /\b(?:import|require|eval|Function)\s*\(|\.\s*constructor\b|[\"'`](?:constructor|__proto__)/;
/** Errors and typed arrays are the host's own, so that what passes the border is what it looks like on both sides. */
const HOST = { Error, TypeError, RangeError, Uint8Array, TextEncoder };
/** Diagnostics for a developer of the glue, and timers for asynchronous components, which are refused. */
const SILENT = {
  console: Object.freeze({ error: nothing, debug: nothing }),
  ...{ setTimeout: nothing, setInterval: nothing, clearInterval: nothing, queueMicrotask: nothing },
};
const NAMES = ["DataView", "TextDecoder", "takeBytes", "WebAssembly", ...Object.keys(HOST), ...Object.keys(SILENT)];

function nothing(): void {
  // Nothing of a guest reaches a console or a timer.
}

/**
 * Makes the body of a function out of the generated module, which answers `instantiate`. Everything that the module
 * remembers is inside `instantiate`, so instances share nothing.
 * @throws QuorateError<ModuleRefused> if the module does not look as the generator writes it.
 */
export function glueBody(source: string): string {
  const [head, body, ...more] = source.split(ENTRY);
  const trailer = body?.lastIndexOf(TRAILER) ?? -1;
  if (body === undefined || more.length > 0 || head?.trim() !== '"use components";' || trailer < 0) {
    throw unexpected("has another form than the generator's");
  }
  // The generator's own copies of lists cut off what lies outside the memory, and charge nothing.
  const instantiate = body
    .slice(0, trailer)
    .replaceAll(/\b(memory\d+)\.buffer\.slice\(/g, "takeBytes($1, ")
    // The realm has no WebAssembly of its own: what is meant is what was given.
    .replaceAll(/\bglobalThis\.WebAssembly\b/g, "WebAssembly");
  if (FORBIDDEN.test(instantiate)) throw unexpected("reaches for more than it is given");
  return `"use strict";\nreturn function instantiate(${instantiate}`;
}

/**
 * Compiles the glue in a realm that has a part of the language and nothing of the platform: no process, no loader, no network, no
 * clock, no randomness, no evaluation of strings. It is our own generator's code over names that have been checked; the
 * realm is the wall behind that one.
 * @throws SyntaxError
 */
export function compileGlue(body: string): GlueFactory {
  const factory = compileFunction(body, NAMES, { parsingContext: emptyRealm(), filename: "component-glue.js" });
  return (globals) => {
    const given: Readonly<Record<string, unknown>> = { ...HOST, ...SILENT, ...globals };
    return (factory as (...values: unknown[]) => InstantiateGlue)(...NAMES.map((name) => given[name]));
  };
}

/**
 * The part of the language that the realm keeps: values, collections and promises. All else goes, whatever an engine may
 * add: clocks, compilers (WebAssembly is the one that was given), shared memory, and what tells when garbage is collected,
 * by which two runs could differ or one influence the next.
 */
const KEPT = [
  ...["globalThis", "undefined", "Infinity", "NaN", "isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["Object", "Array", "Boolean", "Number", "BigInt", "String", "Symbol", "RegExp", "Math", "JSON"],
  ...["Map", "Set", "WeakMap", "WeakSet", "Iterator", "Promise", "Proxy", "Reflect", "ArrayBuffer"],
  ...["Int8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array"],
  ...["BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array"],
];

function emptyRealm(): Context {
  const context = createContext(Object.create(null) as object, {
    name: "component-glue",
    codeGeneration: { strings: false, wasm: false },
  });
  const strip = `
    const kept = ${JSON.stringify(KEPT)};
    for (const name of Reflect.ownKeys(globalThis)) if (!kept.includes(name)) delete globalThis[name];
    delete Math.random;`;
  (compileFunction(strip, [], { parsingContext: context }) as () => void)();
  return context;
}

function unexpected(what: string): Error {
  return refusal("component", {}, `the JavaScript of the component ${what}: please report it with the component`);
}
