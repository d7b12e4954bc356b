import { QuorateError } from "../../core/errors/quorate-error.ts";

/**
 * Ends a command that failed. What a person can mend is one line; a bug keeps its stack, so that it can be reported.
 * Sets the exit code and lets pending output drain.
 */
export function reportFailure(error: unknown): void {
  const known = error instanceof QuorateError;
  console.error(known ? `quorate: ${error.message} [${error.code}]` : error);
  process.exitCode = 1;
}
