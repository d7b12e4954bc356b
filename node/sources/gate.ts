export interface GateOptions {
  /** Tasks that run at a time. */
  readonly width: number;
  /** Tasks that wait for their turn; one more is turned away. */
  readonly queue: number;
}

export type Passage<T> =
  { readonly kind: "done"; readonly value: T } | { readonly kind: "full" } | { readonly kind: "aborted" };

/** Lets a bounded number of tasks run at a time, first come, first served. */
export interface Gate {
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<Passage<T>>;
}

export function createGate({ width, queue }: GateOptions): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];

  function turn(signal: AbortSignal): Promise<"entered" | "aborted"> {
    return new Promise((resolve) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leaveQueue);
        resolve("entered");
      };
      const leaveQueue = (): void => {
        waiting.splice(waiting.indexOf(enter), 1);
        resolve("aborted");
      };
      waiting.push(enter);
      signal.addEventListener("abort", leaveQueue, { once: true });
    });
  }

  /** Hands the place on to the first in the queue, or frees it. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    async run(task, signal) {
      if (signal.aborted) return { kind: "aborted" };
      if (running < width) running += 1;
      else if (waiting.length >= queue) return { kind: "full" };
      else if ((await turn(signal)) === "aborted") return { kind: "aborted" };
      try {
        return { kind: "done", value: await task() };
      } finally {
        leave();
      }
    },
  };
}
