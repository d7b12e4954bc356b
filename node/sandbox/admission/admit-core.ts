import type { HostCapability, ModuleLimits } from "../../../core/ports/sandbox.ts";
import type { EmittedModule } from "../meter/emit.ts";
import type { DecodedModule } from "../wasm/decode.ts";
import { EXTERN_KINDS, type DecodeProfile, type ModuleExport } from "../wasm/module-types.ts";
import type { CoreShape } from "./abi.ts";
import {
  capMemory,
  checkExports,
  checkFormat,
  checkImports,
  checkLinked,
  checkMetered,
  checkOriginal,
  checkSize,
  decodeSections,
  findShape,
  meter,
} from "./core-stages.ts";
import { Pipeline, type StageResult } from "./pipeline.ts";
import { refusal } from "./refusal.ts";
import { CAPS, DEPTH, meteredBytesCap } from "./rules.ts";
import type { StageReport } from "./stage.ts";

export interface AdmissionOptions {
  /** What the manifest raises or lowers, within the caps. Default: the caps' own values. */
  readonly limits?: Partial<Pick<ModuleLimits, "moduleBytes" | "memoryPages" | "tableEntries">>;
  /** What the manifest asks for. Default: nothing. */
  readonly host?: readonly HostCapability[];
  /** Default: canonical. */
  readonly floats?: "canonical" | "refused";
}

/** Options with their defaults, none beyond its cap. */
export interface AdmissionTerms {
  readonly moduleBytes: number;
  readonly memoryPages: number;
  readonly tableEntries: number;
  readonly host: readonly HostCapability[];
  readonly floats: "canonical" | "refused";
}

export function admissionTerms({ limits, host, floats }: AdmissionOptions): AdmissionTerms {
  return {
    moduleBytes: Math.min(limits?.moduleBytes ?? CAPS.moduleBytes, CAPS.mostModuleBytes),
    memoryPages: Math.min(limits?.memoryPages ?? CAPS.memoryPages, CAPS.memoryPages),
    tableEntries: Math.min(limits?.tableEntries ?? CAPS.tableEntries, CAPS.tableEntries),
    host: host ?? [],
    floats: floats ?? "canonical",
  };
}

/** What the stages made of a core module. */
export interface AdmittedCore {
  readonly shape: CoreShape;
  readonly decoded: DecodedModule;
  readonly kept: readonly ModuleExport[];
  readonly host: readonly HostCapability[];
  /** Pages. */
  readonly memoryCap: number;
  readonly emitted: EmittedModule;
}

/** Admits a reactor or a command, at once: components take time. @throws QuorateError<ModuleRefused> */
export function admitCore(bytes: Uint8Array, options: AdmissionOptions = {}): AdmittedCore {
  const terms = admissionTerms(options);
  const pipeline = new Pipeline();
  pipeline.run("size", () => checkSize(bytes, terms.moduleBytes));
  pipeline.run("format", () => checkCoreFormat(bytes));
  return admitCoreFormat(bytes, terms, pipeline);
}

function checkCoreFormat(bytes: Uint8Array): StageResult<"core" | "component"> {
  const result = checkFormat(bytes);
  if (result.value === "core") return result;
  throw refusal("component", { section: "header", offset: 4 }, "the file is a component: give a core module");
}

/** Admission of a core module after its size and format. */
export function admitCoreFormat(bytes: Uint8Array, terms: AdmissionTerms, pipeline: Pipeline): AdmittedCore {
  const profile: DecodeProfile = { ...terms, importKinds: ["function"], segmentsInside: true };
  pipeline.run("validation", () => checkOriginal(bytes, profile));
  const decoded = pipeline.run("sections", () => decodeSections(bytes, profile));
  const shape = pipeline.run("shape", () => findShape(decoded));
  const host = pipeline.run("imports", () => checkImports(decoded, terms.host));
  const kept = pipeline.run("exports", () => checkExports(decoded, shape));
  const memoryCap = pipeline.run("memory", () => capMemory(decoded, terms.memoryPages));
  const emitted = pipeline.run("metering", () =>
    meter(decoded, {
      ...{ exports: kept, meter: "own", memoryCap, tableCap: terms.tableEntries, foreignCall: 0 },
      maxBytes: meteredBytesCap(terms.moduleBytes),
    }),
  );
  pipeline.run("metered-validation", () => checkMetered(emitted));
  return { shape, decoded, kept, host, memoryCap, emitted };
}

export interface MeterCoreOptions extends AdmissionOptions {
  /** Whether it exports counters of its own (the default) or imports those that it shares with others. */
  readonly meter?: "own" | "shared";
}

export interface MeteredCore {
  readonly instrumented: Uint8Array;
  readonly stages: readonly StageReport[];
}

/**
 * Meters one module that is linked with others by name: it may import functions, a table, a memory and globals of any
 * name, and all its exports are kept. An imported memory must not be able to grow further than `limits.memoryPages`
 * (or the import's own maximum) says, or less far: growth that fails below counts as the host's fault.
 * @throws QuorateError<ModuleRefused>
 */
export function meterCore(bytes: Uint8Array, options: MeterCoreOptions = {}): MeteredCore {
  const terms = admissionTerms(options);
  const pipeline = new Pipeline();
  pipeline.run("format", () => checkCoreFormat(bytes));
  const decoded = decodeLinked(bytes, terms, pipeline);
  const cap = pipeline.run("memory", () => capMemory(decoded, terms.memoryPages));
  const { bytes: instrumented } = meterLinked(decoded, {
    ...{ terms, memoryCap: cap, meter: options.meter ?? "own" },
    pipeline,
  });
  return { instrumented, stages: pipeline.stages };
}

/** First half of the stages of a module that is linked with others. */
export function decodeLinked(bytes: Uint8Array, terms: AdmissionTerms, pipeline: Pipeline): DecodedModule {
  const profile: DecodeProfile = { ...terms, importKinds: EXTERN_KINDS, segmentsInside: false };
  pipeline.run("validation", () => checkOriginal(bytes, profile));
  return pipeline.run("sections", () => decodeSections(bytes, profile));
}

export interface LinkedOptions {
  readonly terms: AdmissionTerms;
  /** Pages. */
  readonly memoryCap: number;
  readonly meter: "own" | "shared";
  readonly pipeline: Pipeline;
}

/** Second half. */
export function meterLinked(decoded: DecodedModule, options: LinkedOptions): EmittedModule {
  const { terms, memoryCap, pipeline } = options;
  const exports = pipeline.run("exports", () => checkLinked(decoded));
  const emitted = pipeline.run("metering", () =>
    meter(decoded, {
      ...{ exports, meter: options.meter, memoryCap, tableCap: terms.tableEntries },
      ...{ foreignCall: DEPTH.foreignCall, maxBytes: meteredBytesCap(terms.moduleBytes) },
    }),
  );
  pipeline.run("metered-validation", () => checkMetered(emitted));
  return emitted;
}
