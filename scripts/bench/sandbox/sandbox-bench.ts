import type { Log } from "../../../core/ports/log.ts";
import type { Meter } from "../../../core/ports/meter.ts";
import { createSandbox } from "../../../node/sandbox/sandbox.ts";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";
import type { Bench, Measurement } from "../result.ts";
import { callFigures } from "./call-figures.ts";
import { extismFigures } from "./extism-figures.ts";
import { FETCHER_GUEST, TERMS } from "./guests.ts";
import { instanceFigures } from "./instance-figures.ts";
import { fetcherGuests } from "./fetcher-guests.ts";
import { benchGuests, meteringFigures } from "./metering-figures.ts";
import { coldModuleFigures, startFigures } from "./start-figures.ts";

const COUNTS = {
  quick: { starts: 7, modules: 40, calls: 2_000, metering: 300 },
  full: { starts: 25, modules: 60, calls: 20_000, metering: 2_000 },
} as const;

/** The sandbox from its process to its meter, and the same guest under Extism, in one run. */
export const sandboxBench: Bench = {
  name: "sandbox",
  description: "cold starts, whole calls, throughput, memory and metering of guests; Extism beside them",
  async run({ full, progress }) {
    const counts = COUNTS[full ? "full" : "quick"];
    const deps = { log: silent(progress), meter: createPrometheusMeter() };
    progress("starting processes and workers");
    const fetchers = await fetcherGuests(deps.log);
    const guest = fetchers.reduce((largest, one) => (one.module.length > largest.module.length ? one : largest));
    const figures: Measurement[] = await startFigures({ runs: counts.starts, guest, ...deps });
    figures.push(...(await warmFigures(counts, deps, progress)));
    progress("compiling and instantiating");
    figures.push(...(await instanceFigures()));
    progress("metered and raw guests");
    figures.push(...meteringFigures(benchGuests(fetchers), counts.metering));
    progress("the same guest under Extism");
    figures.push(...(await extismFigures(counts.calls)));
    return figures;
  },
};

interface Deps {
  readonly log: Log;
  readonly meter: Meter;
}

async function warmFigures(
  counts: (typeof COUNTS)["quick" | "full"],
  deps: Deps,
  progress: (line: string) => void,
): Promise<Measurement[]> {
  const sandbox = await createSandbox({}, deps);
  try {
    progress("modules never seen");
    const cold = await coldModuleFigures(sandbox, counts.modules);
    progress("calls");
    const module = await sandbox.admit(FETCHER_GUEST, TERMS);
    return [...cold, ...(await callFigures({ sandbox, module, calls: counts.calls }))];
  } finally {
    await sandbox.stop();
  }
}

/** Warnings are news; the rest would only be noise among the figures. */
function silent(progress: (line: string) => void): Log {
  const quiet = (): void => undefined;
  const tell = (_: object, message: string): void => progress(message);
  return { debug: quiet, info: quiet, warn: tell, error: tell };
}
