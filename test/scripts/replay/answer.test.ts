import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { drawAnswer, NOISE_PPM, type Question } from "../../../scripts/devnet/replay/answer.ts";
import { createDraw } from "../../../scripts/devnet/replay/draw.ts";
import { EXCHANGES, type Exchange } from "../../../scripts/devnet/replay/exchanges.ts";
import {
  DEFAULT_FAULT_RATES,
  drawFault,
  FAULTS,
  NO_FAULTS,
  type Fault,
} from "../../../scripts/devnet/replay/faults.ts";
import { parsePrice } from "../../../scripts/devnet/replay/price.ts";

const [coinbase, kraken, bitstamp, gemini] = EXCHANGES as [Exchange, Exchange, Exchange, Exchange];

function question(changes: Partial<Question> = {}): Question {
  return {
    seed: "seed",
    rates: NO_FAULTS,
    exchange: coinbase,
    requester: "node-1",
    symbol: "SP500",
    tick: 7,
    recorded: 145_521_997_100n,
    at: 1_700_000_000_123,
    ...changes,
  };
}

function bodyOf(changes: Partial<Question>): unknown {
  return JSON.parse(drawAnswer(question(changes)).body.toString());
}

describe("draw", () => {
  it("is a function of seed and key alone", () => {
    const stream = (seed: string, key: (string | number)[]): number[] => {
      const draw = createDraw(seed, key);
      return Array.from({ length: 40 }, () => draw.below(1_000_000));
    };
    assert.deepEqual(stream("a", ["x", 1]), stream("a", ["x", 1]));
    assert.notDeepEqual(stream("a", ["x", 1]), stream("b", ["x", 1]));
    assert.notDeepEqual(stream("a", ["x", 1]), stream("a", ["x1"]));
    assert.equal(new Set(stream("a", ["x", 1])).size, 40);
  });
});

describe("faults", () => {
  it("come at their rates, and Kraken's own at Kraken alone", () => {
    const counts = new Map<string, number>();
    for (let tick = 0; tick < 50_000; tick += 1) {
      const fault = drawFault(DEFAULT_FAULT_RATES, "kraken", createDraw("s", [tick]));
      counts.set(String(fault), (counts.get(String(fault)) ?? 0) + 1);
      assert.notEqual(drawFault(DEFAULT_FAULT_RATES, "gemini", createDraw("s", [tick])), "kraken-error");
    }
    for (const fault of FAULTS) {
      const expected = DEFAULT_FAULT_RATES[fault] * 5;
      assert.ok(
        Math.abs((counts.get(fault) ?? 0) - expected) < 5 * Math.sqrt(expected),
        `${fault} ${counts.get(fault)}`,
      );
    }
  });
});

describe("answer", () => {
  it("is the same for the same question, and another for each other requester, exchange, tick and seed", () => {
    const asked = question();
    assert.deepEqual(drawAnswer(asked), drawAnswer(asked));
    const others = [{ requester: "node-2" }, { exchange: gemini }, { tick: 8 }, { seed: "other" }];
    const prices = [{}, ...others].map((change) => drawAnswer(question(change)).price);
    assert.equal(new Set(prices).size, prices.length);
  });

  it("stays within the noise, keeps bid ≤ last ≤ ask below zero too, and logs the price that it sends", () => {
    const recorded = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
    fc.assert(
      fc.property(recorded, fc.nat(), fc.constantFrom(...EXCHANGES), (price, tick, exchange) => {
        const ticker: string[] = [];
        const spy = {
          ...exchange,
          ticker: (t: { bid: string; last: string; ask: string }) => ticker.push(t.bid, t.last, t.ask),
        };
        const answer = drawAnswer(question({ recorded: price, tick, exchange: spy as unknown as Exchange }));
        const [bid, last, ask] = ticker.map((text) => parsePrice(text)!) as [bigint, bigint, bigint];
        const magnitude = price < 0n ? -price : price;
        const step = 10n ** BigInt(8 - exchange.decimals);
        const distance = last > price ? last - price : price - last;
        assert.ok(distance <= (magnitude * BigInt(NOISE_PPM)) / 1_000_000n + step);
        assert.ok(bid <= last && last <= ask);
        assert.equal(parsePrice(answer.price!), last);
        assert.ok(answer.latencyMs >= exchange.latencyMs[0] && answer.latencyMs <= exchange.latencyMs[1]);
      }),
    );
  });

  it("speaks Coinbase's shape", () => {
    const body = bodyOf({}) as Record<string, unknown>;
    assert.deepEqual(Object.keys(body), ["ask", "bid", "volume", "trade_id", "price", "size", "time", "rfq_volume"]);
    assert.equal(body.time, "2023-11-14T22:13:20.123000Z");
    assert.match(String(body.price), /^145\d\.\d{6}$/);
  });

  it("speaks Kraken's shape, under Kraken's own name of the pair", () => {
    const body = bodyOf({ exchange: kraken }) as { error: string[]; result: Record<string, { c: string[] }> };
    assert.deepEqual(body.error, []);
    assert.deepEqual(Object.keys(body.result), ["XSP500ZUSD"]);
    assert.match(body.result.XSP500ZUSD!.c[0]!, /^145\d\.\d{5}$/);
  });

  it("speaks Bitstamp's shape", () => {
    const body = bodyOf({ exchange: bitstamp }) as Record<string, unknown>;
    assert.equal(body.timestamp, "1700000000");
    assert.match(String(body.last), /^145\d\.\d{4}$/);
  });

  it("speaks Gemini's shape", () => {
    const body = bodyOf({ exchange: gemini }) as { last: string; volume: Record<string, unknown> };
    assert.match(body.last, /^145\d\.\d{8}$/);
    assert.deepEqual(Object.keys(body.volume), ["SP500", "USD", "timestamp"]);
  });

  for (const fault of FAULTS) {
    for (const recorded of [145_521_997_100n, 0n, -110_000_000n]) {
      it(`carries no price when it is spoilt: ${fault} at ${recorded}`, () => {
        const rates: Record<Fault, number> = { ...NO_FAULTS, [fault]: 10_000 };
        const sound = drawAnswer(question({ exchange: kraken, recorded }));
        const answer = drawAnswer(question({ exchange: kraken, recorded, rates }));
        assert.equal(answer.fault, fault);
        assert.equal(answer.price, null);
        assert.ok(!answer.body.includes(`"c":["${sound.price ?? ""}"`));
        if (["garbage", "truncated"].includes(fault)) assert.throws(() => JSON.parse(answer.body.toString()));
      });
    }
  }
});
