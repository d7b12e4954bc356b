import type { Clock } from "../../core/ports/clock.ts";

/** A dial that takes longer, its handshake and the negotiation of a stream included, has failed. */
export const DIAL_TIMEOUT_MS = 5_000;

/** Ends a dial in time, and leaves no timer and no listener behind when it is cancelled. */
export interface DialDeadline {
  readonly signal: AbortSignal;
  /** Whether time ran out, rather than the node stopping. */
  expired(): boolean;
  cancel(): void;
}

export function dialDeadline(clock: Clock, stopping: AbortSignal): DialDeadline {
  const controller = new AbortController();
  let expired = false;
  const cancelTimer = clock.wakeAt(clock.now() + DIAL_TIMEOUT_MS, () => {
    expired = true;
    controller.abort();
  });
  const onStop = (): void => controller.abort();
  stopping.addEventListener("abort", onStop, { once: true });
  if (stopping.aborted) onStop();
  return {
    signal: controller.signal,
    expired: () => expired,
    cancel() {
      cancelTimer();
      stopping.removeEventListener("abort", onStop);
    },
  };
}
