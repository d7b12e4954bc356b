/** A reading of the outside world. */
export interface DataPoint {
  /** What was read: the source's id and the path, `coinbase /products/BTC-USD/ticker`. */
  readonly id: string;
  /** The exact bytes: a document's body, or a scalar reading as decimal text. Never a float. */
  readonly value: Uint8Array;
  /** Unix milliseconds at which the reading was complete. */
  readonly timestamp: number;
  /** The media type of a document (`application/json`), or the physical unit of a scalar. */
  readonly unit: string;
}

export type SourceFailureCode =
  | "timeout"
  | "unreachable"
  | "status"
  | "too-large"
  | "redirect"
  | "not-found"
  | "invalid-path"
  | "invalid-data"
  | "unknown-source"
  | "busy"
  /** Of sources whose data comes with a proof: why what they sent does not count. */
  | "other-statement"
  | "early"
  | "stale"
  | "replayed"
  | "equivocation"
  | "proof-invalid"
  | "development-key";

/** A failed reading is a value: the guest is told the code, and the round goes on. */
export type Reading =
  | { readonly kind: "point"; readonly point: DataPoint; readonly status: number }
  | { readonly kind: "failed"; readonly code: SourceFailureCode; readonly message: string };

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** W3C trace context of the round, for sources that are configured to receive it. */
  readonly traceparent?: string;
}

/** Where data comes from. HTTP is one kind among others. Never throws for what the world does. */
export interface Source {
  read(path: string, options: ReadOptions): Promise<Reading>;
}
