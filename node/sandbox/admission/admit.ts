import { createHash } from "node:crypto";
import type { Hex } from "../../../core/types/hex.ts";
import { decodeModule, type DecodedModule } from "../wasm/decode.ts";
import { emitMetered } from "../meter/emit.ts";
import { isModuleRefusal, refusal } from "./refusal.ts";
import { ALLOWED_EXPORTS, ALLOWED_IMPORTS, CAPS, RULES_VERSION, type AllowedExport } from "./rules.ts";
import type { ModuleExport } from "../wasm/section-entries.ts";
import { sameType, typeText } from "../wasm/wasm-types.ts";
import { webAssembly } from "../wasm/web-assembly.ts";

export interface AdmissionOptions {
  /** Bytes of the original. Default 128 KiB. */
  readonly maxModuleBytes?: number;
  /** Pages, at most 2048, the default. */
  readonly memoryPages?: number;
}

/** What `quorate module inspect` shows. */
export interface AdmissionReport {
  /** sha256 of the original. */
  readonly digest: Hex;
  readonly originalBytes: number;
  readonly instrumentedBytes: number;
  /** `env.abort (i32, i32, i32, i32) → ()` */
  readonly imports: readonly string[];
  /** `observe function (i32, i32) → i64` */
  readonly exports: readonly string[];
  /** Pages of 64 KiB; `cap` is the maximum that the meter enforces. */
  readonly memory: { readonly initial: number; readonly declaredMaximum: number | undefined; readonly cap: number };
  readonly functions: number;
  /** Features beyond the first WebAssembly that it uses, in alphabetical order; `floats` counts as one. */
  readonly features: readonly string[];
  readonly rulesVersion: number;
}

export interface AdmittedModule {
  readonly report: AdmissionReport;
  readonly instrumented: Uint8Array;
}

/** Runs the whole admission and reports on it; nothing of the module is executed. @throws QuorateError<ModuleRefused> */
export function inspectModule(bytes: Uint8Array, options: AdmissionOptions = {}): AdmissionReport {
  return admitModule(bytes, options).report;
}

/**
 * Admission: size → validation of the original → decoding by the allow-lists → instrumentation → validation of the result.
 * The original is validated first because a module that is invalid may become valid when the meter adds a global or a
 * function: an index one past the guest's own would then name the meter's.
 * @throws QuorateError<ModuleRefused> with the rule that the module breaks.
 */
export function admitModule(bytes: Uint8Array, options: AdmissionOptions = {}): AdmittedModule {
  checkSize(bytes, options.maxModuleBytes ?? CAPS.moduleBytes);
  checkOriginal(bytes);
  const decoded = decodeModule(bytes);
  checkImports(decoded);
  checkExports(decoded);
  const cap = memoryCap(decoded, options.memoryPages ?? CAPS.memoryPages);
  const instrumented = emitMetered(decoded, cap);
  checkInstrumented(instrumented);
  return { report: report(decoded, { cap, instrumented }), instrumented };
}

