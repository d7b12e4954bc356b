/** Stages of a round that are timed, in their order. */
export const TIMED_STAGES = ["observed", "proposed", "prepared", "signed", "final"] as const;
export type TimedStage = (typeof TIMED_STAGES)[number];

/** Per stage the milliseconds from RoundStart until a quorum had reached it; a stage that fewer told of is left out. */
export type StageTimes = Readonly<Partial<Record<TimedStage, number>>>;

/** A round that became final at a quorum. */
export interface RoundSample {
  readonly sequence: bigint;
  readonly times: StageTimes;
  /** Milliseconds from the first request to any source, of any member, until the round was final at a quorum; undefined where none told of it. */
  readonly age?: number;
}

export interface StageNote {
  readonly member: number;
  readonly stage: string;
  readonly sequence: bigint;
  /** Unix milliseconds: all nodes share one machine and so one clock. */
  readonly at: number;
}

/** Rounds that are kept at most: the longest benchmark and its warm-up, several times over. */
const MAX_ROUNDS = 4_096;
const START = "round-started";
/** Of a member's sources: a round may be asked for before it starts. */
export const ASKING = "asking";

/** Per stage the time at which each member reached it. */
type Round = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Gathers what the nodes tell of their rounds. */
export class RoundRecorder {
  readonly #quorum: number;
  /** Per round and stage the time at which each member reached it. */
  readonly #rounds = new Map<bigint, Map<string, Map<number, number>>>();

  /** @param quorum nodes that must have reached a stage before it counts, 2f+1. */
  constructor({ quorum }: { quorum: number }) {
    this.#quorum = quorum;
  }

  /** Of two notes of one member for one stage the first counts. */
  note({ member, stage, sequence, at }: StageNote): void {
    const round = this.#rounds.get(sequence) ?? new Map<string, Map<number, number>>();
    const times = round.get(stage) ?? new Map<number, number>();
    if (!times.has(member)) times.set(member, at);
    this.#rounds.set(sequence, round.set(stage, times));
    if (this.#rounds.size > MAX_ROUNDS) this.#rounds.delete(this.#rounds.keys().next().value ?? sequence);
  }

  /** The rounds that are final at a quorum, in the order in which they were first heard of. */
  samples(): readonly RoundSample[] {
    return [...this.#rounds].flatMap(([sequence, round]) => {
      const times = this.#timesOf(round);
      if (times.final === undefined) return [];
      const age = firstOf(round, START) + times.final - firstOf(round, ASKING);
      return [{ sequence, times, ...(Number.isFinite(age) ? { age } : {}) }];
    });
  }

  /** Rounds before the last final one that were started and never became final at a quorum. */
  lost(): number {
    const finished = new Set(this.samples().map(({ sequence }) => sequence));
    const last = [...finished].at(-1) ?? 0n;
    const started = [...this.#rounds].filter(([, round]) => round.has(START)).map(([sequence]) => sequence);
    return started.filter((sequence) => sequence < last && !finished.has(sequence)).length;
  }

  #timesOf(round: Round): StageTimes {
    const start = firstOf(round, START);
    if (start === Infinity) return {};
    return Object.fromEntries(
      TIMED_STAGES.flatMap((stage) => {
        const at = [...(round.get(stage)?.values() ?? [])].sort((a, b) => a - b)[this.#quorum - 1];
        return at === undefined ? [] : [[stage, at - start]];
      }),
    );
  }
}

/** The time at which the first member reached a stage, Infinity if none did. */
function firstOf(round: Round, stage: string): number {
  return Math.min(...(round.get(stage)?.values() ?? []));
}
