/** The stages in which a module that was never seen comes to its first answer. */
export const COLD_STAGES = ["instrument", "compile", "instantiate", "first_call"] as const;
export type ColdStage = (typeof COLD_STAGES)[number];

/** A stage that takes longer is an event of its own. A round of four seconds has room for it, a busy node has not. */
export const COLD_STAGE_LIMIT_MS = 80;
/** Innermost frames that a stack snapshot shows. */
export const SNAPSHOT_FRAMES = 20;

/** A stage that was passed. Milliseconds of the time of day, with fractions. */
export interface StageTime {
  readonly stage: ColdStage;
  readonly startMs: number;
  readonly endMs: number;
  /** Where the worker stood at the end of a stage that passed the limit. */
  readonly endStack?: readonly string[];
}

/** What a worker did during a stage that passed the limit, innermost frame first. */
export interface StageSnapshot {
  /** `profile`: the heaviest stack of a profile taken meanwhile. `end-of-stage`: where the worker stood afterwards. */
  readonly source: "profile" | "end-of-stage";
  readonly frames: readonly string[];
}

export interface StageReport extends Omit<StageTime, "endStack"> {
  /** Present if the stage passed the limit and anything was seen. */
  readonly snapshot?: StageSnapshot;
}

export function timeOfDayMs(): number {
  return performance.timeOrigin + performance.now();
}
