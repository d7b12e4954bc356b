/** One figure of a benchmark, as it is printed. Names are stable: scripts and documents refer to them. */
export interface BenchResult {
  /** Dotted, from the general to the particular, e.g. `gas.push.ecdsa.n31.k1`. */
  readonly name: string;
  /** The median where several runs were measured. */
  readonly value: number;
  readonly unit: string;
  readonly runs?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A figure together with what it covers, so that a reader can compare fairly. The words are for people alone. */
export interface Measurement extends BenchResult {
  readonly about: string;
}

export interface BenchContext {
  /** Many more runs, for figures to publish. */
  readonly full: boolean;
  /** Scratch folder of this run; not created yet. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** How the names of the wanted figures begin; empty for all. Others need not be measured. */
  readonly only: string;
  /** One line about what goes on; never part of the result. */
  readonly progress: (line: string) => void;
}

/** One benchmark: measures, and gives its figures in the order in which they are to be read. */
export interface Bench {
  readonly name: string;
  readonly description: string;
  run(context: BenchContext): Promise<readonly Measurement[]>;
  /** A page of docs/ that is made of the figures: only of all of them. */
  readonly page?: { readonly file: string; render(measurements: readonly Measurement[]): Promise<string> };
}