export function moduleDigest(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

function checkSize({ length }: Uint8Array, most: number): void {
  if (length <= most) return;
  const mend = "optimise for size, strip it, or raise the limit in the manifest";
  throw refusal("size", {}, `the module has ${length} bytes, at most ${most} are admitted: ${mend}`);
}

/** V8 says only no; our own decoder often knows why. */
function checkOriginal(bytes: Uint8Array): void {
  if (webAssembly.validate(bytes)) return;
  try {
    decodeModule(bytes);
  } catch (error) {
    if (isModuleRefusal(error)) throw error;
  }
  throw refusal("invalid", {}, "the module does not pass WebAssembly validation: build it again");
}

function checkImports({ imports }: DecodedModule): void {
  for (const { module, name, type } of imports) {
    const place = { section: "import" };
    const allowed = ALLOWED_IMPORTS.find((entry) => entry.module === module && entry.name === name);
    const offered = ALLOWED_IMPORTS.map((entry) => `${entry.module}.${entry.name}`).join(", ");
    if (allowed === undefined) {
      throw refusal(
        "import",
        place,
        `the module imports ${printable(`${module}.${name}`)}; a fetcher may import only ${offered}`,
      );
    }
    if (!sameType(allowed.type, type)) {
      const types = `${typeText(type)}, it is ${typeText(allowed.type)}`;
      throw refusal("import", place, `the module imports ${module}.${name} as ${types}`);
    }
  }
}

function checkExports(decoded: DecodedModule): void {
  const place = { section: "export" };
  for (const entry of decoded.exports) {
    const allowed = ALLOWED_EXPORTS.find(({ name }) => name === entry.name);
    if (allowed === undefined) {
      const names = ALLOWED_EXPORTS.filter(({ required }) => required).map(({ name }) => name);
      throw refusal(
        "export",
        place,
        `the module exports ${printable(entry.name)}; fetcher/1 has ${names.join(", ")} alone`,
      );
    }
    if (!fits(decoded, entry, allowed)) {
      throw refusal("export", place, `export ${exportText(decoded, entry)} should be ${allowedText(allowed)}`);
    }
  }
  const missing = ALLOWED_EXPORTS.find(
    ({ name, required }) => required && !decoded.exports.some((entry) => entry.name === name),
  );
  if (missing !== undefined)
    throw refusal("export", place, `export ${allowedText(missing)} is missing: see ABI fetcher/1`);
}

function fits({ functions }: DecodedModule, { kind, index }: ModuleExport, allowed: AllowedExport): boolean {
  const type = functions[index];
  return kind === allowed.kind && (allowed.type === undefined || (type !== undefined && sameType(type, allowed.type)));
}

function memoryCap({ memory }: DecodedModule, limit: number): number {
  const initial = memory?.min ?? 0;
  if (initial > limit) {
    const mend = "lower its initial memory or raise memoryPages in the manifest";
    throw refusal(
      "memory",
      { section: "memory" },
      `the memory starts with ${initial} pages, its limit is ${limit}: ${mend}`,
    );
  }
  return Math.min(memory?.max ?? limit, limit);
}

function checkInstrumented(bytes: Uint8Array): void {
  if (bytes.length > CAPS.instrumentedBytes) {
    const sizes = `${bytes.length} bytes, at most ${CAPS.instrumentedBytes} are admitted`;
    throw refusal("instrumented-size", {}, `with the meter inside the module has ${sizes}: make it smaller`);
  }
  if (!webAssembly.validate(bytes)) {
    throw refusal(
      "invalid",
      {},
      "the metered module does not validate: this is our fault, please report it with the module",
    );
  }
}

function report(
  decoded: DecodedModule,
  { cap, instrumented }: { readonly cap: number; readonly instrumented: Uint8Array },
): AdmissionReport {
  return {
    digest: moduleDigest(decoded.bytes),
    originalBytes: decoded.bytes.length,
    instrumentedBytes: instrumented.length,
    imports: decoded.imports.map(({ module, name, type }) => `${module}.${name} ${typeText(type)}`),
    exports: decoded.exports.map((entry) => exportText(decoded, entry)),
    memory: { initial: decoded.memory?.min ?? 0, declaredMaximum: decoded.memory?.max, cap },
    functions: decoded.bodies.length,
    features: [...decoded.features].sort(),
    rulesVersion: RULES_VERSION,
  };
}

function exportText({ functions }: DecodedModule, { name, kind, index }: ModuleExport): string {
  const type = functions[index];
  return kind === "function" && type !== undefined ? `${name} function ${typeText(type)}` : `${name} ${kind}`;
}

function allowedText({ name, kind, type }: AllowedExport): string {
  return type === undefined ? `${name} ${kind}` : `${name} ${kind} ${typeText(type)}`;
}

/** Names come from a hostile file: control characters stay out of logs and terminals. */
function printable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?");
}
