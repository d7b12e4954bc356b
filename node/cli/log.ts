import type { Log } from "../../core/ports/log.ts";

/** A command prints its own result; only what went wrong underneath goes to standard error. */
export function createCliLog(): Log {
  const print = (fields: object, message: string): void => console.error(message, fields);
  return { debug: () => undefined, info: () => undefined, warn: print, error: print };
}
