import { parseArgs } from "node:util";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { SlowRequest } from "./slowness.ts";
import { createReplayServer, type ReplayServerOptions } from "./server.ts";

const USAGE =
  "usage: node scripts/devnet/replay/main.ts --seed <text> --log <file> [--tick-ms <ms>] [--port <port>] [--calm]";
/** Two to four ticks fall into a round of the development timing, so rounds see the market move. */
const DEFAULT_TICK_MS = 1500;

interface UsageError {
  readonly code: "usage";
}

/** The replay as a process of its own: prints one JSON line with its URL, tells its parent too, stops with it. */
async function main(): Promise<void> {
  const server = await createReplayServer(readOptions(), { now: Date.now });
  const ready = { url: server.url };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.send?.({ kind: "ready", ...ready });
  process.on("message", ({ exchange, how }: SlowRequest) => {
    server.slow(exchange, how);
    process.send?.({ kind: "slowed" });
  });
  const stop = (): void => {
    process.off("SIGINT", stop).off("SIGTERM", stop).off("disconnect", stop);
    void server.close().then(() => {
      if (process.connected) process.disconnect();
    });
  };
  process.once("SIGINT", stop).once("SIGTERM", stop).once("disconnect", stop);
}

function readOptions(): ReplayServerOptions {
  const { seed, log, "tick-ms": tickMs, port, calm } = readArguments();
  if (seed === undefined || log === undefined) throw usage("--seed and --log are needed");
  return {
    seed,
    logFile: log,
    tickMs: wholeNumber("--tick-ms", tickMs, { fallback: DEFAULT_TICK_MS, min: 1, max: 86_400_000 }),
    port: wholeNumber("--port", port, { fallback: 0, min: 0, max: 65_535 }),
    calm,
  };
}

function readArguments() {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      options: { seed: text, log: text, "tick-ms": text, port: text, calm: { type: "boolean", default: false } },
    }).values;
  } catch (error) {
    // Some of its messages have two lines.
    throw usage(String(error instanceof Error ? error.message : error).replaceAll("\n", " "));
  }
}

interface Range {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

function wholeNumber(name: string, text: string | undefined, { fallback, min, max }: Range): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw usage(`${name} takes a whole number in ${min}…${max}`);
  return value;
}

function usage(reason: string): QuorateError<UsageError> {
  return new QuorateError({ code: "usage" }, `${reason}; ${USAGE}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof QuorateError ? error.message : String(error)}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
