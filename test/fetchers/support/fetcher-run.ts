import { readFileSync } from "node:fs";
import {
  decodeObserveOutput,
  decodeRequestsOutput,
  encodeObserveInput,
  encodeRequestsInput,
  type EnvelopeHead,
  type SourceResponse,
} from "../../../core/codec/envelope.ts";
import type { Phase } from "../../../core/ports/sandbox.ts";
import { DEFAULT_LIMITS } from "../../../node/sandbox/sandbox.ts";
import { compileAdmitted, runPhase } from "../../node/sandbox/support/run-phase.ts";

export function moduleBytes(name: string): Uint8Array {
  return readFileSync(new URL(`../../../fetchers/${name}/build/${name}.wasm`, import.meta.url));
}

/** Runs the committed module of a fetcher as a node would, in this thread. Answers are shown as text. */
export function fetcherRun(name: string) {
  const module = compileAdmitted(moduleBytes(name), { limits: { memoryPages: 64 } });
  const run = (phase: Phase, input: Uint8Array) =>
    runPhase(module, { phase, input, fuel: DEFAULT_LIMITS.fuelPerPhase });
  return {
    requests: (head: EnvelopeHead): string[] => {
      const result = run("requests", encodeRequestsInput(head));
      if (result.kind === "failed") return [result.code];
      const output = decodeRequestsOutput(result.output);
      if (output.kind === "invalid") return ["invalid"];
      return output.requests.map(({ method, sourceId, path }) => `${method} ${sourceId} ${path}`);
    },
    observe: (head: EnvelopeHead, responses: readonly SourceResponse[]): string => {
      const result = run("observe", encodeObserveInput(head, responses));
      if (result.kind === "failed") return result.code;
      const output = decodeObserveOutput(result.output);
      return {
        value: () => ("decimal" in output ? output.decimal : ""),
        failed: () => ("code" in output ? `fail ${output.code}` : ""),
        invalid: () => "invalid",
      }[output.kind]();
    },
    fuel: (head: EnvelopeHead, responses: readonly SourceResponse[]): bigint =>
      run("observe", encodeObserveInput(head, responses)).fuel,
  };
}

/** A response with a body: text, or a value written as JSON. */
export function answer(sourceId: string, body: unknown, status = 200): SourceResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answer", sourceId, status, body: new Uint8Array(Buffer.from(text)) };
}
