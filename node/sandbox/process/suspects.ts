import type { Hex } from "../../../core/types/hex.ts";

/** A module that was alone in so many deaths of the process within the window is taken to have caused them. */
export const DEATHS_TO_QUARANTINE = 3;
const DEATH_WINDOW_MS = 10 * 60_000;
/** Answers that a suspect has to give alone before it is trusted again: a module that crashes now and then shows it. */
export const CLEARING_ANSWERS = 20;
/** The first quarantine; each that follows on it is twice as long, up to the longest: four deaths a day. */
export const FIRST_QUARANTINE_MS = 10 * 60_000;
export const LONGEST_QUARANTINE_MS = 6 * 60 * 60_000;
/** A sandbox holds 64 modules; the rest are some whose admission was tried. The oldest are forgotten first. */
const MAX_SUSPECTS = 256;

interface Quarantine {
  /** By the monotonic clock, ms. */
  readonly endMs: number;
  readonly lengthMs: number;
  /** Whether it is known to have ended: the module is on probation. */
  ended: boolean;
}

interface Record {
  /** By the monotonic clock, ms: deaths while nothing but this module was in flight. */
  deaths: number[];
  /** Answers that are still to be given alone. */
  suspicion: number;
  /** The last one; kept until the module is cleared. */
  quarantine: Quarantine | undefined;
}

export interface SuspectsDeps {
  /** Monotonic clock, ms. */
  readonly now: () => number;
}

export interface Verdict {
  readonly module: Hex;
  readonly quarantineMs: number;
}

/**
 * Finds the module that ends the process. After a death all modules in flight are suspects; a suspect's calls run alone,
 * nothing else in flight, so that the next death has one suspect. Only deaths with a single one count against it: an
 * innocent module beside a guilty one is slowed down for a while, and never quarantined for its doing.
 *
 * It may still be alone by chance when something else ends the process (an operator, the system short of memory). So a
 * quarantine ends, and a probation follows: the module runs, alone as a suspect does, until it has given the clearing answers.
 * One death meanwhile, and it is quarantined again, for twice as long.
 */
export class Suspects {
  readonly #now: () => number;
  readonly #records = new Map<Hex, Record>();

  constructor({ now }: SuspectsDeps) {
    this.#now = now;
  }

  /** Whether the module has to run alone. */
  isSuspect(module: Hex): boolean {
    return (this.#records.get(module)?.suspicion ?? 0) > 0;
  }

  isQuarantined(module: Hex): boolean {
    const quarantine = this.#records.get(module)?.quarantine;
    return quarantine !== undefined && this.#now() < quarantine.endMs;
  }

  /** Whether the module's quarantine is over and its probation begins. True once for each. */
  beginsProbation(module: Hex): boolean {
    const quarantine = this.#records.get(module)?.quarantine;
    if (quarantine === undefined || quarantine.ended || this.isQuarantined(module)) return false;
    quarantine.ended = true;
    return true;
  }

  /**
   * The process ended. @param inFlight modules that it was working on. @param culprit the one whose worker could not be
   * ended, if the process said so. @returns the module that is quarantined now, if any.
   */
  died(inFlight: ReadonlySet<Hex>, culprit?: Hex): Verdict | undefined {
    for (const module of inFlight) this.#suspect(module);
    const [only] = inFlight.size === 1 ? inFlight : [];
    const guilty = culprit ?? only;
    if (guilty === undefined || this.isQuarantined(guilty)) return undefined;
    const record = this.#suspect(guilty);
    const now = this.#now();
    record.deaths = [...record.deaths.filter((death) => death >= now - DEATH_WINDOW_MS), now];
    const before = record.quarantine?.lengthMs;
    if (before === undefined && record.deaths.length < DEATHS_TO_QUARANTINE) return undefined;
    const lengthMs = before === undefined ? FIRST_QUARANTINE_MS : Math.min(2 * before, LONGEST_QUARANTINE_MS);
    record.quarantine = { endMs: now + lengthMs, lengthMs, ended: false };
    return { module: guilty, quarantineMs: lengthMs };
  }

  /** The module has answered. @returns whether that has cleared it of a quarantine. */
  answered(module: Hex): boolean {
    const record = this.#records.get(module);
    if (record === undefined || record.suspicion === 0 || this.isQuarantined(module)) return false;
    record.suspicion--;
    if (record.suspicion > 0 || record.quarantine === undefined) return false;
    record.quarantine = undefined;
    record.deaths = [];
    return true;
  }

  #suspect(module: Hex): Record {
    const record = this.#records.get(module) ?? { deaths: [], suspicion: 0, quarantine: undefined };
    record.suspicion = CLEARING_ANSWERS;
    this.#records.set(module, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_SUSPECTS && oldest !== undefined) this.#records.delete(oldest);
    return record;
  }
}
