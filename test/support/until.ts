import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;
/** Longer than anything here takes on a busy machine: only a failure waits so long. */
const PATIENCE_MS = 20_000;

/** Waits until the condition holds. Throws with its last answer after a long time: no test depends on how long it took. */
export async function until(what: string, condition: () => unknown): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await condition();
    if (answer === true) return;
    if (Date.now() > deadline) throw new Error(`never happened: ${what} (last: ${String(answer)})`);
    await delay(POLL_MS);
  }
}
