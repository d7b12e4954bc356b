import type { Log } from "../../core/ports/log.ts";

/** Components are stopped in the reverse of their start, each once, whatever the others do. */
export interface Lifecycle {
  /** Registers how to stop something that has just started. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Aborted when the node begins to stop: ends waiting starts. */
  readonly signal: AbortSignal;
  /** Ends waiting starts without stopping what runs. */
  abort(): void;
  stop(): Promise<void>;
}

export function createLifecycle({ log }: { log: Log }): Lifecycle {
  const started: { name: string; stop: () => Promise<void> | void }[] = [];
  const stopping = new AbortController();
  let stopped: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    stopping.abort();
    for (let component = started.pop(); component !== undefined; component = started.pop()) {
      try {
        await component.stop();
      } catch (error) {
        log.error({ component: component.name, error }, "a component did not stop cleanly");
      }
    }
  }

  return {
    onStop(name, stop) {
      started.push({ name, stop });
    },
    signal: stopping.signal,
    abort: () => stopping.abort(),
    stop: () => (stopped ??= stopAll()),
  };
}
