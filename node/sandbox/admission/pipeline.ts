import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { isModuleRefusal, type ModuleRefused } from "./refusal.ts";
import type { StageName, StageReport } from "./stage.ts";

export interface StageResult<T> {
  readonly value: T;
  readonly detail: string;
}

export function passed<T>(value: T, detail: string): StageResult<T> {
  return { value, detail };
}

/** Runs stages one after the other and keeps what each says; a refusal is told which stage it came from. */
export class Pipeline {
  readonly #stages: StageReport[];
  readonly #core: string | undefined;

  constructor(core?: string, stages: StageReport[] = []) {
    this.#core = core;
    this.#stages = stages;
  }

  get stages(): readonly StageReport[] {
    return [...this.#stages];
  }

  /** The same list of stages, for one core module of a component. */
  forCore(core: string): Pipeline {
    return new Pipeline(core, this.#stages);
  }

  run<T>(name: StageName, stage: () => StageResult<T>): T {
    try {
      return this.#pass(name, stage());
    } catch (error) {
      throw this.#staged(name, error);
    }
  }

  async runAsync<T>(name: StageName, stage: () => Promise<StageResult<T>>): Promise<T> {
    try {
      return this.#pass(name, await stage());
    } catch (error) {
      throw this.#staged(name, error);
    }
  }

  #pass<T>(name: StageName, { value, detail }: StageResult<T>): T {
    this.#stages.push({ name, ...this.#where, detail });
    return value;
  }

  #staged(stage: StageName, error: unknown): unknown {
    if (!isModuleRefusal(error) || error.data.stage !== undefined) return error;
    const data = { ...error.data, stage, ...this.#where, stages: this.stages };
    const message = this.#core === undefined ? error.message : `${error.message} of ${this.#core}`;
    return new QuorateError<ModuleRefused>(data, message, { cause: error.cause });
  }

  get #where(): { readonly core?: string } {
    return this.#core === undefined ? {} : { core: this.#core };
  }
}
