import { constants } from "node:os";

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** One Ctrl-C may arrive several times: from the terminal, and from each npm and launcher in between. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Starts something and stops it at the first SIGINT or SIGTERM, or when a supervising parent is gone;
 * asked again in the same way after a while, it ends the process at once. What ends by itself says so with `done`.
 * Resolves when it has stopped.
 */
export async function untilStopped(
  start: (signal: AbortSignal) => Promise<{ stop(): Promise<void>; readonly done?: Promise<void> }>,
): Promise<void> {
  const stopping = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const stop = (): void => {
      stopping.abort();
      resolve();
    };
    for (const name of STOP_SIGNALS) {
      let first: number | undefined;
      process.on(name, () => {
        first ??= performance.now();
        if (performance.now() - first > SAME_SIGNAL_MS) process.exit(128 + constants.signals[name]);
        stop();
      });
    }
    // Only where a supervisor holds an IPC channel: its end is the supervisor's end.
    process.once("disconnect", stop);
  });
  try {
    const running = await start(stopping.signal);
    await (running.done === undefined ? asked : Promise.race([asked, running.done]));
    await running.stop();
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    // An open IPC channel and signal handlers would keep a failed start alive.
    if (process.connected) process.disconnect();
    for (const name of STOP_SIGNALS) process.removeAllListeners(name);
  }
}
