import type { SeenCase } from "./run-case.ts";

/** `101.305`, or `no value: no-quote (no bid and ask: timeout)` */
export function seenOutcome({ value, failure, message }: Pick<SeenCase, "value" | "failure" | "message">): string {
  if (value !== undefined) return value;
  return `no value: ${failure ?? ""}${message === undefined || message === "" ? "" : ` (${message})`}`;
}
