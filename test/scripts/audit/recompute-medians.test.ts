import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { recomputeMedians, type Recomputed } from "../../../scripts/devnet/audit/recompute-medians.ts";
import { readReplayLog, type ReplayEntry } from "../../../scripts/devnet/audit/replay-log.ts";
import { roundTraceId } from "../../../scripts/devnet/audit/round-trace-id.ts";
import { createReplayServer } from "../../../scripts/devnet/replay/server.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const EXCHANGES = ["coinbase", "kraken", "bitstamp", "gemini"];
let ids = 0;

function entry(changes: Partial<ReplayEntry> = {}): ReplayEntry {
  return {
    id: String(ids++),
    at: 0,
    requester: "node-1",
    exchange: "coinbase",
    symbol: "SP500",
    tick: 0,
    traceId: TRACE,
    price: "100",
    fault: null,
    status: 200,
    latencyMs: 5,
    aborted: false,
    ...changes,
  };
}

/** One node's entries for one feed, one exchange after the other. */
function entries(prices: readonly string[], changes: Partial<ReplayEntry> = {}): ReplayEntry[] {
  return prices.map((price, i) => entry({ price, exchange: EXCHANGES[i]!, ...changes }));
}

function recompute(log: ReplayEntry[], requesters = ["node-1"], decimals = 8): Recomputed {
  const observers = requesters.map((requester) => ({ requester }));
  return recomputeMedians(log, { traceId: TRACE, observers, feeds: ["SP500"], decimals }).get("SP500")!;
}

function valueOf(prices: readonly string[], decimals = 8): bigint | undefined {
  return recompute(entries(prices), ["node-1"], decimals).value;
}

describe("recomputeMedians", () => {
  for (const [prices, value] of [
    [["3", "1", "2"], 200_000_000n],
    [["1", "2"], 150_000_000n],
    [["9", "1", "3", "2"], 250_000_000n],
    [["0.00000001", "0.00000002"], 1n],
    [["-0.00000001", "-0.00000002"], -1n],
    [["-1.1", "0.0", "3.25"], 0n],
    [["-0.5", "-12.8"], -665_000_000n],
    [["1.123456789", "1.123456789"], 112_345_678n],
    [["-1.123456789", "-1.123456789"], -112_345_678n],
  ] as const) {
    it(`of ${prices.join(", ")} is ${value}`, () => assert.equal(valueOf(prices), value));
  }

  it("rounds the mean of two middles down, below zero too", () => {
    assert.equal(valueOf(["0.000000000000000001", "0.000000000000000002"], 18), 1n);
    assert.equal(valueOf(["-0.000000000000000001", "-0.000000000000000002"], 18), -2n);
    assert.equal(valueOf(["-0.000000000000000001", "0"], 18), -1n);
  });

  it("is a value with as many prices below as above it", () => {
    const price = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
    fc.assert(
      fc.property(fc.array(price, { minLength: 2, maxLength: 4 }), (values) => {
        const prices = values.map((value) => {
          const digits = String(value < 0n ? -value : value).padStart(19, "0");
          return `${value < 0n ? "-" : ""}${digits.slice(0, -18)}.${digits.slice(-18)}`;
        });
        const median = valueOf(prices, 18)!;
        const half = values.length / 2;
        assert.ok(values.filter((v) => v < median).length <= half);
        // The floor may lie just below both middles of an even count, never below a third value.
        assert.ok(values.filter((v) => v > median).length <= half);
        if (values.length % 2 === 1) assert.ok(values.includes(median));
        assert.deepEqual(valueOf(prices.toReversed(), 18), median);
      }),
    );
  });

  it("takes the middle of the observers", () => {
    const log = ["104", "90", "101"].flatMap((price, i) => entries([price, price], { requester: `node-${i + 1}` }));
    const result = recompute(log, ["node-1", "node-2", "node-3"], 0);
    assert.equal(result.value, 101n);
    assert.deepEqual(
      [...result.observed],
      [
        ["node-1", 104n],
        ["node-2", 90n],
        ["node-3", 101n],
      ],
    );
  });

  for (const [name, spoilt] of [
    ["a fault", { fault: "garbage" }],
    ["no price", { price: null }],
    ["another status", { status: 500 }],
    ["an aborted answer", { aborted: true }],
    ["another round", { traceId: "f".repeat(32) }],
    ["no round", { traceId: null }],
    ["another node", { requester: "node-2" }],
    ["another feed", { symbol: "MSFT" }],
  ] as const) {
    it(`does not count ${name}`, () => {
      const log = [...entries(["1", "3"]), entry({ exchange: "bitstamp", price: "1000", ...spoilt })];
      assert.equal(recompute(log).value, 200_000_000n);
    });
  }

  it("has no value when one observer has fewer than two prices, and says whose", () => {
    const log = [
      ...["node-1", "node-2"].flatMap((requester) => entries(["1", "2"], { requester })),
      entry({ requester: "node-3" }),
      entry({ requester: "node-3", exchange: "kraken", fault: "kraken-error", price: null }),
    ];
    const result = recompute(log, ["node-1", "node-2", "node-3"]);
    assert.equal(result.value, undefined);
    assert.equal("reason" in result && result.reason, "node-3: 1 of 2 answers carried a price");
    assert.equal(result.observed.size, 2);
  });

  it("goes by what an observer heard when it last asked, whatever came first and however that ended", () => {
    const before = entries(["1", "2"], { at: 1_000 });
    const again = (changes: Partial<ReplayEntry>) => entry({ at: 1_600, latencyMs: 40, ...changes });
    const kraken = again({ exchange: "kraken", price: "9" });
    assert.equal(recompute([...before, kraken, again({ price: "5" })]).value, 700_000_000n);
    assert.equal(recompute([kraken, again({ price: "5" }), ...before]).value, 700_000_000n, "in any order");
    const slow = entry({ price: "1", at: 1_700, latencyMs: 600, aborted: true });
    assert.equal(recompute([again({ price: "5" }), kraken, slow]).value, 700_000_000n, "asked before, ended after");
    for (const failure of [{ fault: "garbage" }, { price: null }, { status: 500 }, { aborted: true }]) {
      const result = recompute([...before, kraken, again({ price: "5", ...failure })]);
      assert.match("reason" in result ? result.reason : "", /1 of 4 answers/);
    }
  });

  it("has no value when a price is no decimal", () => {
    const result = recompute(entries(["1", "1e3"]));
    assert.match("reason" in result ? result.reason : "", /no decimal/);
  });

  it("refuses a round without a middle", () => {
    for (const requesters of [[], ["a", "b"], ["a", "b", "b"]]) {
      assert.throws(
        () => recompute([], requesters),
        (error) => error instanceof QuorateError && error.code === "round-invalid",
      );
    }
  });
});

