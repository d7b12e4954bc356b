import type { HostCapability } from "../../../core/ports/sandbox.ts";
import { emitMetered, isMeterExport, type EmitOptions, type EmittedModule } from "../meter/emit.ts";
import { decodeBodies, decodeModule, type DecodedModule } from "../wasm/decode.ts";
import type { DecodeProfile, ModuleExport } from "../wasm/module-types.ts";
import { binaryFormat, sectionAt } from "../wasm/sections.ts";
import { sameType, typeText, valueTypeText } from "../wasm/wasm-types.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import { ABI_EXPORTS, offeredImport, offersOf, type AbiExport, type CoreShape } from "./abi.ts";
import { passed, type StageResult } from "./pipeline.ts";
import { isModuleRefusal, printable, refusal, type Place } from "./refusal.ts";
import { METER_IMPORTS } from "./rules.ts";

/** Stages of an admission, in the order in which they run. */

export function checkSize({ length }: Uint8Array, most: number): StageResult<void> {
  if (length <= most) return passed(undefined, `${length} of at most ${most} bytes`);
  const mend = "optimise for size, strip it, or raise limits.moduleBytes in the manifest";
  throw refusal("size", { offset: most }, `the module has ${length} bytes, at most ${most} are admitted: ${mend}`);
}

export function checkFormat(bytes: Uint8Array): StageResult<"core" | "component"> {
  const format = binaryFormat(bytes);
  return passed(format, format === "core" ? "a core module" : "a component");
}

/**
 * The original is validated first because a module that is invalid may become valid when the meter adds a global or a
 * function: an index one past the guest's own would then name the meter's.
 */
export function checkOriginal(bytes: Uint8Array, profile: DecodeProfile): StageResult<void> {
  if (webAssembly.validate(bytes)) return passed(undefined, "the original is valid");
  refuseByOwnRules(bytes, profile);
  const { reason, place } = engineReason(bytes);
  throw refusal("invalid", place, `the module does not pass WebAssembly validation${reason}: build it again`);
}

/** The engine names no rule of ours; our own decoder often knows a better reason, and how to mend it. */
function refuseByOwnRules(bytes: Uint8Array, profile: DecodeProfile): void {
  try {
    Array.from(decodeBodies(decodeModule(bytes, profile), new Set()), () => undefined);
  } catch (error) {
    if (isModuleRefusal(error)) throw error;
  }
}

