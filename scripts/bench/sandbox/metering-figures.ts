import { HOST_CAPABILITIES } from "../../../core/ports/sandbox.ts";
import { admitCore } from "../../../node/sandbox/admission/admit.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import type { Measurement } from "../result.ts";
import { median } from "../statistics.ts";
import { type DirectInput, timedRun } from "./direct-run.ts";
import type { FetcherGuest } from "./fetcher-guests.ts";
import { FETCHER_GUEST } from "./guests.ts";
import { LARGE } from "./inputs.ts";

export interface Guest {
  readonly name: string;
  readonly module: Uint8Array;
  readonly input: DirectInput;
}

/** Runs of both before the first that counts: V8 compiles hot functions anew. */
const WARM_UP = 100;

export function benchGuests(fetchers: readonly FetcherGuest[]): Guest[] {
  const head = { phase: "observe", feed: "BTC/USD", time: 1_800_000_000, storage: [] } as const;
  return [
    { name: "last-price-50kB", module: FETCHER_GUEST, input: { ...head, input: LARGE } },
    ...fetchers.map(({ name, module, call }) => ({
      ...{ name, module },
      input: { phase: call.phase, input: call.input, feed: call.feed, time: call.time, storage: call.storage ?? [] },
    })),
  ];
}

/** Each guest metered against the same guest as its author compiled it, in turns, in this thread, after both are hot. */
export function meteringFigures(guests: readonly Guest[], runs: number): Measurement[] {
  return guests.map(({ name, module, input }) => {
    const raw = new webAssembly.Module(module);
    const metered = new webAssembly.Module(admitCore(module, { host: HOST_CAPABILITIES }).emitted.bytes);
    const times = { raw: [] as number[], metered: [] as number[] };
    for (let run = -WARM_UP; run < runs; run++) {
      const [rawTime, meteredTime] = [timedRun(raw, input), timedRun(metered, input)];
      if (run < 0) continue;
      times.raw.push(rawTime);
      times.metered.push(meteredTime);
    }
    const [without, withMeter] = [median(times.raw), median(times.metered)];
    return {
      name: `sandbox.metering.${name}`,
      value: Number((withMeter / without).toFixed(2)),
      unit: "×",
      runs,
      about: `observe, ${input.input.length} bytes in: ${microseconds(withMeter)} metered, ${microseconds(without)} raw`,
    };
  });
}

function microseconds(milliseconds: number): string {
  return `${(milliseconds * 1000).toFixed(1)} µs`;
}
