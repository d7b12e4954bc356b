import type { HostCapability } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { admitComponent, type AdmittedComponent } from "./admit-component.ts";
import { admissionTerms, admitCoreFormat, type AdmissionOptions, type AdmittedCore } from "./admit-core.ts";
import { checkFormat, checkSize, exportText, importText } from "./core-stages.ts";
import { moduleDigest } from "./module-digest.ts";
import { Pipeline } from "./pipeline.ts";
import { printable } from "./refusal.ts";
import { RULES_VERSION } from "./rules.ts";
import type { StageReport } from "./stage.ts";

export type { AdmissionOptions, AdmittedCore, MeterCoreOptions } from "./admit-core.ts";
export { admitCore, meterCore } from "./admit-core.ts";

/** What `quorate module inspect` shows. */
export interface AdmissionReport {
  /** sha256 of the original. */
  readonly digest: Hex;
  readonly shape: AdmittedProgram["shape"];
  readonly originalBytes: number;
  readonly instrumentedBytes: number;
  /** `env.abort (i32, i32, i32, i32) → ()` */
  readonly imports: readonly string[];
  /** Those that are kept: `observe function (i32, i32) → i64` */
  readonly exports: readonly string[];
  /** Exports outside the ABI, left out of the metered module. */
  readonly leftOut: number;
  /** Pages of 64 KiB; `cap` is the maximum that the meter enforces. */
  readonly memory: { readonly initial: number; readonly declaredMaximum: number | undefined; readonly cap: number };
  readonly functions: number;
  /** Features beyond the first WebAssembly that it uses, in alphabetical order; `floats` counts as one. */
  readonly features: readonly string[];
  /** What it uses of that which its manifest has to ask for. */
  readonly host: readonly HostCapability[];
  /** What was checked, in that order. */
  readonly stages: readonly StageReport[];
  readonly rulesVersion: number;
}

/** What runs: the metered module, or the metered modules of a component and the JavaScript that links them. */
export type AdmittedProgram =
  | { readonly shape: "reactor" | "command"; readonly instrumented: Uint8Array }
  | {
      readonly shape: "component";
      readonly glue: string;
      /**
       * By the path that the glue asks for. Each imports its counters from `METER_IMPORTS`, one set for all of them:
       * whoever instantiates a core adds these to the imports that the glue gives it.
       */
      readonly cores: Readonly<Record<string, Uint8Array>>;
    };

export interface AdmittedModule {
  readonly report: AdmissionReport;
  readonly program: AdmittedProgram;
}

/** Runs the whole admission and reports on it; nothing of the module is executed. @throws QuorateError<ModuleRefused> */
export async function inspectModule(bytes: Uint8Array, options: AdmissionOptions = {}): Promise<AdmissionReport> {
  return (await admitModule(bytes, options)).report;
}

/**
 * Admission: size → format → (a component is transpiled) → validation of the original → decoding by the allow-lists →
 * imports and exports → memory → metering, which takes the opcodes by their allow-list → validation of the result.
 * @throws QuorateError<ModuleRefused> with the rule that the module breaks, the stage and the place.
 */
export async function admitModule(bytes: Uint8Array, options: AdmissionOptions = {}): Promise<AdmittedModule> {
  const terms = admissionTerms(options);
  const pipeline = new Pipeline();
  pipeline.run("size", () => checkSize(bytes, terms.moduleBytes));
  const format = pipeline.run("format", () => checkFormat(bytes));
  if (format === "core") return ofCore(bytes, admitCoreFormat(bytes, terms, pipeline), pipeline);
  return ofComponent(bytes, await admitComponent(bytes, terms, pipeline), pipeline);
}

function ofCore(bytes: Uint8Array, core: AdmittedCore, { stages }: Pipeline): AdmittedModule {
  const { shape, decoded, kept, host, memoryCap, emitted } = core;
  return {
    program: { shape, instrumented: emitted.bytes },
    report: {
      ...{ digest: moduleDigest(bytes), shape },
      ...{ originalBytes: bytes.length, instrumentedBytes: emitted.bytes.length },
      imports: decoded.imports.map(importText),
      exports: kept.map((entry) => exportText(decoded, entry)),
      leftOut: decoded.exports.length - kept.length,
      memory: { initial: decoded.memory?.min ?? 0, declaredMaximum: decoded.memory?.max, cap: memoryCap },
      functions: decoded.functions.length - decoded.importedFunctions,
      features: [...emitted.features].sort(),
      ...{ host, stages, rulesVersion: RULES_VERSION },
    },
  };
}

function ofComponent(bytes: Uint8Array, component: AdmittedComponent, { stages }: Pipeline): AdmittedModule {
  const { transpiled, host, decoded, emitted, memoryCap } = component;
  const parts = Object.values(emitted);
  const memory = decoded.find((core) => core.memory?.imported === false)?.memory;
  return {
    program: {
      ...{ shape: "component", glue: transpiled.glue },
      cores: Object.fromEntries(Object.entries(emitted).map(([path, core]) => [path, core.bytes])),
    },
    report: {
      ...{ digest: moduleDigest(bytes), shape: "component", originalBytes: bytes.length },
      instrumentedBytes: parts.reduce((sum, core) => sum + core.bytes.length, 0),
      imports: transpiled.imports.map(printable),
      exports: transpiled.exports.map(printable),
      leftOut: 0,
      memory: { initial: memory?.min ?? 0, declaredMaximum: memory?.max, cap: memoryCap },
      functions: decoded.reduce((sum, core) => sum + core.functions.length - core.importedFunctions, 0),
      features: [...new Set(parts.flatMap(({ features }) => [...features]))].sort(),
      ...{ host, stages, rulesVersion: RULES_VERSION },
    },
  };
}
