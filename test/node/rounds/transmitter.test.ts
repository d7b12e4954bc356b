import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transmissionStage } from "../../../core/consensus/transmission.ts";
import type { Receipt } from "../../../core/ports/chain.ts";
import type { StoredFeed } from "../../../core/types/chain.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { createTransmitter, MAX_DECIDED, MAX_WAITING } from "../../../node/rounds/transmitter.ts";
import { createManualClock, settled } from "../../support/manual-clock.ts";
import { createProtocolFixture, FIXTURE_DIGEST, fixtureSequence } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { recordedMetrics, spiedStore } from "./fixtures.ts";

const fixture = await createProtocolFixture();
const { configuration } = fixture;
const { deltaStage } = configuration.timing;
const NEW: StoredFeed = { value: 0n, sequence: 0n, observedAt: 0, updatedAt: 0 };
const receipt = (n: number): Receipt => ({
  txHash: `0x${n.toString(16).padStart(64, "0")}`,
  gasUsed: 1n,
  blockNumber: n,
});
const RECEIPT = receipt(1);
const finals = Array.from({ length: 45 }, (_, i) => fixture.final(fixtureSequence(i + 1)));
const stageOf = (final: FinalReport, member = 0) =>
  transmissionStage({ n: 4, configDigest: FIXTURE_DIGEST, sequence: final.report.sequence, member });
/** The first final report whose schedule gives member 0 this stage. */
const atStage = (stage: number) => finals.find((final) => stageOf(final) === stage)!;

interface ChainScript {
  readonly transmit?: () => Promise<Receipt>;
  readonly settled?: (txHash: Hex) => Promise<Receipt | undefined>;
  readonly feeds?: readonly StoredFeed[];
}

function create({
  transmit = () => Promise.resolve(RECEIPT),
  settled: settledOf = () => Promise.resolve(RECEIPT),
  feeds = [NEW, NEW],
}: ChainScript = {}) {
  const { store, transmissions } = spiedStore([], FIXTURE_DIGEST, configuration.lanes);
  store.commit({ bindings: [], epoch: undefined, finals, evidence: [] });
  const [clock, log, { metrics, meter }] = [createManualClock(), createRecordingLog(), recordedMetrics()];
  const sent: { sequence: bigint; mask: number; at: number }[] = [];
  const chain = { feeds, looks: 0, failure: undefined as Error | undefined };
  let line: Promise<unknown> = Promise.resolve();
  /** As the real one: one after the other, and the mask is asked when the turn has come. */
  const writer = {
    transmit(final: FinalReport, storeMask: () => Promise<number>) {
      const sending = line.then(async () => {
        const mask = await storeMask();
        if (mask === 0) return undefined;
        sent.push({ sequence: final.report.sequence, mask, at: clock.now() });
        return transmit();
      });
      line = sending.catch(() => undefined);
      return sending;
    },
    settled: settledOf,
  };
  const start = () =>
    createTransmitter(
      { configuration, configDigest: FIXTURE_DIGEST, self: 0 },
      {
        ...{ store, transmissions, clock, log, metrics, writer },
        reader: {
          feeds() {
            chain.looks += 1;
            return chain.failure === undefined ? Promise.resolve(chain.feeds) : Promise.reject(chain.failure);
          },
        },
      },
    );
  return { start, transmitter: start(), store, transmissions, clock, log, meter, sent, chain };
}

