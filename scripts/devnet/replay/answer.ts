import { createDraw, type Draw } from "./draw.ts";
import type { Exchange } from "./exchanges.ts";
import { drawFault, type Fault, type FaultRates } from "./faults.ts";
import { formatPrice } from "./price.ts";

/** How far an exchange's last price may lie from the recorded one, parts per million. */
export const NOISE_PPM = 500;
const MILLION = 1_000_000n;

export interface Question {
  readonly seed: string;
  readonly rates: FaultRates;
  readonly exchange: Exchange;
  readonly requester: string;
  readonly symbol: string;
  readonly tick: number;
  /** The recorded price at that tick, in integers of 10⁻⁸. */
  readonly recorded: bigint;
  /** Unix milliseconds, for the time fields alone. */
  readonly at: number;
}

/** What the server will do: wait, then send, or for a stall never send. */
export interface Answer {
  readonly latencyMs: number;
  readonly fault: Fault | null;
  /** The last price, as it is sent; `null` when the answer carries none. */
  readonly price: string | null;
  /** 0 for a stall, which sends nothing. */
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The answer to a question: all of it but the time fields is a function of seed, exchange, requester, symbol and tick. */
export function drawAnswer(question: Question): Answer {
  const { seed, rates, exchange, requester, symbol, tick } = question;
  const draw = createDraw(seed, [exchange.name, requester, symbol, tick]);
  const [fastest, slowest] = exchange.latencyMs;
  const latencyMs = fastest + draw.below(slowest - fastest + 1);
  const fault = drawFault(rates, exchange.name, draw);
  const quote = drawQuote(question, draw);
  const sound = json(exchange.ticker({ symbol, tick, at: question.at, ...quote }));
  if (fault === null) return { latencyMs, fault, price: quote.last, status: 200, ...sound };
  return { latencyMs, fault, price: null, status: 200, ...spoil(fault, sound, quote.last) };
}

interface Quote {
  readonly last: string;
  readonly bid: string;
  readonly ask: string;
}

function drawQuote({ recorded, exchange }: Question, draw: Draw): Quote {
  const noise = BigInt(draw.below(2 * NOISE_PPM + 1) - NOISE_PPM);
  const spread = BigInt(1 + draw.below(exchange.spreadPpm));
  const last = recorded + (recorded * noise) / MILLION;
  // By magnitude, so that bid ≤ ask below zero too.
  const distance = ((last < 0n ? -last : last) * spread) / MILLION;
  const print = (price: bigint): string => formatPrice(price, exchange.decimals);
  return { last: print(last), bid: print(last - distance), ask: print(last + distance) };
}

type Content = Pick<Answer, "contentType" | "body">;

export function json(body: object): Content {
  return { contentType: "application/json; charset=utf-8", body: Buffer.from(JSON.stringify(body)) };
}

function spoil(fault: Fault, sound: Content, last: string): Content & { readonly status?: number } {
  switch (fault) {
    case "status-500":
      return { status: 500, ...json({ message: "Internal server error" }) };
    case "garbage":
      // Not JSON, and not even UTF-8.
      return { contentType: "text/html", body: Buffer.from("<html>\xff\xfe upstream connect error </html>", "latin1") };
    case "truncated":
      // Cut before the last price, so that nobody can have read it.
      return { ...sound, body: sound.body.subarray(0, sound.body.indexOf(last)) };
    case "stall":
      return { ...sound, status: 0, body: Buffer.alloc(0) };
    case "kraken-error":
      return json({ error: ["EService:Unavailable"] });
  }
}
