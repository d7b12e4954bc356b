/** One finished piece of work. Times are milliseconds of the time of day, with fractions. */
export interface SpanRecord {
  /** Lower case words with dots: `wasm.compile`. */
  readonly name: string;
  /** 32 hexadecimal digits: spans of one round share it. */
  readonly traceId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed?: boolean;
}

/** Takes finished spans. Never throws and never blocks: a span that cannot be kept is counted and dropped. */
export interface Tracer {
  /** Whether spans of this trace are kept: decided by its id alone, so that all nodes keep the same rounds. */
  samples(traceId: string): boolean;
  record(span: SpanRecord): void;
  stop(): Promise<void>;
}
