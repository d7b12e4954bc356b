import type { Observation } from "../types/observation.ts";

/** Asks the fetchers for one slot. Effectful and slow. Resolves even if every feed failed: absent feeds are unset lanes. */
export interface Observer {
  observe(sequence: bigint, signal: AbortSignal): Promise<Observation>;
}
