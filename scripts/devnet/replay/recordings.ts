/** One recorded series: where it lies in the data package, and what it is called as a market. */
export interface Recording {
  /** Base symbol at the exchanges, quoted in USD. */
  readonly symbol: string;
  readonly file: string;
  readonly column: string;
  /** Keeps only the rows in which this column holds the symbol. */
  readonly symbolColumn?: string;
  /** Ticks from one row to the next; more than 1 interpolates, for series too coarse to play row by row. */
  readonly ticksPerRow: number;
}

/** A month of a stock in eight steps moves by about 1 % each; days of the other series move enough by themselves. */
const TICKS_PER_MONTH = 8;

const stock = (symbol: string): Recording => ({
  symbol,
  file: "stocks.csv",
  column: "price",
  symbolColumn: "symbol",
  ticksPerRow: TICKS_PER_MONTH,
});

/** The market: eight series of the npm package `vega-datasets` (BSD-3-Clause), none a copy of another. */
export const RECORDINGS: readonly Recording[] = [
  { symbol: "SP500", file: "sp500-2000.csv", column: "close", ticksPerRow: 1 },
  ...["MSFT", "AMZN", "IBM", "GOOG", "AAPL"].map(stock),
  { symbol: "SEATEMP", file: "seattle-weather.csv", column: "temp_max", ticksPerRow: 1 },
  {
    symbol: "SEAPRCP",
    file: "seattle-weather.csv",
    column: "precipitation",
    ticksPerRow: 1,
  },
];
