import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { settled } from "../../support/manual-clock.ts";
import { BUMP_AFTER_MS, createRig, GWEI, type Rig, sequenceOfData } from "./support/account-rig.ts";

const contents = (rig: Rig) => rig.chain.included.map(({ nonce, data }) => [nonce, sequenceOfData(data)]);

/** One call that is in block 1, and settles with its third confirmation. */
async function included(rig: Rig) {
  const fate = rig.wish(1n);
  await settled();
  rig.chain.mine();
  await rig.polls();
  return { end: rig.settledFate(fate.included!.txHash), txHash: fate.included!.txHash };
}

describe("after a restart an account", () => {
  it("goes on with what is still pending: same nonce, same bytes, then more for it", async () => {
    const rig = createRig();
    rig.wish(1n);
    await settled();
    await rig.stop();
    rig.chain.emptyPool();
    rig.chain.baseFee = 4n * GWEI;
    rig.start();
    await rig.polls();
    assert.equal(rig.chain.pending[0]?.hash, rig.chain.offered[0]?.hash);
    await rig.clock.advance(BUMP_AFTER_MS);
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual(contents(rig), [[0, 1n]]);
    await rig.stop();
  });

  it("finds what came into a block meanwhile, and answers who wishes the same again", async () => {
    const rig = createRig();
    rig.wish(1n);
    await settled();
    await rig.stop();
    rig.start();
    const again = rig.wish(1n);
    rig.chain.mine();
    await rig.polls(2);
    assert.equal(again.included?.blockNumber, 1);
    rig.chain.mine(3);
    await rig.polls();
    assert.deepEqual([rig.chain.included.length, rig.store.open()], [1, []]);
    await rig.stop();
  });

  it("uses the nonce for something else when the call is wanted no more", async () => {
    const rig = createRig();
    rig.wish(1n);
    await settled();
    await rig.stop();
    rig.calledOff.add(1n);
    rig.start();
    rig.wish(2n);
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual(contents(rig), [[0, 2n]]);
    await rig.stop();
  });

  it("waits for finality of what was in a block before", async () => {
    const rig = createRig();
    const { txHash } = await included(rig);
    await rig.stop();
    rig.start();
    const end = rig.settledFate(txHash);
    await rig.polls();
    assert.equal(end.ended, undefined);
    rig.chain.mine(3);
    await rig.polls();
    assert.equal(end.included?.txHash, txHash);
    await rig.stop();
  });
});

describe("when three blocks are replaced an account", () => {
  it("sees its transaction come back by itself, and settles it in its new block", async () => {
    const rig = createRig();
    const { end, txHash } = await included(rig);
    rig.chain.mine(2);
    rig.chain.reorganise(3);
    rig.chain.mine();
    await rig.polls();
    rig.chain.mine(2);
    await rig.polls();
    assert.equal(end.ended, undefined, "three confirmations from the new block on");
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual([end.included?.txHash, end.included?.blockNumber], [txHash, 4]);
    await rig.stop();
  });

  it("sends the same bytes again where the pool forgot them and the call is still wanted", async () => {
    const rig = createRig();
    const { end, txHash } = await included(rig);
    rig.chain.mine(2);
    rig.chain.reorganise(3, { forget: true });
    assert.deepEqual(rig.chain.included, []);
    await rig.polls();
    assert.deepEqual(
      rig.chain.pending.map(({ hash }) => hash),
      [txHash],
    );
    rig.chain.mine(4);
    await rig.polls(2);
    assert.equal(end.included?.blockNumber, 4);
    assert.deepEqual(rig.warnings(), ["a transaction's block was replaced: it is looked at again"]);
    await rig.stop();
  });

  it("gives its nonce away where the call is wanted no more", async () => {
    const rig = createRig();
    const { end } = await included(rig);
    rig.chain.reorganise(1, { forget: true });
    rig.calledOff.add(1n);
    rig.wish(2n);
    await rig.polls();
    rig.chain.mine(4);
    await rig.polls(2);
    assert.deepEqual([contents(rig), end.ended], [[[0, 2n]], "unwanted"]);
    await rig.stop();
  });
});