describe("transmitter", () => {
  for (const stage of [0, 1, 3]) {
    it(`sends at its turn: stage ${stage} waits ${stage} × DeltaStage`, async () => {
      const { transmitter, clock, sent, meter } = create();
      const final = atStage(stage);
      const accepted = clock.now();
      transmitter.accept(final);
      await clock.advance(stage * deltaStage - 1);
      assert.equal(sent.length, 0);
      await clock.advance(1);
      await settled();
      const at = accepted + stage * deltaStage;
      assert.deepEqual(sent, [{ sequence: final.report.sequence, mask: 0b11, at }]);
      assert.equal(meter.total("transmissions_total", { result: "transmitted" }), 1);
    });
  }

  it("looks at the chain at its turn, and sends only what it still wants", async () => {
    const { transmitter, clock, sent, chain, transmissions, meter } = create();
    const final = atStage(1);
    transmitter.accept(final);
    assert.equal(chain.looks, 0);
    const { sequence } = final.report;
    const held = { value: final.feeds.values[0]!, sequence, observedAt: 1, updatedAt: Math.floor(clock.now() / 1000) };
    chain.feeds = [held, NEW];
    await clock.advance(deltaStage);
    assert.deepEqual(
      sent.map(({ mask }) => mask),
      [0b10],
    );
    chain.feeds = [held, { ...held, value: final.feeds.values[1]! }];
    const later = finals.find((one) => one.report.sequence > sequence && stageOf(one) === 1)!;
    transmitter.accept(later);
    await clock.advance(deltaStage);
    assert.equal(sent.length, 1, "nothing moved, no heartbeat passed");
    assert.equal(meter.total("transmissions_total", { result: "not-needed" }), 1);
    assert.deepEqual(transmissions.pending(), []);
  });

  it("sends the first report of a configuration whole, though no feed is due: it ends the older one", async () => {
    const { transmitter, clock, sent, chain } = create();
    const final = atStage(0);
    const now = Math.floor(clock.now() / 1000);
    const quiet = (sequence: bigint) =>
      final.feeds.values.map((value) => ({ value, sequence, observedAt: now, updatedAt: now }));
    chain.feeds = quiet(sequenceOf({ configIndex: configuration.index - 1, epoch: 9, round: 9 }));
    transmitter.accept(final);
    await clock.advance(0);
    assert.deepEqual(
      sent.map(({ mask }) => mask),
      [final.feeds.mask],
    );
    const [first] = quiet(final.report.sequence);
    chain.feeds = [first!, chain.feeds[1]!];
    transmitter.accept(finals.find((one) => one.report.sequence > final.report.sequence && stageOf(one) === 0)!);
    await clock.advance(0);
    assert.equal(sent.length, 1, "one feed shows that the hub took a report of this configuration");
  });

  it("does not send behind a newer report, where no proof could follow", async () => {
    const { transmitter, clock, sent, meter, chain } = create();
    const final = atStage(0);
    const never = { value: 0n, sequence: 0n, observedAt: 0, updatedAt: 0 };
    chain.feeds = [never, { ...never, sequence: final.report.sequence + 1n }];
    transmitter.accept(final);
    await clock.advance(1);
    assert.deepEqual(sent, [], "though its first feed was never stored");
    assert.equal(meter.total("transmissions_total", { result: "not-needed" }), 1);
  });

  it("leaves a failed transmission to the next member, and lives on", async () => {
    const { transmitter, clock, log, meter, transmissions } = create({
      transmit: () => Promise.reject(new Error("reverted")),
    });
    transmitter.accept(atStage(0));
    await clock.advance(0);
    assert.equal(meter.total("transmissions_total", { result: "failed" }), 1);
    assert.equal(log.lines.at(-1)?.level, "error");
    assert.deepEqual(transmissions.pending(), []);
  });

  it("fails where the chain cannot be read", async () => {
    const { transmitter, clock, chain, sent, meter } = create();
    chain.failure = new Error("unreachable");
    transmitter.accept(atStage(0));
    await clock.advance(0);
    assert.equal(meter.total("transmissions_total", { result: "failed" }), 1);
    chain.failure = undefined;
    transmitter.accept(finals.findLast((final) => stageOf(final) === 0)!);
    await clock.advance(0);
    assert.equal(sent.length, 1);
  });

  it("takes a report once", async () => {
    const { transmitter, clock, sent } = create();
    transmitter.accept(atStage(1));
    transmitter.accept(atStage(1));
    await clock.advance(deltaStage);
    assert.equal(sent.length, 1);
  });

  it("looks at the chain again after a transmission under way, before it sends the next", async () => {
    const arrived: (() => void)[] = [];
    const { transmitter, clock, sent, chain } = create({
      transmit: () => new Promise((resolve) => arrived.push(() => resolve(RECEIPT))),
    });
    const [first, second] = finals.filter((final) => stageOf(final) === 0);
    transmitter.accept(first!);
    transmitter.accept(second!);
    await clock.advance(0);
    assert.deepEqual([sent.length, chain.looks], [1, 1]);
    const { sequence, observedAt } = second!.report;
    chain.feeds = second!.feeds.values.map((value) => ({ value, sequence, observedAt, updatedAt: observedAt }));
    arrived[0]?.();
    await settled();
    assert.deepEqual([sent.length, chain.looks], [1, 2], "the second look saw that it is stored");
  });

  it("keeps a bounded number waiting: the oldest gives way, since the newest is worth most", async () => {
    const { transmitter, clock, sent, log, transmissions } = create();
    const waiting = finals.filter((final) => stageOf(final) > 0).slice(0, MAX_WAITING + 1);
    assert.equal(waiting.length, MAX_WAITING + 1);
    for (const final of waiting) transmitter.accept(final);
    assert.equal(transmissions.pending().length, MAX_WAITING);
    assert.equal(log.lines.filter(({ level }) => level === "warn").length, 1);
    await clock.advance(3 * deltaStage);
    const sequences = new Set(sent.map(({ sequence }) => sequence));
    assert.equal(sequences.has(waiting[0]!.report.sequence), false);
    assert.equal(sequences.has(waiting.at(-1)!.report.sequence), true);
    assert.equal(sequences.size, MAX_WAITING);
  });

  it("resumes after a restart what was pending, in its old turn", async () => {
    const node = create();
    const final = atStage(2);
    node.transmitter.accept(final);
    const dueAt = node.clock.now() + 2 * deltaStage;
    await node.transmitter.stop();
    assert.equal(node.clock.pending, 0, "a timer is left");
    assert.deepEqual(
      node.transmissions.pending().map((entry) => entry.dueAt),
      [dueAt],
    );
    await node.clock.advance(deltaStage);
    const restarted = node.start();
    restarted.resume();
    await node.clock.advance(deltaStage - 1);
    assert.equal(node.sent.length, 0);
    await node.clock.advance(1);
    assert.equal(node.sent.length, 1);
    await restarted.stop();
    assert.deepEqual(node.transmissions.pending(), []);
  });

  it("waits no longer than a turn for what was pending, though the clock was set back between the runs", async () => {
    const node = create();
    const { sequence } = atStage(1).report;
    node.transmissions.put({ sequence, state: "pending", dueAt: node.clock.now() + 3_600_000, txHash: undefined });
    node.start().resume();
    await node.clock.advance(deltaStage);
    assert.deepEqual(
      node.sent.map((entry) => entry.sequence),
      [sequence],
    );
  });

  it("sends at once what became due while it was down", async () => {
    const node = create();
    node.transmitter.accept(atStage(3));
    await node.transmitter.stop();
    await node.clock.advance(60_000);
    node.start().resume();
    await node.clock.advance(0);
    assert.equal(node.sent.length, 1);
  });

  it("stops without waiting for a receipt for ever", async () => {
    const { transmitter, clock, sent } = create({ transmit: () => new Promise(() => undefined) });
    transmitter.accept(atStage(0));
    await clock.advance(0);
    assert.equal(sent.length, 1);
    let stopped = false;
    void transmitter.stop().then(() => {
      stopped = true;
    });
    await clock.advance(2_999);
    assert.equal(stopped, false);
    await clock.advance(1);
    assert.equal(stopped, true);
  });

  it("stops at once when nothing is under way, and takes nothing more", async () => {
    const { transmitter, clock, transmissions } = create();
    await transmitter.stop();
    assert.equal(clock.pending, 0);
    transmitter.accept(atStage(0));
    assert.deepEqual(transmissions.pending(), []);
  });

  it("is done only when its block is final: until then it is pending on disk, with its transaction", async () => {
    const final = Promise.withResolvers<Receipt | undefined>();
    const { transmitter, clock, transmissions, meter } = create({ settled: () => final.promise });
    transmitter.accept(atStage(0));
    await clock.advance(0);
    await settled();
    assert.deepEqual(
      transmissions.pending().map(({ txHash }) => txHash),
      [RECEIPT.txHash],
    );
    assert.equal(meter.total("transmissions_total"), 0);
    final.resolve(receipt(7));
    await settled();
    assert.deepEqual(transmissions.pending(), []);
    assert.equal(meter.total("transmissions_total", { result: "transmitted" }), 1);
  });

  it("asks after a restart what became of a transaction, and sends no second one", async () => {
    const asked: Hex[] = [];
    const never = new Promise<undefined>(() => undefined);
    const node = create({
      settled(txHash) {
        asked.push(txHash);
        return asked.length === 1 ? never : Promise.resolve(RECEIPT);
      },
    });
    node.transmitter.accept(atStage(0));
    await node.clock.advance(0);
    await settled();
    await node.transmitter.stop();
    const restarted = node.start();
    restarted.resume();
    restarted.accept(atStage(0)); // As a node does with its newest final report.
    await settled();
    assert.deepEqual([node.sent.length, asked], [1, [RECEIPT.txHash, RECEIPT.txHash]]);
    assert.deepEqual(node.transmissions.pending(), []);
  });

  it("is not needed where a reorganisation took its transaction and the chain wants it no more", async () => {
    const { transmitter, clock, meter } = create({ settled: () => Promise.resolve(undefined) });
    transmitter.accept(atStage(0));
    await clock.advance(0);
    await settled();
    assert.equal(meter.total("transmissions_total", { result: "not-needed" }), 1);
  });

  it("looks at a report again when the blocks are replaced upon which it was found not needed", async () => {
    const { transmitter, clock, sent, chain, transmissions } = create();
    const final = atStage(1);
    const { sequence } = final.report;
    const updatedAt = Math.floor(clock.now() / 1000);
    chain.feeds = final.feeds.values.map((value) => ({ value, sequence, observedAt: 1, updatedAt }));
    transmitter.accept(final);
    await clock.advance(deltaStage);
    assert.equal(sent.length, 0);
    chain.feeds = [NEW, NEW]; // The other member's transaction is gone.
    transmitter.onReorganised(5);
    assert.equal(transmissions.pending().length, 1);
    await clock.advance(deltaStage - 1);
    assert.equal(sent.length, 0, "in its turn, as before");
    await clock.advance(1);
    assert.deepEqual(
      sent.map((one) => one.sequence),
      [sequence],
    );
  });

  it("leaves a transaction that is not final to the writer when blocks are replaced", async () => {
    const { transmitter, clock, sent } = create({ settled: () => new Promise(() => undefined) });
    transmitter.accept(atStage(0));
    await clock.advance(0);
    await settled();
    transmitter.onReorganised(5);
    await clock.advance(5 * deltaStage);
    assert.equal(sent.length, 1);
  });

  it("brings up only the newest reports again", async () => {
    const { transmitter, clock, chain, transmissions } = create();
    chain.feeds = [{ ...NEW, sequence: 1n << 60n }];
    for (const final of finals.slice(0, 20)) transmitter.accept(final);
    await clock.advance(4 * deltaStage);
    assert.deepEqual(transmissions.pending(), []);
    transmitter.onReorganised(1);
    assert.equal(transmissions.pending().length, MAX_DECIDED);
  });

  it("sends nothing more when it is abandoned, also after a restart", async () => {
    const node = create();
    const [first, second] = [atStage(2), atStage(3)];
    node.transmitter.accept(first);
    node.transmitter.accept(second);
    await node.transmitter.stop({ abandon: true });
    assert.equal(node.clock.pending, 0);
    assert.deepEqual(node.transmissions.pending(), []);
    node.start().resume();
    await node.clock.advance(5 * deltaStage);
    assert.deepEqual(node.sent, []);
  });

  it("can be abandoned after it was stopped", async () => {
    const { transmitter, transmissions } = create();
    transmitter.accept(atStage(2));
    await transmitter.stop();
    assert.equal(transmissions.pending().length, 1);
    await transmitter.stop({ abandon: true });
    assert.deepEqual(transmissions.pending(), []);
  });

  it("answers the writer that nothing is wanted any more, once it stops", async () => {
    const arrived: (() => void)[] = [];
    const { transmitter, clock, sent, transmissions } = create({
      transmit: () => new Promise((resolve) => arrived.push(() => resolve(RECEIPT))),
    });
    const [first, second] = finals.filter((final) => stageOf(final) === 0);
    transmitter.accept(first!);
    transmitter.accept(second!);
    await clock.advance(0);
    const stopping = transmitter.stop();
    arrived[0]?.();
    await stopping;
    assert.equal(sent.length, 1);
    assert.deepEqual(
      transmissions.pending().map(({ sequence }) => sequence),
      [second!.report.sequence],
    );
  });
});
