import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../../support/manual-clock.ts";
import { BUMP_AFTER_MS, createRig, GWEI, pricesOf, sequenceOfData } from "./support/account-rig.ts";

describe("an account's transactions", () => {
  it("go out one at a time, each nonce once, in the order of the wishes", async () => {
    const rig = createRig();
    const fates = [1n, 2n, 3n].map((sequence) => rig.wish(sequence));
    await settled();
    assert.equal(rig.chain.offered.length, 1, "the next one waits for the first");
    for (let blocks = 0; blocks < 3; blocks++) {
      rig.chain.mine();
      await rig.polls();
    }
    assert.deepEqual(
      rig.chain.included.map(({ nonce, data }) => [nonce, sequenceOfData(data)]),
      [
        [0, 1n],
        [1, 2n],
        [2, 3n],
      ],
    );
    assert.deepEqual(
      fates.map(({ included }) => included?.blockNumber),
      [1, 2, 3],
    );
    assert.equal(rig.meter.total("transactions_total", { result: "included" }), 3);
    assert.deepEqual(rig.warnings(), []);
    await rig.stop();
  });

  it("are settled once their block is final by the rule, not before", async () => {
    const rig = createRig({ finality: { confirmations: 3 } });
    const fate = rig.wish(1n);
    await settled();
    rig.chain.mine(3);
    await rig.polls();
    const { txHash } = fate.included!;
    const end = rig.settledFate(txHash);
    await rig.polls();
    assert.equal(end.ended, undefined);
    assert.deepEqual(
      rig.store.open().map(({ state, blockNumber }) => [state, blockNumber]),
      [["included", 1]],
    );
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual([end.included?.txHash, rig.store.open(), rig.store.nextNonce()], [txHash, [], 1]);
    assert.equal((await rig.account().settled(txHash))?.blockNumber, 1, "also for who asks late");
    await rig.stop();
  });

  it("are made once for one call, whoever wishes it again, waiting or on its way", async () => {
    const rig = createRig();
    const fates = [rig.wish(1n), rig.wish(2n), rig.wish(2n)];
    await settled();
    fates.push(rig.wish(1n));
    for (let blocks = 0; blocks < 3; blocks++) {
      rig.chain.mine();
      await rig.polls();
    }
    assert.deepEqual(
      fates.map(({ included }) => included?.blockNumber),
      [1, 2, 2, 1],
    );
    assert.equal(rig.chain.included.length, 2);
    await rig.stop();
  });

  it("are built by whoever wished last, waiting or on their way: who wished before may be gone", async () => {
    for (const onItsWay of [false, true]) {
      const rig = createRig();
      const before = { isGone: false };
      const call = { purpose: "prove", sequence: 1n, to: `0x${"ab".repeat(20)}`, data: rig.dataOf(1n) } as const;
      rig.chain.down = !onItsWay;
      const first = rig.account().send({
        ...{ purpose: call.purpose, sequence: call.sequence },
        prepare: () => Promise.resolve(before.isGone ? undefined : call),
      });
      await rig.polls();
      before.isGone = true;
      const fate = rig.wish(1n, "prove");
      rig.chain.down = false;
      rig.chain.baseFee = 4n * GWEI;
      await rig.clock.advance(2 * BUMP_AFTER_MS);
      rig.chain.mine();
      await rig.polls();
      assert.equal(fate.ended, "included");
      assert.equal((await first)?.txHash, fate.included?.txHash);
      await rig.stop();
    }
  });

  it("are on disk before they leave: what cannot be stored is not sent", async () => {
    const rig = createRig();
    rig.disk.failure = new Error("disk full");
    const fate = rig.wish(1n);
    await rig.polls(3);
    assert.deepEqual([rig.chain.offered, fate.ended], [[], undefined]);
    rig.disk.failure = undefined;
    await rig.polls();
    assert.deepEqual(
      rig.store.open().map(({ hash }) => hash),
      rig.chain.offered.map(({ hash }) => hash),
    );
    await rig.stop();
  });

  it("end unsent where the chain does not want them, or the contract refuses them", async () => {
    const rig = createRig();
    rig.calledOff.add(1n);
    rig.chain.refused.add(rig.dataOf(2n));
    const fates = [1n, 2n, 3n].map((sequence) => rig.wish(sequence));
    await settled();
    assert.deepEqual(
      fates.map(({ ended }) => ended),
      ["unwanted", "failed", undefined],
    );
    assert.deepEqual(
      rig.chain.offered.map(({ data }) => sequenceOfData(data)),
      [3n],
    );
    await rig.stop();
  });

  it("carry a gas price on chains that know no base fee", async () => {
    const rig = createRig();
    rig.chain.legacy = true;
    rig.wish(1n);
    await settled();
    const [sent] = rig.chain.offered;
    assert.deepEqual([sent?.type, sent?.gasPrice], [0, 2n * GWEI]);
    rig.chain.baseFee = 3n * GWEI;
    await rig.clock.advance(BUMP_AFTER_MS);
    assert.equal(rig.chain.pending[0]?.gasPrice, 6n * GWEI);
    await rig.stop();
  });

  it("wait through an endpoint's failure, and are given up when nobody can want them any more", async () => {
    const rig = createRig();
    rig.chain.down = true;
    const early = rig.wish(1n);
    await rig.clock.advance(4 * 60_000);
    const late = rig.wish(2n);
    await rig.clock.advance(2 * 60_000);
    assert.deepEqual([early.ended, late.ended], ["failed", undefined]);
    assert.equal((early.error as { code?: string }).code, "transaction-timeout");
    rig.chain.down = false;
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    assert.equal(late.ended, "included");
    assert.equal(rig.warnings().length, 1, "said once");
    await rig.stop();
  });

  it("reject when the node stops, and nothing more leaves", async () => {
    const rig = createRig();
    const fates = [rig.wish(1n), rig.wish(2n)];
    await settled();
    await rig.stop();
    await settled();
    assert.deepEqual(
      fates.map(({ error }) => (error as { code?: string }).code),
      ["transaction-interrupted", "transaction-interrupted"],
    );
    rig.chain.mine();
    await rig.polls(5);
    assert.equal(rig.chain.offered.length, 1);
  });
});

