import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Random } from "../random.ts";
import { between, chance } from "./draw.ts";

/** Not every final report is due on the chain. */
const TRANSMITTED = 0.6;
const MAX_TRANSMISSION_MS = 2_000;
/** A block, and the time until a node hears of it. */
const MAX_NEWS_MS = 1_000;

export interface HubDeps {
  readonly random: Random;
  schedule(delayMs: number, run: () => void): void;
  /** Tells a member of a report that the hub took. */
  tell(member: number, report: { sequence: bigint; digest: Hex }): void;
}

/** The contract that takes final reports, newer ones only, and the news of it that reach the members. */
export class Hub {
  lastSequence = 0n;
  readonly #offered = new Set<bigint>();
  readonly #members: readonly number[];
  readonly #deps: HubDeps;

  constructor(members: readonly number[], deps: HubDeps) {
    this.#members = members;
    this.#deps = deps;
  }

  /** A member holds a final report; of several, one sends it. */
  offer({ report, digest }: FinalReport): void {
    const { sequence } = report;
    const { random } = this.#deps;
    if (this.#offered.has(sequence)) return;
    this.#offered.add(sequence);
    if (chance(random, TRANSMITTED))
      this.#deps.schedule(between(random, 1, MAX_TRANSMISSION_MS), () => this.#take(sequence, digest));
  }

  #take(sequence: bigint, digest: Hex): void {
    if (sequence <= this.lastSequence) return;
    this.lastSequence = sequence;
    for (const member of this.#members) {
      const delay = between(this.#deps.random, 1, MAX_NEWS_MS);
      this.#deps.schedule(delay, () => this.#deps.tell(member, { sequence, digest }));
    }
  }
}
