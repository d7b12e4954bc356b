import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { BenchError } from "./errors.ts";

/** @throws QuorateError<BenchError> once somebody asked the program to stop. */
export function requireUnstopped(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new QuorateError<BenchError>({ code: "interrupted" }, "stopped before all was measured: start it again");
}
