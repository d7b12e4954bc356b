/** Aborts when `timeoutMs` have passed or when `parent` aborts, whichever comes first. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the work ends, well or not: it frees the timer and the listener. */
  clear(): void;
}

/**
 * Time-out of one read. When the timer fires, the event loop gets one more turn before the abort: after a pause of the
 * process, bytes that arrived in time would otherwise lose to a timer that merely runs first.
 */
export function startDeadline(timeoutMs: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(() => setImmediate(abort), timeoutMs);
  if (parent.aborted) abort();
  parent.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      parent.removeEventListener("abort", abort);
    },
  };
}
