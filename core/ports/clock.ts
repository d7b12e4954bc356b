/** The only way to time. Milliseconds since the Unix epoch. */
export interface Clock {
  /** For durations and deadlines: never steps, may drift from the time of day. */
  now(): number;
  /** The time of day, as the system knows it: for timestamps that others see. It may step when it is set. */
  timeOfDay(): number;
  /** Calls back once at or after `at`; the returned function cancels. */
  wakeAt(at: number, callback: () => void): () => void;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
