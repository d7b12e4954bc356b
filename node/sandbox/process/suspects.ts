import type { Hex } from "../../../core/types/hex.ts";

/** A module that was alone in so many deaths of the process within the window has caused them. */
export const DEATHS_TO_QUARANTINE = 3;
const DEATH_WINDOW_MS = 10 * 60_000;
/** Answers that a suspect has to give alone before it is trusted again: a module that crashes now and then shows it. */
export const CLEARING_ANSWERS = 20;
/** A sandbox holds 64 modules; the rest are some whose admission was tried. The oldest are forgotten first. */
const MAX_SUSPECTS = 256;

interface Record {
  /** By the monotonic clock, ms: deaths while nothing but this module was in flight. */
  readonly deaths: number[];
  /** Answers that are still to be given alone. */
  probation: number;
  quarantined: boolean;
}

export interface SuspectsDeps {
  /** Monotonic clock, ms. */
  readonly now: () => number;
}

/**
 * Finds the module that ends the process. After a death all modules in flight are suspects; a suspect's calls run alone,
 * nothing else in flight, so that the next death has one suspect. Only deaths with a single one count against it: an
 * innocent module is slowed down for a while, and never quarantined for another's doing.
 */
export class Suspects {
  readonly #now: () => number;
  readonly #records = new Map<Hex, Record>();

  constructor({ now }: SuspectsDeps) {
    this.#now = now;
  }

  /** Whether the module has to run alone. */
  isSuspect(module: Hex): boolean {
    return (this.#records.get(module)?.probation ?? 0) > 0;
  }

  /** For the life of this object. */
  isQuarantined(module: Hex): boolean {
    return this.#records.get(module)?.quarantined ?? false;
  }

  /**
   * The process ended. @param inFlight modules that it was working on. @param culprit the one whose worker could not be
   * ended, if the process said so. @returns the module that is quarantined from now on, if any.
   */
  died(inFlight: ReadonlySet<Hex>, culprit?: Hex): Hex | undefined {
    for (const module of inFlight) this.#suspect(module);
    const [only] = inFlight.size === 1 ? inFlight : [];
    const guilty = culprit ?? only;
    if (guilty === undefined) return undefined;
    const record = this.#suspect(guilty);
    const now = this.#now();
    record.deaths.push(now);
    while ((record.deaths[0] ?? now) < now - DEATH_WINDOW_MS) record.deaths.shift();
    if (record.quarantined || record.deaths.length < DEATHS_TO_QUARANTINE) return undefined;
    record.quarantined = true;
    return guilty;
  }

  /** The module has answered. */
  answered(module: Hex): void {
    const record = this.#records.get(module);
    if (record !== undefined && record.probation > 0) record.probation--;
  }

  #suspect(module: Hex): Record {
    const record = this.#records.get(module) ?? { deaths: [], probation: 0, quarantined: false };
    record.probation = CLEARING_ANSWERS;
    this.#records.set(module, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_SUSPECTS && oldest !== undefined) this.#records.delete(oldest);
    return record;
  }
}
