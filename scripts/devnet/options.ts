export interface DevnetOptions {
  /** Stop after this many proven rounds; run until stopped if undefined. */
  readonly rounds: number | undefined;
  /** Print one JSON document instead of a view. */
  readonly json: boolean;
  /** SIGKILL the leader in mid-round after it signed, and start it again on the same data. */
  readonly killLeader: boolean;
  /** One node multiplies every value by 1000. */
  readonly liar: boolean;
  /** Of the replayed market. Equal seeds give equal answers per exchange, node, symbol and tick. */
  readonly seed: string;
}