describe("when another program uses its key an account", () => {
  it("takes the chain's count, and says so", async () => {
    const rig = createRig();
    await included(rig);
    rig.chain.mineForeign(await rig.foreign(1));
    const fate = rig.wish(2n);
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    assert.equal(fate.ended, "included");
    assert.equal(rig.chain.included.at(-1)?.nonce, 2);
    assert.equal(rig.warnings().length, 1);
    await rig.stop();
  });

  it("sends a call again whose nonce was taken, once it is sure of that", async () => {
    const rig = createRig();
    const fate = rig.wish(1n);
    await settled();
    rig.chain.mineForeign(await rig.foreign(0));
    await rig.polls(10);
    assert.equal(rig.chain.offered.length, 1, "its receipt may come later than the count");
    await rig.polls(10);
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual([fate.included !== undefined, rig.chain.included.at(-1)?.nonce], [true, 1]);
    await rig.stop();
  });
});

describe("an endpoint that states far too many transactions", () => {
  const LIE = 1_000_000;

  it("is not believed at once: the call waits for the truth, and takes the right nonce", async () => {
    const rig = createRig();
    rig.chain.statedCount = LIE;
    rig.wish(1n);
    await rig.polls(10);
    assert.deepEqual(rig.chain.offered, []);
    rig.chain.statedCount = undefined;
    await rig.polls();
    rig.chain.statedCount = LIE;
    await rig.polls(10);
    rig.chain.statedCount = undefined;
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual(contents(rig), [[0, 1n]]);
    assert.equal(rig.store.nextNonce(), 1);
    await rig.stop();
  });

  it("is believed once it stands, as after the loss of the database", async () => {
    const rig = createRig();
    for (let nonce = 0; nonce < 40; nonce++) rig.chain.mineForeign(await rig.foreign(nonce));
    rig.wish(1n);
    await rig.polls(14);
    assert.deepEqual(rig.chain.offered, []);
    await rig.polls(2);
    assert.deepEqual(
      rig.chain.pending.map(({ nonce }) => nonce),
      [40],
    );
    await rig.stop();
  });

  it("is not believed against another endpoint, however long it insists", async () => {
    const rig = createRig();
    rig.chain.statedCount = LIE;
    rig.chain.countElsewhere = 0;
    rig.wish(1n);
    await rig.polls(60);
    assert.deepEqual(
      rig.chain.pending.map(({ nonce }) => nonce),
      [0],
    );
    await rig.stop();
  });

  for (const restarts of [false, true]) {
    it(`costs no transactions to catch up with${restarts ? ", nor after a restart" : ""}`, async () => {
      const rig = createRig();
      const { end } = await included(rig);
      rig.chain.statedCount = LIE;
      rig.wish(2n);
      await rig.polls(20);
      assert.equal(rig.chain.pending[0]?.nonce, LIE, "it lied for so long that it was believed");
      if (restarts) await rig.stop();
      rig.chain.statedCount = undefined;
      if (restarts) rig.start();
      const again = rig.wish(2n);
      for (let blocks = 0; blocks < 200; blocks++) {
        await rig.polls();
        rig.chain.mine();
      }
      assert.deepEqual(contents(rig), [
        [0, 1n],
        [1, 2n],
      ]);
      assert.deepEqual([again.ended, rig.store.open(), rig.store.nextNonce()], ["included", [], 2]);
      if (!restarts) assert.equal(end.ended, "included");
      const next = rig.wish(3n);
      await rig.polls();
      rig.chain.mine();
      await rig.polls();
      assert.equal(next.ended, "included", "it waits for nothing any more");
      await rig.stop();
    });
  }
});

describe("an endpoint that lags", () => {
  it("makes an account wait, not send what is final already", async () => {
    const rig = createRig({ finality: { confirmations: 0 } });
    await included(rig);
    rig.chain.mine(2);
    await rig.polls();
    const offered = rig.chain.offered.length;
    rig.chain.reorganise(3, { forget: true }); // Looks the same: the count is lower than what was final.
    const fate = rig.wish(2n);
    await rig.polls(30);
    assert.deepEqual([rig.chain.offered.length, fate.ended], [offered, undefined]);
    await rig.polls(40);
    rig.chain.mine();
    await rig.polls();
    assert.equal(fate.ended, "included", "a chain that was reset is taken as it is in the end");
    await rig.stop();
  });
});

