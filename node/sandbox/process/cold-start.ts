import { SNAPSHOT_FRAMES, timeOfDayMs, type ColdStage, type StageTime } from "./cold-stage.ts";
import type { StageStart } from "./stage-watch.ts";

export interface ColdStartOptions {
  readonly limitMs: number;
}

export interface ColdStartDeps {
  /** Told before a stage begins, so that someone else may look into it while it goes on. */
  readonly onStage: (start: StageStart) => void;
}

/** Measures the stages of one cold start in the thread that goes through them. */
export class ColdStart {
  readonly #options: ColdStartOptions;
  readonly #deps: ColdStartDeps;
  readonly #times: StageTime[] = [];

  constructor(options: ColdStartOptions, deps: ColdStartDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Of the stages that ended so far, well or not. */
  get times(): readonly StageTime[] {
    return this.#times;
  }

  async stage<T>(stage: ColdStage, work: () => T | Promise<T>): Promise<T> {
    const end = this.#begin(stage);
    try {
      return await work();
    } finally {
      end();
    }
  }

  stageSync<T>(stage: ColdStage, work: () => T): T {
    const end = this.#begin(stage);
    try {
      return work();
    } finally {
      end();
    }
  }

  #begin(stage: ColdStage): () => void {
    const startMs = timeOfDayMs();
    this.#deps.onStage({ stage, startMs });
    return () => {
      const time = { stage, startMs, endMs: timeOfDayMs() };
      const slow = time.endMs - startMs >= this.#options.limitMs;
      this.#times.push(slow ? { ...time, endStack: currentStack() } : time);
    };
  }
}

/** `stage (cold-start.ts:41:10)`, innermost first. Folders stay out: they are the machine's. */
function currentStack(): string[] {
  const lines = new Error("snapshot").stack?.split("\n").slice(2) ?? [];
  return lines
    .slice(0, SNAPSHOT_FRAMES)
    .map((line) => line.replace(/^\s*at /, "").replace(/(?:file:\/\/)?[^\s()]*\//, ""));
}
