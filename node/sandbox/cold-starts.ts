import { randomBytes } from "node:crypto";
import type { Log } from "../../core/ports/log.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { SandboxMetrics } from "./metrics.ts";
import type { StageReport } from "./process/cold-stage.ts";

/** A module on its way to its first answer. */
export interface ColdStartSubject {
  readonly module: Hex;
  readonly name: string;
  /** Of the round, if it happens in one. */
  readonly traceId?: string | undefined;
}

export interface ColdStartsOptions {
  /** Milliseconds that a stage may take. */
  readonly limitMs: number;
}

export interface ColdStartsDeps {
  readonly log: Log;
  readonly metrics: Pick<SandboxMetrics, "coldStage" | "coldStageSlow">;
  readonly tracer: Tracer | undefined;
}

/** Draws for a trace id that is kept: of a hundredth that is kept, as by default, one in 30,000 cold starts is missed. */
const TRACE_ID_DRAWS = 1_024;
const TRACE_ID_BYTES = 16;

/** Tells of cold starts: a histogram and a span per stage, and an event for each stage that passes its limit. */
export class ColdStarts {
  readonly #options: ColdStartsOptions;
  readonly #deps: ColdStartsDeps;
  /** Trace id of each module's cold start, and its stages so far, ms. At most as many as there are modules. */
  readonly #traces = new Map<Hex, { readonly traceId: string; readonly stages: Record<string, number> }>();

  constructor(options: ColdStartsOptions, deps: ColdStartsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  passed(subject: ColdStartSubject, reports: readonly StageReport[]): void {
    if (reports.length === 0) return;
    const trace = this.#traces.get(subject.module) ?? { traceId: keptTraceId(this.#deps.tracer), stages: {} };
    this.#traces.set(subject.module, trace);
    for (const { stage, startMs, endMs } of reports) trace.stages[stage] = rounded(endMs - startMs);
    for (const report of reports) {
      this.#deps.metrics.coldStage(report.stage, (report.endMs - report.startMs) / 1000);
      this.#span(subject, report, trace.traceId);
      if (report.endMs - report.startMs >= this.#options.limitMs) this.#slow(subject, report, trace);
    }
  }

  #span({ module, name, traceId: round }: ColdStartSubject, report: StageReport, traceId: string): void {
    const { stage, startMs, endMs } = report;
    this.#deps.tracer?.record({
      ...{ name: `wasm.${stage}`, traceId, startMs, endMs },
      attributes: { wasm_module_id: module, wasm_module_name: name, ...(round !== undefined && { round }) },
    });
  }

  #slow(
    { module, name, traceId }: ColdStartSubject,
    { stage, startMs, endMs, snapshot }: StageReport,
    trace: { readonly traceId: string; readonly stages: Readonly<Record<string, number>> },
  ): void {
    this.#deps.metrics.coldStageSlow(stage);
    this.#deps.log.warn(
      {
        ...{ event: "wasm_cold_start_slow", module, name, stage, ms: rounded(endMs - startMs) },
        ...{ traceId: traceId ?? trace.traceId, stages: { ...trace.stages } },
        ...{ stack: snapshot?.frames ?? [], stackSource: snapshot?.source ?? "none" },
      },
      `module ${name} took longer than ${this.#options.limitMs} ms to ${stage.replace("_", " ")}: make it smaller, or its start cheaper`,
    );
  }
}

/** Cold starts are rare and each is worth keeping, so their trace ids are drawn until the tracer keeps one. */
function keptTraceId(tracer: Tracer | undefined): string {
  const draws = randomBytes(TRACE_ID_BYTES * (tracer === undefined ? 1 : TRACE_ID_DRAWS)).toString("hex");
  const ids = draws.match(/.{32}/g) ?? [];
  return ids.find((id) => tracer?.samples(id)) ?? ids[0] ?? "";
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
