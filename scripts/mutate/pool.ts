import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Answer, Job, Lost, Task, Verdict } from "./jobs.ts";
import { ROOT } from "../toolchain/root.ts";

/** Mutants after which a worker is replaced: what the tests keep of their chains adds up to gigabytes. */
const TASKS_OF_A_WORKER = 40;
/** A worker that says nothing for so long goes round in circles. Most mutants take seconds, a survivor a minute. */
const SILENCE_MS = 900_000;

export interface PoolOptions {
  readonly size: number;
  /** A JSON file of `SwitchedContract`s. */
  readonly contractsFile: string;
  /** Full titles of tests that are not run. */
  readonly leftOut: readonly string[];
}

/** Processes that run tests against mutants. */
export class MutantPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<ChildProcess>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Answers the tasks in any order, and tells each verdict as it comes. Each worker takes the next task as it becomes free. */
  async run(tasks: readonly Task[], onVerdict: (verdict: Verdict) => void): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < tasks.length) {
        const worker = await this.#start();
        for (let done = 0; done < TASKS_OF_A_WORKER; ++done) {
          const task = tasks[next++];
          if (task === undefined) break;
          const answer = await ask(worker, task);
          onVerdict(verdictOf(task, answer));
          if (answer.kind === "lost") break;
        }
        this.#end(worker);
      }
    };
    await Promise.all(Array.from({ length: this.#options.size }, work));
  }

  /** Ends all workers, whatever they do. */
  stop(): void {
    for (const worker of this.#workers) this.#end(worker);
  }

  async #start(): Promise<ChildProcess> {
    const file = path.join(import.meta.dirname, "mutant-worker.ts");
    const worker = fork(file, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#workers.add(worker);
    const { contractsFile, leftOut } = this.#options;
    const answer = await ask(worker, { kind: "contracts", file: contractsFile, leftOut });
    if (answer.kind !== "ready") throw new Error("a worker of the mutants does not start");
    return worker;
  }

  #end(worker: ChildProcess): void {
    this.#workers.delete(worker);
    worker.kill("SIGKILL");
  }
}

/** The worker died or says nothing any more. */
type Silence = Pick<Lost, "kind" | "reason">;

function verdictOf({ mutant }: Task, answer: Answer | Silence): Verdict {
  if (answer.kind === "killed" || answer.kind === "survived") return answer;
  return {
    kind: "lost",
    mutant,
    reason: answer.kind === "lost" ? answer.reason : "the process answered something else",
  };
}

async function ask(worker: ChildProcess, job: Job): Promise<Answer | Silence> {
  const settled = new AbortController();
  const { signal } = settled;
  worker.send(job);
  const answered = once(worker, "message", { signal }).then(([answer]) => answer as Answer);
  const ended = once(worker, "exit", { signal }).then(([code, name]): Silence => {
    return { kind: "lost", reason: `the process ended with ${String(code ?? name)}` };
  });
  const silent = setTimeout(SILENCE_MS, undefined, { signal }).then((): Silence => {
    return { kind: "lost", reason: `the process said nothing for ${SILENCE_MS / 1000} s` };
  });
  try {
    return await Promise.race([answered, ended, silent]);
  } finally {
    settled.abort();
    await Promise.allSettled([answered, ended, silent]);
  }
}
