import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonRpcProvider } from "ethers";
import fc from "fast-check";
import { type FeeOptions, type Fees, quoteFees, raisedFees } from "../../../node/chain/fees.ts";

const GWEI = 1_000_000_000n;
const OPTIONS: FeeOptions = {
  ...{ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: undefined },
  ...{ bumpPercent: 12, bumpAfterMs: 30_000 },
};
const dynamic = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): Fees => ({
  ...{ kind: "eip-1559", maxFeePerGas, maxPriorityFeePerGas },
});
const legacy = (gasPrice: bigint): Fees => ({ kind: "legacy", gasPrice });

function endpoint({ baseFee, tip, gasPrice = 0n }: { baseFee?: bigint; tip?: bigint; gasPrice?: bigint }) {
  return {
    getBlock: () => Promise.resolve({ baseFeePerGas: baseFee ?? null }),
    send(method: string) {
      if (method === "eth_gasPrice") return Promise.resolve(`0x${gasPrice.toString(16)}`);
      return tip === undefined ? Promise.reject(new Error("unknown method")) : Promise.resolve(`0x${tip.toString(16)}`);
    },
  } as unknown as JsonRpcProvider;
}

describe("the fees of a transaction", () => {
  it("leave room for the base fee to double, and take the chain's tip", async () => {
    assert.deepEqual(
      await quoteFees(endpoint({ baseFee: 5n * GWEI, tip: 2n * GWEI }), OPTIONS),
      dynamic(12n * GWEI, 2n * GWEI),
    );
  });

  it("take a usual tip where the chain names none", async () => {
    assert.deepEqual(await quoteFees(endpoint({ baseFee: GWEI }), OPTIONS), dynamic(3n * GWEI, GWEI));
  });

  it("stay within the caps", async () => {
    const dear = endpoint({ baseFee: 500n * GWEI, tip: 300n * GWEI, gasPrice: 500n * GWEI });
    assert.deepEqual(await quoteFees(dear, OPTIONS), dynamic(100n * GWEI, 100n * GWEI));
    assert.deepEqual(await quoteFees(endpoint({ gasPrice: 500n * GWEI }), OPTIONS), legacy(100n * GWEI));
  });

  it("leave room below a cap of the tip for three replacements, each with a higher tip", async () => {
    for (const [cap, bumpPercent] of [
      [3n * GWEI, 12],
      [2n * GWEI, 15],
      [1_000n, 10],
      [GWEI, 100],
    ] as const) {
      const options = { ...OPTIONS, maxFeePerGas: 500n * GWEI, maxPriorityFeePerGas: cap, bumpPercent };
      let fees = await quoteFees(endpoint({ baseFee: 20n * GWEI, tip: cap }), options);
      for (const baseFee of [30n * GWEI, 60n * GWEI, 120n * GWEI]) {
        const quote = await quoteFees(endpoint({ baseFee, tip: 2n * cap }), options);
        const raised = raisedFees(fees, quote, options);
        assert.ok(raised?.kind === "eip-1559", `cap ${cap}, base fee ${baseFee}`);
        assert.ok(raised.maxFeePerGas >= 2n * baseFee && raised.maxPriorityFeePerGas <= cap);
        fees = raised;
      }
    }
  });

  it("take a low tip as the chain asks for it", async () => {
    const options = { ...OPTIONS, maxPriorityFeePerGas: 3n * GWEI };
    assert.deepEqual(
      await quoteFees(endpoint({ baseFee: GWEI, tip: 2n * GWEI }), options),
      dynamic(4n * GWEI, 2n * GWEI),
    );
  });

  it("are a gas price where the chain has no base fee", async () => {
    assert.deepEqual(await quoteFees(endpoint({ gasPrice: 7n * GWEI }), OPTIONS), legacy(7n * GWEI));
  });

  it("rise by the configured part, or to what the chain asks now", () => {
    assert.deepEqual(raisedFees(dynamic(100n, 10n), dynamic(50n, 5n), OPTIONS), dynamic(112n, 12n));
    assert.deepEqual(raisedFees(dynamic(100n, 10n), dynamic(500n, 60n), OPTIONS), dynamic(500n, 60n));
    assert.deepEqual(raisedFees(legacy(100n), legacy(105n), OPTIONS), legacy(112n));
  });

  it("rise though they were nothing", () => {
    assert.deepEqual(raisedFees(dynamic(0n, 0n), dynamic(0n, 0n), OPTIONS), dynamic(1n, 1n));
  });

  it("rise a last time to the cap if that is a tenth more, else not", () => {
    const caps = { ...OPTIONS, maxFeePerGas: 110n };
    assert.deepEqual(raisedFees(dynamic(100n, 10n), dynamic(0n, 0n), caps), dynamic(110n, 12n));
    assert.equal(raisedFees(dynamic(101n, 10n), dynamic(0n, 0n), caps), undefined);
    assert.equal(raisedFees(legacy(101n), legacy(0n), caps), undefined);
    assert.equal(raisedFees(dynamic(50n, 10n), dynamic(0n, 0n), { ...caps, maxPriorityFeePerGas: 10n }), undefined);
  });

  it("are never above the caps, and never a replacement that nodes refuse", () => {
    const fee = fc.bigInt({ min: 0n, max: 200n * GWEI });
    fc.assert(
      fc.property(fee, fee, fee, (last, quote, cap) => {
        const options = { ...OPTIONS, maxFeePerGas: cap };
        const raised = raisedFees(dynamic(last, last / 2n), dynamic(quote, quote / 3n), options);
        if (raised?.kind !== "eip-1559") return raised === undefined;
        const { maxFeePerGas, maxPriorityFeePerGas } = raised;
        assert.ok(maxFeePerGas <= cap && maxPriorityFeePerGas <= maxFeePerGas);
        assert.ok(maxFeePerGas * 10n >= last * 11n && maxFeePerGas > last);
        assert.ok(maxPriorityFeePerGas * 10n >= (last / 2n) * 11n);
        return true;
      }),
    );
  });
});
