import type { Reading, SourceFailureCode } from "../../core/ports/source.ts";

export type FailedReading = Extract<Reading, { kind: "failed" }>;

/** A failed reading. `message` is one line that says how to mend it and never holds a secret. */
export function failed(code: SourceFailureCode, message: string): FailedReading {
  return { kind: "failed", code, message };
}
