import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { ReplayEntry } from "./replay-log.ts";

/** The precision in which a fetcher takes its median. */
const EXACT_DECIMALS = 18;
/** A fetcher observes nothing from fewer sources. */
const MIN_EXCHANGES = 2;

export interface AuditedRound {
  readonly traceId: string;
  /** The observers whose observations went into the report, by the name under which they read their sources. */
  readonly observers: readonly { readonly requester: string }[];
  /** The replay's symbols, as in the log. */
  readonly feeds: readonly string[];
  /** Decimals of the answers on chain, 0…18. */
  readonly decimals: number;
}

/** What the log says about one feed. `observed` holds every observer that had a value, scaled to the round's decimals. */
export type Recomputed = { readonly observed: ReadonlyMap<string, bigint> } & (
  { readonly value: bigint } | { readonly value: undefined; readonly reason: string }
);

export interface RoundInvalid {
  readonly code: "round-invalid";
}

/**
 * What a round's report must say, by feed, from nothing but what the replayed exchanges sent. Pure, and it shares no code
 * with the nodes: per observer the median of the prices that reached it (18 decimals; floor of the mean of two middles),
 * scaled toward zero; per feed the middle of the observers' values.
 * @throws QuorateError<RoundInvalid> for a round that has no middle: an even number of observers, or none.
 */
export function recomputeMedians(log: readonly ReplayEntry[], round: AuditedRound): ReadonlyMap<string, Recomputed> {
  const names = new Set(round.observers.map(({ requester }) => requester));
  if (names.size % 2 === 0 || names.size !== round.observers.length) {
    throw new QuorateError<RoundInvalid>(
      { code: "round-invalid" },
      `a round has an odd number of distinct observers, not [${round.observers.map((o) => o.requester).join(", ")}]`,
    );
  }
  const entries = log.filter(({ traceId, requester }) => traceId === round.traceId && names.has(requester));
  return new Map(round.feeds.map((feed) => [feed, recomputeFeed(entries, { feed, round })]));
}

function recomputeFeed(
  entries: readonly ReplayEntry[],
  { feed, round }: { readonly feed: string; readonly round: AuditedRound },
): Recomputed {
  const observed = new Map<string, bigint>();
  const reasons: string[] = [];
  for (const { requester } of round.observers) {
    const asked = entries.filter((entry) => entry.symbol === feed && entry.requester === requester);
    const observation = observe(asked);
    if (typeof observation === "bigint") {
      observed.set(requester, observation / 10n ** BigInt(EXACT_DECIMALS - round.decimals));
    } else {
      reasons.push(`${requester}: ${observation}`);
    }
  }
  if (reasons.length > 0) return { observed, value: undefined, reason: reasons.join("; ") };
  return { observed, value: middle([...observed.values()]) };
}

/** An observer's value at 18 decimals, or why it cannot have had one. */
function observe(asked: readonly ReplayEntry[]): bigint | string {
  const prices = new Map<string, string>();
  for (const { exchange, price, fault, status, aborted } of lastAsked(asked).values()) {
    if (price === null || fault !== null || status !== 200 || aborted) continue;
    prices.set(exchange, price);
  }
  if (prices.size < MIN_EXCHANGES) return `${prices.size} of ${asked.length} answers carried a price`;
  const exact: bigint[] = [];
  for (const [exchange, price] of prices) {
    const value = exactPrice(price);
    if (value === undefined) return `${exchange} told it ${JSON.stringify(price)}, which is no decimal`;
    exact.push(value);
  }
  return middle(exact);
}

/**
 * The last request to each exchange, whatever became of it. An observer that asks again for a round has thrown away what it
 * had heard: it was restarted, or had asked for a round that then started late.
 */
function lastAsked(asked: readonly ReplayEntry[]): ReadonlyMap<string, ReplayEntry> {
  const arrival = ({ at, latencyMs }: ReplayEntry): number => at - latencyMs;
  const rising = asked.toSorted((a, b) => arrival(a) - arrival(b));
  return new Map(rising.map((entry) => [entry.exchange, entry]));
}

/** The median; for an even count the mean of the two middles, rounded down (toward −∞). */
function middle(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined) throw new RangeError("the median of nothing");
  const sum = low + high;
  return sum >= 0n || sum % 2n === 0n ? sum / 2n : (sum - 1n) / 2n;
}

/** Decimal text with at most 18 fraction digits, times 10¹⁸. */
function exactPrice(text: string): bigint | undefined {
  if (!/^-?\d+(?:\.\d{1,18})?$/.test(text)) return undefined;
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(EXACT_DECIMALS, "0"));
}
