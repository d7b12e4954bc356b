import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerRecord } from "./answer-log.ts";
import { drawAnswer, json, type Answer } from "./answer.ts";
import { deliver } from "./delivery.ts";
import type { FaultRates } from "./faults.ts";
import { priceAt, type Series } from "./market.ts";
import type { Slowness } from "./slowness.ts";
import { pairKey, routeOf, type Route } from "./route.ts";

/** What stays the same for all answers of a run. */
export interface Play {
  readonly seed: string;
  readonly faults: FaultRates;
  /** Answers do not wait. */
  readonly calm: boolean;
  readonly market: ReadonlyMap<string, Series>;
  readonly symbols: ReadonlyMap<string, string>;
  /** Of an exchange, right now. */
  readonly slownessOf: (exchange: string) => Slowness | undefined;
  readonly tickAt: (ms: number) => number;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly nextId: () => string;
}

/** Answers one request and tells what became of it; `undefined` for requests that no exchange would know. */
export async function respond(
  play: Play,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<AnswerRecord | undefined> {
  const at = play.now();
  const route = request.method === "GET" ? routeOf(request.url ?? "") : undefined;
  if (route === undefined) {
    response.writeHead(404, { "content-type": "application/json" }).end('{"error":"no such exchange or endpoint"}');
    return undefined;
  }
  const { requester, exchange, pair } = route;
  const symbol = play.symbols.get(pairKey(exchange, pair));
  const tick = play.tickAt(at);
  const answer = symbol === undefined ? unknownPair(route) : answerFor(play, { ...route, symbol, tick, at });
  const delivered = await deliver(answer, response, play.slownessOf(exchange.name));
  return {
    id: play.nextId(),
    at: play.now(),
    requester,
    exchange: exchange.name,
    symbol: symbol ?? pair,
    tick,
    traceId: traceIdOf(request),
    price: answer.price,
    fault: answer.fault,
    status: answer.status,
    latencyMs: play.now() - at,
    aborted: !delivered || request.socket.errored !== null,
  };
}

interface Asked extends Route {
  readonly symbol: string;
  readonly tick: number;
  readonly at: number;
}

function answerFor(play: Play, { exchange, requester, symbol, tick, at }: Asked): Answer {
  const series = play.market.get(symbol);
  if (series === undefined) throw new RangeError(`no series ${symbol}`);
  const { seed, faults: rates } = play;
  const answer = drawAnswer({ seed, rates, exchange, requester, symbol, tick, at, recorded: priceAt(series, tick) });
  return play.calm ? { ...answer, latencyMs: 0 } : answer;
}

function unknownPair({ exchange, pair }: Route): Answer {
  const { status, body } = exchange.unknownPair(pair);
  return { latencyMs: exchange.latencyMs[0], fault: null, price: null, status, ...json(body) };
}

/** The trace id of a W3C `traceparent` header, version 00. */
function traceIdOf({ headers }: IncomingMessage): string | null {
  const header = headers.traceparent;
  if (typeof header !== "string") return null;
  return /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header)?.[1] ?? null;
}
