import { pino } from "pino";
import type { Log } from "../../core/ports/log.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Bound to every line, e.g. the node's name. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** JSON lines on standard output. Bigints are written as decimal strings; an `error` field with its stack and cause. */
export function createLogger({ level, fields = {} }: LoggerOptions): Log {
  return pino({
    level,
    base: fields,
    serializers: { error: pino.stdSerializers.errWithCause },
    formatters: { level: (label) => ({ level: label }), log: (line) => writable(line) },
  });
}

function writable(line: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(line).map(([key, value]) => [key, typeof value === "bigint" ? value.toString() : value]),
  );
}