describe("a stuck transaction", () => {
  it("is replaced for more, step by step up to the cap, and then waits and says so, once", async () => {
    const rig = createRig();
    const [first, second] = [rig.wish(1n), rig.wish(2n, "prove")];
    await settled();
    rig.chain.baseFee = 100n * GWEI; // Beyond the cap of 10.
    await rig.clock.advance(BUMP_AFTER_MS);
    const [initial, raised, ...none] = rig.chain.offered.filter(
      ({ hash }, place, all) => all.findIndex((one) => one.hash === hash) === place,
    );
    assert.deepEqual(none, []);
    assert.deepEqual(pricesOf(initial!), [3n * GWEI, GWEI]);
    assert.deepEqual(pricesOf(raised!), [10n * GWEI, (GWEI * 112n) / 100n]);
    assert.equal(raised?.nonce, initial?.nonce);
    await rig.clock.advance(4 * BUMP_AFTER_MS);
    assert.deepEqual(
      rig.log.lines.filter(({ level }) => level === "error").map(({ message }) => message),
      ["a transaction is stuck at the fee cap and waits: raise chain.fees, or wait for cheaper gas"],
    );
    assert.equal(rig.meter.last("transaction_at_fee_cap"), 1);
    rig.chain.baseFee = GWEI;
    for (let blocks = 0; blocks < 2; blocks++) {
      rig.chain.mine();
      await rig.polls();
    }
    assert.deepEqual([first.ended, second.ended], ["included", "included"]);
    assert.equal(rig.meter.last("transaction_at_fee_cap"), 0);
    await rig.stop();
  });

  it("never offers more than the cap, however long it waits", async () => {
    const rig = createRig();
    rig.wish(1n);
    await settled();
    rig.chain.baseFee = 4n * GWEI;
    for (let steps = 0; steps < 20; steps++) {
      await rig.clock.advance(BUMP_AFTER_MS);
      rig.chain.baseFee += GWEI;
    }
    for (const { maxFeePerGas, maxPriorityFeePerGas } of rig.chain.offered)
      assert.ok(maxFeePerGas! <= 10n * GWEI && maxPriorityFeePerGas! <= maxFeePerGas!);
    await rig.stop();
  });

  it("gives its nonce to the next wanted call when its own is wanted no more", async () => {
    const rig = createRig();
    const [first, second, third] = [rig.wish(3n, "prove"), rig.wish(2n), rig.wish(1n, "prove")];
    await settled();
    rig.chain.baseFee = 5n * GWEI;
    rig.calledOff.add(3n).add(2n);
    await rig.clock.advance(BUMP_AFTER_MS);
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual([first.ended, second.ended, third.ended], ["unwanted", "unwanted", "included"]);
    assert.deepEqual(
      rig.chain.included.map(({ nonce, data }) => [nonce, sequenceOfData(data)]),
      [[0, 1n]],
    );
    assert.equal(rig.meter.total("transaction_replacements_total", { reason: "superseded" }), 1);
    await rig.stop();
  });

  it("is cancelled when nothing wants its nonce, so that the next call finds it free", async () => {
    const rig = createRig();
    const first = rig.wish(1n);
    await settled();
    rig.chain.baseFee = 5n * GWEI;
    rig.calledOff.add(1n);
    await rig.clock.advance(BUMP_AFTER_MS);
    assert.equal(first.ended, "unwanted");
    const later = rig.wish(2n);
    rig.chain.mine();
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    const [cancel, next] = rig.chain.included;
    assert.deepEqual([cancel?.data, cancel?.to?.toLowerCase()], ["0x", cancel?.from?.toLowerCase()]);
    assert.deepEqual([next?.nonce, later.ended], [1, "included"]);
    await rig.stop();
  });

  it("gives way to a newer report: behind it, it would be worth nothing", async () => {
    const rig = createRig();
    const fates = [1n, 2n, 3n].map((sequence) => rig.wish(sequence));
    await settled();
    rig.chain.baseFee = 5n * GWEI;
    await rig.clock.advance(BUMP_AFTER_MS);
    rig.calledOff.add(2n); // As the hub would have it behind sequence 3.
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual(
      fates.map(({ ended }) => ended),
      ["unwanted", "unwanted", "included"],
    );
    assert.deepEqual(
      rig.chain.included.map(({ data }) => sequenceOfData(data)),
      [3n],
    );
    await rig.stop();
  });

  it("may still win after it was replaced; then its replacement waits for the next nonce", async () => {
    const rig = createRig();
    const [older, newer] = [rig.wish(1n), rig.wish(2n)];
    await settled();
    const [original] = rig.chain.offered;
    rig.chain.baseFee = 5n * GWEI;
    await rig.clock.advance(BUMP_AFTER_MS);
    assert.equal(sequenceOfData(rig.chain.pending[0]!.data), 2n);
    rig.chain.mineForeign(original!.serialized); // A miner that had not heard of the replacement.
    await rig.polls();
    rig.chain.mine();
    await rig.polls();
    assert.deepEqual(
      rig.chain.included.map(({ nonce, data }) => [nonce, sequenceOfData(data)]),
      [
        [0, 1n],
        [1, 2n],
      ],
    );
    assert.deepEqual([older.ended, newer.ended], ["unwanted", "included"]);
    await rig.stop();
  });

  it("is sent again, the same bytes, when the pool dropped it", async () => {
    const rig = createRig();
    rig.wish(1n);
    await settled();
    rig.chain.emptyPool();
    await rig.clock.advance(10_000);
    assert.equal(rig.chain.pending[0]?.hash, rig.chain.offered[0]?.hash);
    await rig.stop();
  });

  it("is not replaced when what made it unwanted is its own success", async () => {
    const rig = createRig();
    const [sequence, to, data] = [1n, `0x${"ab".repeat(20)}`, rig.dataOf(1n)] as const;
    let looks = 0;
    const sending = rig.account().send({
      ...{ purpose: "transmit", sequence },
      prepare() {
        // Mined between the look at the account and the look at the feeds.
        if (++looks === 2) rig.chain.mine();
        return Promise.resolve(looks === 1 ? { purpose: "transmit", sequence, to, data } : undefined);
      },
    });
    await settled();
    await rig.clock.advance(BUMP_AFTER_MS);
    await rig.polls();
    assert.equal((await sending)?.blockNumber, 1);
    assert.equal(
      rig.chain.offered.every((offered) => offered.data === data),
      true,
    );
    await rig.stop();
  });
});
