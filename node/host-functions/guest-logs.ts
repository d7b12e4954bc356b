import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Counter, Meter } from "../../core/ports/meter.ts";
import type { GuestEffects } from "../../core/ports/sandbox.ts";

/** Lines of a module at once: all that one phase may write. */
const BURST_LINES = 64;
/** Lines of a module per second in the long run: two phases of eight feeds with two lines each, every four seconds. */
const LINES_PER_SECOND = 8;

/** Where lines came from: fields of each. */
export interface GuestLogContext {
  /** The module's name. */
  readonly module: string;
  readonly feed: string;
  readonly phase: string;
  readonly traceId?: string | undefined;
}

export interface GuestLogsDeps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly meter: Meter;
}

/** Passes the lines of guest modules on to the node's log, so many per module. Modules have names from a bounded list. */
export class GuestLogs {
  readonly #deps: GuestLogsDeps;
  readonly #dropped: Counter;
  readonly #buckets = new Map<string, { lines: number; at: number }>();

  constructor(deps: GuestLogsDeps) {
    this.#deps = deps;
    this.#dropped = deps.meter.counter({
      name: "wasm_logs_dropped_total",
      help: "Log lines of guest modules beyond what a phase, or a module per second, may write.",
      labels: ["module"],
    });
  }

  write({ logs, logsDropped }: Pick<GuestEffects, "logs" | "logsDropped">, context: GuestLogContext): void {
    const { log } = this.#deps;
    const taken = this.#take(context.module, logs.length);
    // The text stays a field: a message of the node's own says nothing that a module made up.
    for (const { level, text } of logs.slice(0, taken)) log[level]({ ...context, text }, "a module says");
    const dropped = logs.length - taken + logsDropped;
    if (dropped === 0) return;
    this.#dropped.add(dropped, { module: context.module });
    // Only with lines that were written, or a flood of lines would become one of these.
    if (taken > 0) log.warn({ ...context, dropped }, "a module writes more log lines than are kept");
  }

  /** @returns how many of the lines may be written now. */
  #take(module: string, wanted: number): number {
    const now = this.#deps.clock.now();
    const { lines, at } = this.#buckets.get(module) ?? { lines: BURST_LINES, at: now };
    const available = Math.min(BURST_LINES, lines + ((now - at) / 1000) * LINES_PER_SECOND);
    const taken = Math.min(wanted, Math.floor(available));
    this.#buckets.set(module, { lines: available - taken, at: now });
    return taken;
  }
}
