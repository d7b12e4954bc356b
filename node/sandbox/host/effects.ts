import type { StorageSnapshot } from "../../../core/ports/module-storage.ts";
import type { GuestEffects, GuestLogLevel, GuestLogLine, GuestMetric } from "../../../core/ports/sandbox.ts";
import { printableLine } from "./printable.ts";
import { StorageView } from "./storage-view.ts";

/** A phase runs every few seconds: this is a page of a terminal, and 32 KiB. */
const MAX_LOG_LINES = 64;
/** Bytes of a line; a longer one is cut. */
export const MAX_LOG_BYTES = 512;
/** Metrics, by kind, name and label. The node's own bound of names per module is lower; labels make up the rest. */
const MAX_METRICS = 64;
const METRIC_NAME = /^[a-z][a-z0-9_]{0,47}$/;
const METRIC_LABEL = /^[\x20-\x7e]{0,64}$/;

/** Collects what one phase does besides answering. Bounded: what passes a bound is dropped and counted. */
export class EffectsCollector {
  readonly #snapshot: StorageSnapshot;
  /** Made when it is first asked for: most phases never do. */
  #storage: StorageView | undefined;
  readonly #logs: GuestLogLine[] = [];
  #logsDropped = 0;
  readonly #metrics = new Map<string, GuestMetric>();
  #metricsDropped = 0;

  constructor(storage: StorageSnapshot) {
    this.#snapshot = storage;
  }

  /** Keeps one line: unprintable characters are replaced, what is too long is cut. */
  log(level: GuestLogLevel, text: string): void {
    if (this.#logs.length >= MAX_LOG_LINES) this.#logsDropped++;
    else this.#logs.push({ level, text: printableLine(text, MAX_LOG_BYTES) });
  }

  /** Counters of one name and label add up, of a gauge the last value counts. An invalid one is dropped. */
  metric(metric: GuestMetric): void {
    const key = `${metric.kind} ${metric.name} ${metric.label}`;
    const known = this.#metrics.get(key);
    if (!isMetric(metric) || (known === undefined && this.#metrics.size >= MAX_METRICS)) {
      this.#metricsDropped++;
      return;
    }
    const value = metric.kind === "counter" ? (known?.value ?? 0) + metric.value : metric.value;
    this.#metrics.set(key, { ...metric, value });
  }

  read(key: string): Uint8Array | undefined {
    return this.#view.read(key);
  }

  /** Keeps the value itself: give it a copy. @returns of a set, whether it is within the bounds; of a deletion, whether there was a value. */
  write(key: string, value: Uint8Array | undefined): boolean {
    return value === undefined ? this.#view.delete(key) : this.#view.set(key, value);
  }

  /** @returns undefined where nothing was done. Writes are left out unless `succeeded`. */
  finish(succeeded: boolean): GuestEffects | undefined {
    const effects = {
      logs: this.#logs,
      logsDropped: this.#logsDropped,
      metrics: [...this.#metrics.values()],
      metricsDropped: this.#metricsDropped,
      reads: this.#storage?.reads() ?? [],
      writes: succeeded ? (this.#storage?.writes() ?? []) : [],
    };
    const { logs, logsDropped, metrics, metricsDropped, reads, writes } = effects;
    const things = [logs, metrics, reads, writes].reduce(
      (sum, { length }) => sum + length,
      logsDropped + metricsDropped,
    );
    return things === 0 ? undefined : effects;
  }

  get #view(): StorageView {
    return (this.#storage ??= new StorageView(this.#snapshot));
  }
}

function isMetric({ kind, name, label, value }: GuestMetric): boolean {
  const inRange = kind === "counter" ? value >= 0 && value <= Number.MAX_SAFE_INTEGER : Number.isFinite(value);
  return inRange && METRIC_NAME.test(name) && METRIC_LABEL.test(label);
}
