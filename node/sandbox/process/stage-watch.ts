import { setTimeout as sleep } from "node:timers/promises";
import { timeOfDayMs, type ColdStage, type StageReport, type StageTime } from "./cold-stage.ts";
import { heaviestStack } from "./cpu-profile.ts";

/** A profile runs so long, or until its stage ends: some dozens of samples. */
const PROFILE_MS = 40;
/** What a profile may take to be handed over; then it is done without. */
const HANDOVER_MS = 250;

/** What of a worker thread is needed to look into it while it works. */
export interface Profiled {
  startCpuProfile(): Promise<{ stop(): Promise<string> }>;
}

export interface StageStart {
  readonly stage: ColdStage;
  readonly startMs: number;
}

interface Watched extends StageStart {
  readonly timer: NodeJS.Timeout;
  readonly ended: PromiseWithResolvers<undefined>;
}

/** Watches the stages of one job in a worker; one that passes the limit is profiled while it goes on. */
export class StageWatch {
  readonly #limitMs: number;
  readonly #profiles = new Map<ColdStage, Promise<readonly string[]>>();
  #current: Watched | undefined;
  #used = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether the job had any stage: most have none. */
  get used(): boolean {
    return this.#used;
  }

  /** The worker begins a stage; the one before, if any, has ended. */
  begin({ stage, startMs }: StageStart, worker: Profiled): void {
    this.#end();
    this.#used = true;
    const ended = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => this.#profiles.set(stage, profile(worker, ended.promise)), this.#limitMs);
    this.#current = { stage, startMs, timer, ended };
  }

  /** The job has ended. @param times by the worker's clock; undefined if it was lost: then the open stage ends now. */
  async finish(times: readonly StageTime[] | undefined): Promise<readonly StageReport[]> {
    const open = this.#end();
    const lost = open === undefined ? [] : [{ ...open, endMs: timeOfDayMs() }];
    return Promise.all((times ?? lost).map((time) => this.#report(time)));
  }

  #end(): StageStart | undefined {
    if (this.#current === undefined) return undefined;
    const { stage, startMs, timer, ended } = this.#current;
    this.#current = undefined;
    clearTimeout(timer);
    ended.resolve(undefined);
    return { stage, startMs };
  }

  async #report({ endStack, ...time }: StageTime): Promise<StageReport> {
    if (time.endMs - time.startMs < this.#limitMs) return time;
    const frames = (await this.#profiles.get(time.stage)) ?? [];
    if (frames.length > 0) return { ...time, snapshot: { source: "profile", frames } };
    return endStack === undefined ? time : { ...time, snapshot: { source: "end-of-stage", frames: endStack } };
  }
}

/**
 * The stack that a worker is in most of the time. None where V8 compiles or decodes all the while: a profile starts only
 * when JavaScript or WebAssembly runs.
 */
async function profile(worker: Profiled, ended: Promise<undefined>): Promise<readonly string[]> {
  try {
    const starting = worker.startCpuProfile();
    const handle = await Promise.race([starting, ended]);
    if (handle === undefined) {
      void starting.then((late) => late.stop()).catch(() => undefined);
      return [];
    }
    await Promise.race([sleep(PROFILE_MS), ended]);
    const text = await Promise.race([handle.stop(), sleep(HANDOVER_MS, undefined)]);
    return text === undefined ? [] : heaviestStack(text);
  } catch {
    // The worker ended meanwhile.
    return [];
  }
}