describe("a chain that was reset", () => {
  it("is waited for once, not before each further call", async () => {
    const rig = createRig({ finality: { confirmations: 0 } });
    const fates = [1n, 2n, 3n].map((sequence) => rig.wish(sequence));
    await settled();
    for (let blocks = 0; blocks < 4; blocks++) {
      rig.chain.mine();
      await rig.polls();
    }
    assert.deepEqual([fates[2]!.ended, rig.store.open()], ["included", []]);
    rig.chain.reorganise(4, { forget: true });
    const late = rig.wish(4n);
    await rig.polls(61);
    rig.chain.mine();
    await rig.polls();
    assert.equal(late.ended, "included");
    const next = rig.wish(5n);
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    assert.equal(next.ended, "included");
    await rig.stop();
  });
});

describe("whatever happens to the chain and the node", () => {
  type Step =
    | { readonly kind: "wish" | "call off"; readonly sequence: number }
    | { readonly kind: "mine" | "reorganise" | "forget" | "wait"; readonly count: number }
    | { readonly kind: "price"; readonly gwei: number }
    | { readonly kind: "restart" | "outage" | "empty pool" };

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("wish" as const), sequence: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("call off" as const), sequence: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("mine" as const), count: fc.integer({ min: 1, max: 3 }) }) },
    fc.record({
      kind: fc.constantFrom("reorganise" as const, "forget" as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), count: fc.integer({ min: 1, max: 60 }) }) },
    fc.record({ kind: fc.constant("price" as const), gwei: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constantFrom("restart" as const, "outage" as const, "empty pool" as const) }),
  );

  async function perform(rig: Rig, action: Step): Promise<void> {
    if (action.kind === "wish") rig.wish(BigInt(action.sequence), action.sequence % 3 === 0 ? "prove" : "transmit");
    if (action.kind === "call off") rig.calledOff.add(BigInt(action.sequence));
    if (action.kind === "mine") rig.chain.mine(action.count);
    // Never deeper than what counts as final.
    if (action.kind === "reorganise") rig.chain.reorganise(Math.min(action.count, rig.chain.head));
    if (action.kind === "forget") rig.chain.reorganise(Math.min(action.count, rig.chain.head), { forget: true });
    if (action.kind === "wait") await rig.polls(action.count);
    if (action.kind === "price") rig.chain.baseFee = BigInt(action.gwei) * GWEI;
    if (action.kind === "outage") rig.chain.down = !rig.chain.down;
    if (action.kind === "empty pool") rig.chain.emptyPool();
    if (action.kind === "restart") {
      await rig.stop();
      rig.start();
    }
    await settled();
  }

  it("executes no call twice, and is ready for the next one in the end", async () => {
    const seen = { included: 0, replaced: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const rig = createRig();
        rig.start();
        for (const action of steps) await perform(rig, action);
        rig.chain.down = false;
        rig.chain.baseFee = GWEI;
        const last = rig.wish(999n);
        const isOver = () => last.ended !== undefined && rig.store.open().length === 0;
        for (let blocks = 0; blocks < 60 && !isOver(); blocks++) {
          await rig.polls(2);
          rig.chain.mine();
        }
        assert.equal(last.ended, "included");
        assert.deepEqual(rig.store.open(), [], "every nonce has its end");
        const executed = rig.chain.included.map(({ data }) => data).filter((data) => data !== "0x");
        assert.equal(new Set(executed).size, executed.length, executed.join(" "));
        assert.equal(rig.store.nextNonce(), rig.chain.included.length, "no nonce is skipped");
        seen.included += executed.length;
        seen.replaced += rig.meter.total("transaction_replacements_total");
        await rig.stop();
      }),
      { numRuns: 60 },
    );
    assert.ok(seen.included > 100 && seen.replaced > 10, JSON.stringify(seen));
  });
});
