import type { Log } from "../../core/ports/log.ts";
import type { BenchContext } from "./result.ts";

/** What goes wrong is worth a line; the rest is the measured part's own business. */
export function progressLog({ progress }: Pick<BenchContext, "progress">): Log {
  const say = (_: unknown, message: string): void => progress(message);
  return { debug: () => undefined, info: () => undefined, warn: say, error: say };
}
