/** Calls before the first that counts: V8 compiles hot functions anew. */
const WARM_UP = 200;

/** Milliseconds of each of `calls` calls, one after the other, after a warm-up. */
export async function timedCalls(calls: number, call: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let run = -WARM_UP; run < calls; run++) {
    const start = performance.now();
    await call();
    if (run >= 0) samples.push(performance.now() - start);
  }
  return samples;
}
