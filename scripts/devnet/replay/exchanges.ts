/** What an exchange tells about one market, prices as decimal text. */
export interface Ticker {
  readonly symbol: string;
  readonly tick: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly last: string;
  readonly bid: string;
  readonly ask: string;
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: object;
}

/** One exchange's public ticker endpoint: its paths, spellings, JSON shapes and temper. */
export interface Exchange {
  readonly name: string;
  /** The pair that a request names, in this exchange's spelling; `undefined` for any other endpoint. */
  pairOf(url: URL): string | undefined;
  /** Spellings of a symbol against USD that this exchange understands. */
  pairs(symbol: string): readonly string[];
  ticker(ticker: Ticker): object;
  unknownPair(pair: string): ErrorAnswer;
  /** Bounds of the time to answer, milliseconds, both included. */
  readonly latencyMs: readonly [number, number];
  /** Widest distance of bid and ask from the last price, parts per million. */
  readonly spreadPpm: number;
  /** Fraction digits that it prints. */
  readonly decimals: number;
}

const VOLUME = "1207.50668151";

const coinbase: Exchange = {
  name: "coinbase",
  pairOf: (url) => /^\/products\/([^/]+)\/ticker$/.exec(url.pathname)?.[1],
  pairs: (symbol) => [`${symbol}-USD`],
  ticker: ({ ask, bid, last, tick, at }) => ({
    ask,
    bid,
    volume: VOLUME,
    trade_id: 18_502_105 + tick,
    price: last,
    size: "0.00730812",
    // Coinbase prints microseconds.
    time: new Date(at).toISOString().replace("Z", "000Z"),
    rfq_volume: "7.669923",
  }),
  unknownPair: () => ({ status: 404, body: { message: "NotFound" } }),
  latencyMs: [2, 9],
  spreadPpm: 80,
  decimals: 6,
};

const kraken: Exchange = {
  name: "kraken",
  pairOf: (url) => (url.pathname === "/0/public/Ticker" ? (url.searchParams.get("pair") ?? "") : undefined),
  pairs: (symbol) => [`${symbol}USD`, krakenName(symbol)],
  ticker: ({ symbol, ask, bid, last }) => ({
    error: [],
    result: {
      [krakenName(symbol)]: {
        a: [ask, "1", "1.000"],
        b: [bid, "2", "2.000"],
        c: [last, "0.00158000"],
        v: ["863.20476515", VOLUME],
        p: [last, last],
        t: [9180, 25_341],
        l: [bid, bid],
        h: [ask, ask],
        o: last,
      },
    },
  }),
  // Kraken reports its errors under HTTP 200.
  unknownPair: () => ({ status: 200, body: { error: ["EQuery:Unknown asset pair"] } }),
  latencyMs: [6, 25],
  spreadPpm: 150,
  decimals: 5,
};

const bitstamp: Exchange = {
  name: "bitstamp",
  pairOf: (url) => /^\/api\/v2\/ticker\/([^/]+)\/$/.exec(url.pathname)?.[1],
  pairs: (symbol) => [`${symbol}usd`.toLowerCase()],
  ticker: ({ last, bid, ask, at }) => ({
    timestamp: String(Math.floor(at / 1000)),
    open: bid,
    high: ask,
    low: bid,
    last,
    volume: VOLUME,
    vwap: last,
    bid,
    ask,
    side: "0",
    open_24: bid,
    percent_change_24: "0.00",
  }),
  unknownPair: () => ({ status: 404, body: { status: "error", reason: "Unknown currency pair.", code: "404.002" } }),
  latencyMs: [4, 18],
  spreadPpm: 220,
  decimals: 4,
};

const gemini: Exchange = {
  name: "gemini",
  pairOf: (url) => /^\/v1\/pubticker\/([^/]+)$/.exec(url.pathname)?.[1],
  pairs: (symbol) => [`${symbol}usd`.toLowerCase()],
  ticker: ({ symbol, last, bid, ask, at }) => ({
    bid,
    ask,
    last,
    volume: { [symbol]: "3.5434218", USD: "259620.278863632", timestamp: at },
  }),
  unknownPair: (pair) => ({
    status: 400,
    body: { result: "error", reason: "Bad Request", message: `Supplied value '${pair}' is not a valid symbol` },
  }),
  latencyMs: [3, 14],
  spreadPpm: 120,
  decimals: 8,
};

export const EXCHANGES: readonly Exchange[] = [coinbase, kraken, bitstamp, gemini];

/** Kraken's answers are keyed by its own names, whatever spelling was asked for: `XBTUSD` comes back as `XXBTZUSD`. */
function krakenName(symbol: string): string {
  return `X${symbol}ZUSD`;
}