describe("roundTraceId", () => {
  it("is the front half of the hash over digest and sequence", () => {
    const digest = `0x${"ab".repeat(32)}`;
    const preimage = `${digest}0001000000020003`;
    assert.equal(`0x${roundTraceId(digest, 0x0001_0000_0002_0003n)}`, keccak256(preimage).slice(0, 34));
  });
});

describe("audit of the replay", () => {
  it("finds the medians of what its clients really received, faults included", async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-audit-"));
    const logFile = join(folder, "replay.jsonl");
    const faults = { "status-500": 800, garbage: 800, truncated: 800, stall: 0, "kraken-error": 800 };
    const replay = await createReplayServer({ seed: "audit", tickMs: 1000, logFile, faults }, { now: () => 0 });
    const requesters = ["node-1", "node-2", "node-3"];
    const readers: Record<string, { path: string; price: RegExp }> = {
      coinbase: { path: "/products/SEATEMP-USD/ticker", price: /"price":"([^"]+)"/ },
      kraken: { path: "/0/public/Ticker?pair=SEATEMPUSD", price: /"c":\["([^"]+)"/ },
      bitstamp: { path: "/api/v2/ticker/seatempusd/", price: /"last":"([^"]+)"/ },
      gemini: { path: "/v1/pubticker/seatempusd", price: /"last":"([^"]+)"/ },
    };
    let faulty = 0;
    try {
      for (let round = 0; round < 12; round += 1) {
        const traceId = roundTraceId(`0x${"11".repeat(32)}`, BigInt(round));
        const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
        // The name makes each round draw anew, as the clock stands still.
        const observers = requesters.map((requester) => ({ requester: `${requester}-${round}` }));
        const medians = await Promise.all(
          observers.map(async ({ requester }) => {
            const texts = await Promise.all(
              Object.entries(readers).map(async ([exchange, { path, price }]) => {
                const body = await (await fetch(`${replay.url}/${requester}/${exchange}${path}`, { headers })).text();
                return price.exec(body)?.[1];
              }),
            );
            const seen = texts.filter((text) => text !== undefined).map((text) => Math.round(Number(text) * 1e8));
            faulty += 4 - seen.length;
            seen.sort((a, b) => a - b);
            const low = seen[(seen.length - 1) >> 1]!;
            return seen.length < 2 ? undefined : BigInt(Math.trunc((low + seen[seen.length >> 1]!) / 2));
          }),
        );
        const { entries: log } = await readReplayLog(logFile, { traceIds: new Set([traceId]) });
        const result = recomputeMedians(log, { traceId, observers, feeds: ["SEATEMP"], decimals: 8 }).get("SEATEMP")!;
        const expected = medians.includes(undefined) ? undefined : medians.toSorted((a, b) => Number(a! - b!))[1];
        assert.equal(result.value, expected);
      }
      assert.ok(faulty > 10, "faults must have happened for this test to mean anything");
    } finally {
      await replay.close();
      await rm(folder, { recursive: true });
    }
  });
});
