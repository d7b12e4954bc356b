import type { Draw } from "./draw.ts";

/** What can be wrong with an answer; none of them carries a usable price. */
export const FAULTS = ["status-500", "garbage", "truncated", "stall", "kraken-error"] as const;
export type Fault = (typeof FAULTS)[number];

/** Faults per 10,000 answers, by kind. `kraken-error` (HTTP 200 with an `error` list) applies to Kraken alone. */
export type FaultRates = Readonly<Record<Fault, number>>;

/** About 2 % together. Stalls are rarer, as each costs its observer the whole time-out. */
export const DEFAULT_FAULT_RATES: FaultRates = {
  "status-500": 60,
  garbage: 60,
  truncated: 50,
  stall: 20,
  "kraken-error": 40,
};

export const NO_FAULTS: FaultRates = { "status-500": 0, garbage: 0, truncated: 0, stall: 0, "kraken-error": 0 };

export function drawFault(rates: FaultRates, exchange: string, draw: Draw): Fault | null {
  let roll = draw.below(10_000);
  for (const fault of FAULTS) {
    if (fault === "kraken-error" && exchange !== "kraken") continue;
    if (roll < rates[fault]) return fault;
    roll -= rates[fault];
  }
  return null;
}
