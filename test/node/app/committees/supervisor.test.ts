import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import { SETTLE_MS } from "../../../../node/app/committees/keeper.ts";
import { MAX_PAST_COMMITTEES } from "../../../../node/app/committees/supervisor.ts";
import { withCode } from "../../../support/error-code.ts";
import { settled } from "../../../support/manual-clock.ts";
import { committee, fakeNode, onChain } from "./fixtures.ts";

const HOUR_MS = 3_600_000;
const FIRST = onChain([committee(1, "active")]);
const HANDING_OVER = onChain([committee(2, "active"), committee(1, "retired")]);
const HANDED_OVER = onChain([committee(2, "active"), committee(1, "retired")], 2);

/** A node that takes part in committee 1. */
async function running(options: Parameters<typeof fakeNode>[0] = {}) {
  const node = fakeNode(options);
  node.supervisor.onCommittees(FIRST);
  await node.supervisor.started();
  await settled();
  return node;
}

describe("committees", () => {
  it("take this node in when they are active, once, however often the chain says so", async () => {
    const node = await running();
    node.supervisor.onCommittees(FIRST);
    node.supervisor.onCommittees({ ...FIRST, lastSequence: FIRST.lastSequence + 1n });
    await settled();
    assert.deepEqual(node.acts, ["start 1"]);
    assert.deepEqual(node.phases(), ["1 running"]);
    assert.deepEqual(node.supervisor.unreadyReasons(), []);
    assert.equal(node.meter.last("committee_state", { committee: "1", state: "running" }), 1);
    assert.equal(node.meter.last("committee_state", { committee: "1", state: "starting" }), 0);
  });

  it("are not taken part in before they are activated, but looked at", async () => {
    const node = await running();
    const staged = onChain([committee(2, "staged"), committee(1, "active")]);
    node.supervisor.onCommittees(staged);
    node.supervisor.onCommittees(staged);
    await settled();
    assert.deepEqual(node.acts, ["start 1"]);
    assert.deepEqual(node.reviewed, [2]);
  });

  it("hand over without a gap: the old one goes on until the new one has reported", async () => {
    const node = await running();
    node.supervisor.onCommittees(HANDING_OVER);
    await settled();
    assert.deepEqual(node.acts, ["start 1", "start 2"]);
    assert.deepEqual(node.phases(), ["2 running", "1 running"]);
    node.supervisor.onCommittees(HANDED_OVER);
    await node.clock.advance(0);
    assert.deepEqual(node.acts, ["start 1", "start 2", "settle 1"]);
    assert.deepEqual(node.phases(), ["2 running", "1 settling"]);
  });

  it("deliver proofs for a while after their last round, and then end", async () => {
    const node = await running();
    node.supervisor.onCommittees(HANDED_OVER);
    await node.clock.advance(SETTLE_MS - 1);
    assert.deepEqual(node.phases(), ["2 running", "1 settling"]);
    await node.clock.advance(1);
    assert.deepEqual(node.acts, ["start 1", "start 2", "settle 1", "stop 1"].toSorted(byStart));
    assert.deepEqual(node.phases(), ["2 running", "1 ended"]);
    node.supervisor.onCommittees(HANDED_OVER);
    await node.clock.advance(SETTLE_MS);
    assert.deepEqual(node.phases(), ["2 running", "1 ended"]);
    assert.equal(node.acts.filter((act) => act === "stop 1").length, 1);
    assert.equal(node.clock.pending, 1, "the deadline of the registry alone");
  });

  it("that are retired end their rounds at their deadline, though no successor has reported", async () => {
    const node = await running();
    node.supervisor.onCommittees(HANDING_OVER);
    await node.clock.advance(HOUR_MS - 1_000);
    assert.deepEqual(node.phases(), ["2 running", "1 running"]);
    await node.clock.advance(1_000);
    assert.deepEqual(node.phases(), ["2 running", "1 settling"]);
  });

  it("that the chain does not name any more end their rounds, but not what they still deliver", async () => {
    const node = await running();
    for (let i = 0; i < 3; i++) {
      node.supervisor.onCommittees(onChain([committee(2, "active")]));
      await node.clock.advance(0);
      assert.deepEqual(node.phases(), ["2 running", "1 settling"]);
    }
    await node.clock.advance(SETTLE_MS);
    assert.deepEqual(node.phases(), ["2 running", "1 ended"]);
  });

  it("that are revoked end at once, and what waited is dropped", async () => {
    const node = await running();
    node.supervisor.onCommittees(onChain([committee(1, "revoked")]));
    assert.deepEqual(node.acts, ["start 1", "abandon 1"], "within the very call");
    await settled();
    assert.deepEqual(node.phases(), ["1 ended"]);
    assert.match(node.supervisor.unreadyReasons().join(), /no active configuration.*waiting/);
  });

  it("that are revoked while they start never run", async () => {
    let signal: AbortSignal | undefined;
    const node = fakeNode({
      onStart: (_, options) => {
        signal = options.signal;
        return new Promise((_resolve, reject) => {
          options.signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    });
    node.supervisor.onCommittees(FIRST);
    await settled();
    assert.deepEqual(node.phases(), ["1 starting"]);
    node.supervisor.onCommittees(onChain([committee(1, "revoked")]));
    assert.equal(signal?.aborted, true);
    await settled();
    assert.deepEqual([node.acts, node.phases()], [[], ["1 idle"]]);
    assert.equal(node.meter.total("committee_start_failures_total"), 0);
  });

  it("that are revoked while they settle are abandoned all the same, at once", async () => {
    const node = await running();
    node.supervisor.onCommittees(HANDED_OVER);
    await settled();
    assert.deepEqual(node.phases(), ["2 running", "1 running"], "its rounds are ending still");
    node.supervisor.onCommittees(onChain([committee(2, "active"), committee(1, "revoked")], 2));
    assert.ok(node.acts.includes("abandon 1"), "within the very call");
    await node.clock.advance(0);
    assert.deepEqual(node.phases(), ["2 running", "1 ended"]);
  });

  it("that a start finishes too late for are ended as if it had not", async () => {
    const gate = Promise.withResolvers<undefined>();
    const node = fakeNode({ onStart: () => gate.promise.then(() => undefined) }); // It does not look at its signal.
    node.supervisor.onCommittees(FIRST);
    node.supervisor.onCommittees(onChain([committee(1, "revoked")]));
    gate.resolve(undefined);
    await settled();
    assert.deepEqual(node.acts, ["start 1", "abandon 1"]);
  });

  it("that come back, since the chain went back, are taken part in again", async () => {
    const node = await running();
    node.supervisor.onCommittees(HANDED_OVER);
    await node.clock.advance(0);
    node.supervisor.onCommittees(HANDING_OVER);
    await node.clock.advance(0);
    assert.deepEqual(node.phases(), ["2 running", "1 running"]);
    assert.deepEqual(
      node.acts.filter((act) => act.endsWith(" 1")),
      ["start 1", "settle 1", "stop 1", "start 1"],
    );
  });

  it("are kept to be looked at after their end, a bounded number of them", async () => {
    const node = await running();
    for (let index = 2; index < MAX_PAST_COMMITTEES + 5; index++) {
      node.supervisor.onCommittees(onChain([committee(index, "active"), committee(index - 1, "revoked")], index));
      await settled();
    }
    node.supervisor.onCommittees(onChain([committee(MAX_PAST_COMMITTEES + 4, "active")]));
    await settled();
    const overview = node.supervisor.overview();
    assert.equal(overview.length, MAX_PAST_COMMITTEES + 1);
    assert.ok(overview.every(({ view }) => view !== undefined));
  });
});

describe("a restart", () => {
  it("in the middle of a hand-over takes part in both", async () => {
    const node = fakeNode();
    node.supervisor.onCommittees(HANDING_OVER);
    await node.supervisor.started();
    assert.deepEqual(node.acts.toSorted(), ["start 1", "start 2"]);
  });

  it("after a hand-over proves what the old committee left, and ends with it", async () => {
    const node = fakeNode();
    node.supervisor.onCommittees(HANDED_OVER);
    await node.supervisor.started();
    assert.deepEqual(node.acts.toSorted(), ["start 1 without rounds", "start 2"]);
    assert.deepEqual(node.phases(), ["2 running", "1 settling"]);
    await node.clock.advance(SETTLE_MS);
    assert.deepEqual(node.phases(), ["2 running", "1 ended"]);
  });

  it("after a revocation does not touch the revoked committee", async () => {
    const node = fakeNode();
    node.supervisor.onCommittees(onChain([committee(2, "active"), committee(1, "revoked")]));
    await node.supervisor.started();
    assert.deepEqual(node.acts, ["start 2"]);
    assert.deepEqual(node.phases(), ["2 running", "1 idle"]);
  });
});

describe("a node that no committee lists", () => {
  it("waits, says so and what to do, and takes part when one does", async () => {
    const node = await running({ lists: (index) => index === 2 });
    assert.deepEqual(node.acts, []);
    const [reason] = node.supervisor.unreadyReasons();
    assert.match(reason ?? "", /no member with signer 0xaa: hand registration\.json to the committee's owner.*waiting/);
    const warnings = () => node.log.lines.filter(({ level }) => level === "warn");
    assert.equal(warnings().length, 1);
    node.supervisor.onCommittees(FIRST);
    await settled();
    assert.equal(warnings().length, 1, "it is said once");
    node.supervisor.onCommittees(HANDING_OVER);
    await settled();
    assert.deepEqual(node.acts, ["start 2"]);
    assert.deepEqual(node.supervisor.unreadyReasons(), []);
  });

  it("waits where there is no committee at all", async () => {
    const node = fakeNode();
    node.supervisor.onCommittees({ statuses: [], lastSequence: 0n });
    await node.supervisor.started();
    assert.match(node.supervisor.unreadyReasons().join(), /its owner must stage and activate one/);
  });

  it("that was in the last committee finishes its part there and waits", async () => {
    const node = await running({ lists: (index) => index === 1 });
    node.supervisor.onCommittees(HANDING_OVER);
    await node.clock.advance(0);
    assert.deepEqual(node.supervisor.unreadyReasons(), []);
    node.supervisor.onCommittees(HANDED_OVER);
    await node.clock.advance(0);
    assert.deepEqual(node.phases(), ["2 not-listed", "1 settling"]);
    assert.match(node.supervisor.unreadyReasons().join(), /no member with signer/);
  });
});

describe("a committee whose part cannot be started", () => {
  const refusal = () => new QuorateError({ code: "module-not-configured" }, "add the manifest of that module");

  it("makes a node refuse to start if there is no other", async () => {
    const node = fakeNode({
      onStart() {
        throw refusal();
      },
    });
    node.supervisor.onCommittees(FIRST);
    await assert.rejects(node.supervisor.started(), withCode("module-not-configured"));
    await node.supervisor.stop();
    assert.equal(node.clock.pending, 0);
  });

  it("leaves the old one running, is tried again with growing pauses, and says so once", async () => {
    let broken = true;
    const tries: number[] = [];
    const node = await running({
      onStart(index) {
        if (index !== 2) return;
        tries.push(node.clock.now());
        if (broken) throw refusal();
      },
    });
    node.supervisor.onCommittees(HANDING_OVER);
    await node.clock.advance(21_000);
    assert.deepEqual(node.phases(), ["2 failed", "1 running"]);
    assert.deepEqual(
      tries.map((at) => at - (tries[0] ?? 0)),
      [0, 1_000, 6_000, 21_000],
    );
    assert.deepEqual(node.supervisor.unreadyReasons(), ["committee 2: add the manifest of that module"]);
    assert.equal(node.log.lines.filter(({ level }) => level === "error").length, 1);
    assert.equal(node.meter.total("committee_start_failures_total", { code: "module-not-configured" }), 4);
    broken = false;
    await node.clock.advance(60_000);
    assert.deepEqual(node.phases(), ["2 running", "1 running"]);
    assert.deepEqual(node.supervisor.unreadyReasons(), []);
  });

  it("is not tried any more when it is revoked or the node stops", async () => {
    const node = await running({
      onStart(index) {
        if (index === 2) throw refusal();
      },
    });
    node.supervisor.onCommittees(HANDING_OVER);
    await settled();
    node.supervisor.onCommittees(onChain([committee(2, "revoked"), committee(1, "retired")]));
    await settled();
    assert.deepEqual(node.phases(), ["2 ended", "1 running"]);
    await node.supervisor.stop();
    assert.equal(node.clock.pending, 0, "a timer is left");
    assert.deepEqual(node.acts, ["start 1", "stop 1"]);
  });
});

/** The settling of the old one and the start of the new one have no order between them. */
function byStart(a: string, b: string): number {
  const order = ["start 1", "settle 1", "start 2", "stop 1"];
  return order.indexOf(a) - order.indexOf(b);
}
