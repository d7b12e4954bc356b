import type { Log } from "../../../core/ports/log.ts";
import { createSandbox } from "../../sandbox/sandbox.ts";
import { createPrometheusMeter } from "../../telemetry/prometheus-meter.ts";
import type { FetcherDeps } from "../fetchers.ts";
import { systemClock } from "../system-clock.ts";

/**
 * Starts a sandbox as a node has one, for as long as `work` takes. One worker: an author waits for one thing at a time. Its
 * warnings are about the machine, a slow start for example, and go to whoever operates one.
 */
export async function withSandbox<T>({ log }: { log: Log }, work: (deps: FetcherDeps) => Promise<T>): Promise<T> {
  const meter = createPrometheusMeter();
  const sandbox = await createSandbox({ workers: 1 }, { log: { ...log, warn: () => undefined }, meter });
  try {
    return await work({ sandbox, clock: systemClock, meter });
  } finally {
    await sandbox.stop();
  }
}
