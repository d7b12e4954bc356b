import type { GuestCall, GuestFailureCode, GuestResult } from "../../core/ports/sandbox.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import type { ColdStarts } from "./cold-starts.ts";
import type { SandboxMetrics } from "./metrics.ts";
import type { ModuleTable } from "./module-table.ts";
import { timeOfDayMs } from "./process/cold-stage.ts";
import type { CallMeasures } from "./process/messages.ts";
import type { Outcome } from "./process/request-queue.ts";
import type { Supervisor } from "./process/supervisor.ts";

/** Thirty-two answers of sources fit, shortened if need be by the envelope. */
export const MAX_INPUT_BYTES = 1024 * 1024;

export interface RunCallOptions {
  /** Calls without an answer beyond which more are answered `busy`. */
  readonly maxOutstanding: number;
}

export interface RunCallDeps {
  readonly metrics: Pick<SandboxMetrics, "executed">;
  readonly tracer?: Tracer | undefined;
  readonly coldStarts: ColdStarts;
  readonly modules: ModuleTable;
  readonly supervisor: Supervisor;
}

/** Runs one phase, or says at once why not, and tells of it. */
export async function runCall(call: GuestCall, options: RunCallOptions, deps: RunCallDeps): Promise<GuestResult> {
  const startMs = timeOfDayMs();
  const refused = refusedCall(call, options, deps);
  const { answer, stages } = refused ?? (await deps.supervisor.request({ kind: "call", call }));
  const module = deps.modules.name(call.module);
  deps.coldStarts.passed({ module: call.module, name: module, traceId: call.traceId }, stages);
  const result = resultOf(answer);
  const measured = answer.kind === "done" ? answer.measured : undefined;
  deps.metrics.executed({ module, phase: call.phase, result, measured });
  trace({ call, result, measured, startMs }, deps.tracer);
  return result;
}

/** What is answered without asking the process. */
function refusedCall(
  { module, input }: GuestCall,
  { maxOutstanding }: RunCallOptions,
  { modules, supervisor }: RunCallDeps,
): Outcome | undefined {
  if (modules.terms(module) === undefined) return failed("unknown-module", `module ${module} is not admitted`);
  if (input.length > MAX_INPUT_BYTES) {
    return failed("input-too-large", `the input has ${input.length} bytes, at most ${MAX_INPUT_BYTES} are taken`);
  }
  if (supervisor.outstanding >= maxOutstanding) {
    return failed("busy", `${supervisor.outstanding} calls are waiting already`);
  }
  return undefined;
}

function resultOf(answer: Outcome["answer"]): GuestResult {
  switch (answer.kind) {
    case "done":
      return answer.result;
    case "quarantined":
      return failure("quarantined", "the module ended the sandbox process again and again: remove or mend it");
    case "lost":
      return failure("host-fault", answer.reason);
    case "admitted":
    case "refused":
    case "faulted":
      return failure("host-fault", `the sandbox process answered a call with ${answer.kind}`);
  }
}

interface TracedCall {
  readonly call: GuestCall;
  readonly result: GuestResult;
  readonly measured: CallMeasures | undefined;
  readonly startMs: number;
}

/** The span covers the whole call, as the node sees it; `ns_elapsed` is the time in the guest. */
function trace({ call, result, measured, startMs }: TracedCall, tracer: Tracer | undefined): void {
  const { traceId, module, phase, feed } = call;
  if (traceId === undefined || tracer?.samples(traceId) !== true) return;
  tracer.record({
    ...{ name: "wasm.phase", traceId, startMs, endMs: timeOfDayMs(), failed: result.kind === "failed" },
    attributes: {
      ...{ wasm_module_id: module, func_name: phase, ns_elapsed: measured?.elapsedNs ?? 0, feed },
      ...{ "wasm.fuel": Number(result.fuel), "wasm.result": result.kind === "output" ? "ok" : result.code },
    },
  });
}

function failed(code: GuestFailureCode, message: string): Outcome {
  return { answer: { kind: "done", result: failure(code, message) }, stages: [] };
}

function failure(code: GuestFailureCode, message: string): GuestResult {
  return { kind: "failed", code, message, fuel: 0n };
}
