import { EXCHANGES, type Exchange } from "./exchanges.ts";

/** A request for a ticker: `/<requester>/<exchange>/<that exchange's real path>`. */
export interface Route {
  readonly requester: string;
  readonly exchange: Exchange;
  /** As the requester spells it. */
  readonly pair: string;
}

/** Names and pairs go into the log, so they are short and plain. */
const PREFIX = /^\/([\w.-]{1,64})\/([a-z]{1,32})(?=\/)/;
const MAX_PAIR_CHARACTERS = 32;

/** `undefined` for anything that is no ticker endpoint of a known exchange. */
export function routeOf(target: string): Route | undefined {
  const [prefix, requester, name] = PREFIX.exec(target) ?? [];
  if (prefix === undefined || requester === undefined) return undefined;
  const exchange = EXCHANGES.find((candidate) => candidate.name === name);
  // The base stands in for the exchange's own host; `//…` must not become another one.
  const url = URL.parse(`http://exchange${target.slice(prefix.length)}`);
  const pair = url === null ? undefined : exchange?.pairOf(url);
  if (exchange === undefined || pair === undefined || pair.length > MAX_PAIR_CHARACTERS) return undefined;
  return { requester, exchange, pair };
}

/** By exchange and pair, as `kraken SP500USD`: the symbol that is meant. */
export function symbolsByPair(symbols: Iterable<string>): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const symbol of symbols) {
    for (const exchange of EXCHANGES) {
      for (const pair of exchange.pairs(symbol)) known.set(pairKey(exchange, pair), symbol);
    }
  }
  return known;
}

export function pairKey(exchange: Exchange, pair: string): string {
  return `${exchange.name} ${pair}`;
}
