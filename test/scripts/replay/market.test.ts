import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadMarket, priceAt, type Series } from "../../../scripts/devnet/replay/market.ts";
import { formatPrice, parsePrice } from "../../../scripts/devnet/replay/price.ts";
import { RECORDINGS } from "../../../scripts/devnet/replay/recordings.ts";

const market = await loadMarket();

function series(symbol: string): Series {
  return market.get(symbol)!;
}

describe("price text", () => {
  it("survives the way through integers", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n }), (price) => {
        assert.equal(parsePrice(formatPrice(price, 8)), price);
      }),
    );
  });

  for (const [price, decimals, text] of [
    [1_280_000_000n, 4, "12.8000"],
    [-50_000_000n, 5, "-0.50000"],
    [-9_999n, 4, "0.0000"],
    [9_999n, 4, "0.0000"],
    [-19_999n, 4, "-0.0001"],
    [0n, 1, "0.0"],
  ] as const) {
    it(`prints ${price} with ${decimals} digits as ${text}`, () => assert.equal(formatPrice(price, decimals), text));
  }

  for (const text of ["", "1.", ".5", "+1", "1e3", "0x10", "1.123456789", " 1", "NaN", "1,5"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parsePrice(text), undefined));
  }
});

describe("recorded market", () => {
  it("has eight series, none a copy of another", () => {
    assert.equal(market.size, 8);
    const contents = [...market.values()].map(({ rows }) => rows.join());
    assert.equal(new Set(contents).size, 8);
  });

  it("holds the recorded rows exactly", () => {
    assert.deepEqual(series("SP500").rows.slice(0, 2), [145_521_997_100n, 139_942_004_400n]);
    assert.equal(series("SP500").rows.at(-1), 287_456_005_900n);
    assert.deepEqual(series("AAPL").rows.slice(-1), [22_302_000_000n]);
    assert.equal(series("MSFT").rows.length, 123);
    assert.equal(series("GOOG").rows.length, 68);
    assert.equal(series("SEATEMP").rows[18], -110_000_000n);
    assert.equal(series("SEAPRCP").rows[0], 0n);
  });

  it("interpolates months in equal steps", () => {
    const { rows } = series("MSFT");
    assert.equal(priceAt(series("MSFT"), 0), 3_981_000_000n);
    assert.equal(priceAt(series("MSFT"), 8), 3_635_000_000n);
    assert.equal(priceAt(series("MSFT"), 4), (rows[0]! + rows[1]!) / 2n);
  });

  it("turns at both ends without a jump", () => {
    for (const each of market.values()) {
      const last = (each.rows.length - 1) * each.ticksPerRow;
      for (let step = 0; step < 20; step += 1) {
        assert.equal(priceAt(each, last + step), priceAt(each, last - step));
        assert.equal(priceAt(each, 2 * last + step), priceAt(each, step));
      }
      assert.equal(priceAt(each, last), each.rows.at(-1));
    }
  });

  it("stays between the lowest and the highest row at every tick", () => {
    for (const each of market.values()) {
      const lowest = each.rows.reduce((a, b) => (a < b ? a : b));
      const highest = each.rows.reduce((a, b) => (a > b ? a : b));
      fc.assert(
        fc.property(fc.nat(1_000_000), (tick) => {
          const price = priceAt(each, tick);
          assert.ok(price >= lowest && price <= highest);
        }),
      );
    }
  });

  for (const { symbol } of RECORDINGS) {
    it(`${symbol} moves by more than 0.1 % in at least one tick of three`, () => {
      const ticks = 500;
      let moves = 0;
      for (let tick = 0; tick < ticks; tick += 1) {
        const from = priceAt(series(symbol), tick);
        const to = priceAt(series(symbol), tick + 1);
        const magnitude = from < 0n ? -from : from;
        const move = to > from ? to - from : from - to;
        if (move * 1000n > magnitude) moves += 1;
      }
      assert.ok(moves * 3 >= ticks, `${moves} of ${ticks} ticks`);
    });
  }
});