/** The engine's words are for the reader alone: they differ from version to version. */
function engineReason(bytes: Uint8Array): { readonly reason: string; readonly place: Place } {
  try {
    new webAssembly.Module(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const offset = Number(/@\+(\d+)$/.exec(message)?.[1] ?? Number.NaN);
    const reason = ` (${printable(message.replace(/^WebAssembly.Module\(\): /, "").replace(/ ?@\+\d+$/, ""))})`;
    if (Number.isNaN(offset)) return { reason, place: {} };
    const section = sectionAt(bytes, offset);
    return { reason, place: { ...(section !== undefined && { section }), offset } };
  }
  return { reason: "", place: {} };
}

export function decodeSections(bytes: Uint8Array, profile: DecodeProfile): StageResult<DecodedModule> {
  const decoded = decodeModule(bytes, profile);
  const { types, functions, importedFunctions, ownGlobals, dataSegments } = decoded;
  const counts = [
    `${types.length} types`,
    `${functions.length - importedFunctions} functions`,
    `${ownGlobals} globals`,
    `${dataSegments} data segments`,
  ];
  return passed(decoded, counts.join(", "));
}

/** Which of the two shapes of ABI `fetcher/1` a core module has, by its exports. */
export function findShape({ exports, exportsOffset }: DecodedModule): StageResult<CoreShape> {
  const has = (wanted: string) => exports.some(({ name, kind }) => name === wanted && kind === "function");
  if (has("requests") || has("observe")) return passed("reactor", "reactor: requests and observe are called");
  if (has("_start")) return passed("command", "command: _start is run with the phase as its argument");
  const mend = "export requests and observe (a reactor), or _start (a command): see ABI fetcher/1";
  throw refusal("export", exportPlace(exportsOffset), `the module has no entry point: ${mend}`);
}

/** @returns what the module uses of that which its manifest has to ask for. */
export function checkImports(
  { imports }: DecodedModule,
  granted: readonly HostCapability[],
): StageResult<readonly HostCapability[]> {
  const uses: CapabilityUse[] = [];
  for (const { module, name, offset, extern } of imports) {
    if (extern.kind !== "function") continue;
    const place = { section: "import", offset };
    const label = printable(`${module}.${name}`);
    const offered = offeredImport(module, name);
    if (offered === undefined) throw refusal("import", place, `the module imports ${label}: ${offersOf(module)}`);
    if (!sameType(offered.type, extern.type)) {
      const types = `${typeText(extern.type)}, it is ${typeText(offered.type)}`;
      throw refusal("import", place, `the module imports ${label} as ${types}: mend its declaration`);
    }
    const { capability } = offered;
    if (capability !== undefined) uses.push({ capability, label, place });
  }
  checkGranted(uses, granted);
  return passedImports(new Set(uses.map(({ capability }) => capability)), imports.length);
}

interface CapabilityUse {
  readonly capability: HostCapability;
  /** The function that needs it. */
  readonly label: string;
  readonly place: Place;
}

/** @throws QuorateError<ModuleRefused> at the first that the manifest does not ask for; it names one of each kind. */
export function checkGranted(uses: readonly CapabilityUse[], granted: readonly HostCapability[]): void {
  const missing = new Map<HostCapability, CapabilityUse>();
  for (const use of uses)
    if (!granted.includes(use.capability) && !missing.has(use.capability)) missing.set(use.capability, use);
  const [first] = missing.values();
  if (first === undefined) return;
  const labels = [...missing.values()].map(({ label }) => label).join(" and ");
  const mend = `add \`host: [${[...granted, ...missing.keys()].join(", ")}]\` to the manifest`;
  throw refusal("capability", first.place, `the module imports ${labels}: ${mend}`);
}

export function passedImports(
  used: ReadonlySet<HostCapability>,
  functions: number,
): StageResult<readonly HostCapability[]> {
  const sorted = [...used].sort();
  const asked = sorted.length === 0 ? "" : `; host functions: ${sorted.join(", ")}`;
  return passed(sorted, `${functions} functions${asked}`);
}

/** @returns the exports of the ABI; the others are left out. */
export function checkExports(decoded: DecodedModule, shape: CoreShape): StageResult<readonly ModuleExport[]> {
  const kept: ModuleExport[] = [];
  for (const wanted of ABI_EXPORTS[shape]) {
    const entry = decoded.exports.find(({ name }) => name === wanted.name);
    if (entry === undefined) {
      if (!wanted.required) continue;
      const place = exportPlace(decoded.exportsOffset);
      throw refusal("export", place, `export ${abiText(wanted)} is missing: see ABI fetcher/1, ${shape}`);
    }
    if (!fits(decoded, entry, wanted)) {
      const place = { section: "export", offset: entry.offset };
      throw refusal(
        "export",
        place,
        `export ${exportText(decoded, entry)} should be ${abiText(wanted)}: mend its declaration`,
      );
    }
    kept.push(entry);
  }
  return passed(kept, `${kept.length} of ABI fetcher/1, ${decoded.exports.length - kept.length} others left out`);
}

/** A core module of a component keeps its exports, and may import anything but the meter. */
export function checkLinked({ imports, exports }: DecodedModule): StageResult<readonly ModuleExport[]> {
  const meterImport = imports.find(({ module }) => module === METER_IMPORTS.module);
  if (meterImport !== undefined) {
    const place = { section: "import", offset: meterImport.offset };
    throw refusal("import", place, `the module imports from ${METER_IMPORTS.module}, which is the meter's: rename it`);
  }
  const meterExport = exports.find(({ name }) => isMeterExport(name));
  if (meterExport !== undefined) {
    const place = { section: "export", offset: meterExport.offset };
    throw refusal("export", place, `the module exports ${meterExport.name}, which is the meter's: rename it`);
  }
  return passed(exports, `${imports.length} imports, ${exports.length} exports`);
}

/** Without a section of exports the place is where it would stand: nowhere. */
function exportPlace(offset: number): Place {
  return offset === 0 ? { section: "export" } : { section: "export", offset };
}

function fits({ functions }: DecodedModule, { kind, index }: ModuleExport, wanted: AbiExport): boolean {
  const type = functions[index];
  return kind === wanted.kind && (wanted.type === undefined || (type !== undefined && sameType(type, wanted.type)));
}

export function exportText({ functions }: DecodedModule, { name, kind, index }: ModuleExport): string {
  const type = functions[index];
  return kind === "function" && type !== undefined
    ? `${printable(name)} function ${typeText(type)}`
    : `${printable(name)} ${kind}`;
}

function abiText({ name, kind, type }: AbiExport): string {
  return type === undefined ? `${name} ${kind}` : `${name} ${kind} ${typeText(type)}`;
}

export function importText({ module, name, extern }: DecodedModule["imports"][number]): string {
  const label = printable(`${module}.${name}`);
  if (extern.kind === "function") return `${label} ${typeText(extern.type)}`;
  return extern.kind === "global" ? `${label} global ${valueTypeText(extern.valueType)}` : `${label} ${extern.kind}`;
}

/** @param limit pages. @returns the maximum that the meter enforces. */
export function capMemory({ memory, table }: DecodedModule, limit: number): StageResult<number> {
  const cap = Math.min(memory?.max ?? limit, limit);
  const pages = memory === undefined ? "no memory" : `${memory.min} pages, at most ${cap}`;
  return passed(cap, table === undefined ? pages : `${pages}; a table of ${table.min} entries`);
}

export function meter(decoded: DecodedModule, options: EmitOptions): StageResult<EmittedModule> {
  const emitted = emitMetered(decoded, options);
  const growth = (emitted.bytes.length / decoded.bytes.length).toFixed(2);
  const sizes = `${decoded.bytes.length} → ${emitted.bytes.length} bytes (×${growth})`;
  return passed(emitted, `${emitted.instructions} instructions; ${sizes}`);
}

export function checkMetered({ bytes }: EmittedModule): StageResult<void> {
  if (webAssembly.validate(bytes)) return passed(undefined, "the metered module is valid");
  const { reason } = engineReason(bytes);
  const mend = "this is our fault, please report it with the module";
  throw refusal("invalid", {}, `the metered module does not validate${reason}: ${mend}`);
}
