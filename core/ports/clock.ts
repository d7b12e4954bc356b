/** The only way to time. Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Calls back once at or after `at`; the returned function cancels. */
  wakeAt(at: number, callback: () => void): () => void;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
