import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { multiaddr } from "@multiformats/multiaddr";
import type { Clock } from "../../../core/ports/clock.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { memberLimits } from "../../../node/p2p/limits.ts";
import { peerIdOf } from "../../../node/p2p/peer-id.ts";
import { createTransport } from "../../../node/p2p/transport.ts";
import { DEVELOPMENT_TIMING } from "../../../scripts/devnet/feeds.ts";
import { withCode } from "../../support/error-code.ts";
import { createTestIdentity } from "../../support/protocol-fixture.ts";
import { until } from "../../support/until.ts";
import { startOpenHost } from "./support/open-host.ts";
import {
  addressOf,
  allConnected,
  frame,
  identities,
  joinCommittee,
  listenOf,
  OTHER_CONFIG,
  startAndJoin,
  startMember,
  stopAll,
  untilNoSockets,
  WIDE_LIMITS,
} from "./support/members.ts";

const OUTSIDER = 7;
const PROTOCOL = `/quorate/2/${"cd".repeat(8)}`;

describe("transport", () => {
  afterEach(stopAll);
  after(untilNoSockets);

  it("carries frames between every two members, whole and in order", async () => {
    const [a, b, c] = await Promise.all([startAndJoin(0), startAndJoin(1), startAndJoin(2)]);
    await allConnected(a, b, c);
    assert.deepEqual(
      [a, b, c].map(({ network }) => network.connected()),
      [
        [1, 2],
        [0, 2],
        [0, 1],
      ],
    );
    for (let i = 0; i < 50; i++) a.network.send(1, frame(i, i + 1));
    b.network.broadcast(frame(200));
    c.network.send(0, new Uint8Array(2_000).fill(7));
    await until("arrived", () => b.frames.length === 50 && a.frames.length === 2 && c.frames.length === 1);
    assert.deepEqual(
      b.frames,
      Array.from({ length: 50 }, (_, i) => ({ from: 0, bytes: [i, i + 1] })),
    );
    assert.deepEqual(c.frames, [{ from: 1, bytes: [200] }]);
    assert.equal(a.frames.find(({ from }) => from === 2)?.bytes.length, 2_000);
    assert.deepEqual(a.seen.toSorted(), ["+1", "+2"]);
    assert.equal(b.meter.total("p2p_bytes_total", { direction: "in" }), 50 * 2);
    assert.equal(b.meter.last("p2p_connected_members"), 2);
  });

  it("drops and counts what it cannot send", async () => {
    const limits = { ...WIDE_LIMITS, maxQueuedFrames: 100 };
    const a = await startAndJoin(0, { limits });
    a.network.send(2, frame(1));
    assert.equal(a.meter.total("p2p_frames_dropped_total", { reason: "not-connected" }), 1);
    const b = await startAndJoin(1);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    const frames = 1_000;
    for (let i = 0; i < frames; i++) a.network.send(1, frame(i & 0xff));
    // Nothing leaves before this step is over: the queue is full, and the rest is dropped.
    assert.equal(a.meter.total("p2p_frames_dropped_total", { reason: "queue-full" }), frames - 100);
    await until("the queue drained", () => b.frames.length === 100);
    assert.deepEqual(b.frames.at(-1)?.bytes, [99], "the newest were dropped");
  });

  it("gives an outsider no connection and no stream, and is unmoved by it", async () => {
    const [a, b] = await Promise.all([startAndJoin(0), startAndJoin(1)]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    const outsider = await startOpenHost((await createTestIdentity(OUTSIDER)).peerPrivateKey);
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        const target = multiaddr(addressOf(attempt % 2));
        const signal = AbortSignal.timeout(5_000);
        await assert.rejects(outsider.dialProtocol(target, PROTOCOL, { signal }));
      }
      await until("its connections are closed", () => outsider.getConnections().length === 0);
    } finally {
      await outsider.stop();
    }
    assert.deepEqual([a.network.connected(), b.network.connected()], [[1], [0]]);
    assert.deepEqual([a.seen, b.seen], [["+1"], ["+0"]]);
    a.network.send(1, frame(5));
    await until("members still talk", () => b.frames.length === 1);
  });

  it("closes the channel for a frame that no honest member sends, then opens a new one", async () => {
    const limits = { ...WIDE_LIMITS, maxFrameBytes: 10_000 };
    const [a, b] = await Promise.all([startAndJoin(0, { limits }), startAndJoin(1)]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    a.network.send(1, new Uint8Array(2_001));
    await until("both saw it end", () => a.seen.includes("-1") && b.seen.includes("-0"));
    assert.deepEqual(b.frames, []);
    assert.equal(b.meter.total("p2p_faults_total", { fault: "oversize" }), 1);
    await until("reconnected", () => a.seen.at(-1) === "+1" && b.seen.at(-1) === "+0");
    a.network.send(1, new Uint8Array(2_000));
    await until("an honest frame arrives", () => b.frames.length === 1);
  });

  it("drops what comes faster than agreed, and keeps the channel", async () => {
    const still: Clock = { ...systemClock, now: () => 1_700_000_000_000 };
    const limits = { ...WIDE_LIMITS, frames: { burst: 5, perSecond: 1_000 } };
    const [a, b] = await Promise.all([startAndJoin(0), startAndJoin(1, { clock: still, limits })]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    for (let i = 0; i < 20; i++) a.network.send(1, frame(i));
    await until("all seen", () => b.meter.total("p2p_frames_dropped_total", { reason: "rate" }) === 15);
    assert.deepEqual(
      b.frames.map(({ bytes }) => bytes[0]),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual(b.network.connected(), [0]);
  });

  it("bears all that its limits let a member send at once, both ways, and no connection ends for it", async () => {
    const start = systemClock.now();
    const still: Clock = { ...systemClock, now: () => start };
    const members = new Array<Configuration["members"][number]>(4);
    const limits = memberLimits({ members, f: 1, lanes: 8, timing: DEVELOPMENT_TIMING });
    const [a, b] = await Promise.all([
      startAndJoin(0, { clock: still, limits }),
      startAndJoin(1, { clock: still, limits }),
    ]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    // Twice what an honest member sends after a stall of ten seconds, one by one, so that each costs the most.
    const bytes = new Uint8Array(Math.min(limits.maxFrameBytes, Math.floor(limits.bytes.burst / limits.frames.burst)));
    for (let sent = 1; sent <= limits.frames.burst; sent++) {
      a.network.send(1, bytes);
      b.network.send(0, bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("all came", () => [a, b].every(({ frames }) => frames.length === limits.frames.burst));
    for (const { meter, seen } of [a, b]) {
      assert.equal(meter.total("p2p_faults_total"), 0);
      assert.deepEqual(seen.length, 1);
    }
  });

  for (const [name, survivor, restarting] of [
    ["dials first", 0, 1],
    ["yields", 1, 0],
  ] as const) {
    it(`finds a member again that restarts, where the survivor ${name}`, async () => {
      const one = await startAndJoin(survivor);
      const before = await startAndJoin(restarting);
      await until("connected", () => one.network.connected().includes(restarting));
      await before.stop();
      await until("noticed", () => one.seen.at(-1) === `-${restarting}`);
      const again = await startAndJoin(restarting);
      await until("reconnected", () => one.seen.at(-1) === `+${restarting}` && again.seen.at(-1) === `+${survivor}`);
      one.network.send(restarting, frame(1));
      again.network.send(survivor, frame(2));
      await until("talking", () => again.frames.length === 1 && one.frames.length === 1);
    });
  }

  for (const [name, knowing, known] of [
    ["the lower index", 0, 1],
    ["the higher index", 1, 0],
  ] as const) {
    it(`connects two members where only ${name} has the other's address, and warns the other`, async () => {
      const waiting = await startAndJoin(known, { addresses: [] });
      const newcomer = await startAndJoin(knowing, { addresses: [addressOf(known)] });
      assert.deepEqual(
        waiting.log.lines.flatMap(({ level, fields }) => (level === "warn" ? [fields.member] : [])),
        [0, 1, 2].filter((member) => member !== known),
      );
      await allConnected(waiting, newcomer);
      waiting.network.send(knowing, frame(1));
      newcomer.network.send(known, frame(2));
      await until("talking", () => newcomer.frames.length === 1 && waiting.frames.length === 1);
    });
  }

  it("keeps committees apart on one host, and leaves one without disturbing the other", async () => {
    const [a, b, c] = await Promise.all([startAndJoin(0, { size: 2 }), startAndJoin(1, { size: 2 }), startMember(2)]);
    await until("first committee", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    const second = await Promise.all(
      [a, b, c].map((member) => joinCommittee(member, { configDigest: OTHER_CONFIG, size: 3 })),
    );
    await allConnected(...second);
    a.network.send(1, frame(1));
    second[0]!.network.send(1, frame(2));
    await until("each in its own", () => b.frames.length === 1 && second[1]!.frames.length === 1);
    assert.deepEqual([b.frames[0]?.bytes, second[1]!.frames[0]?.bytes], [[1], [2]]);

    await Promise.all([a.network.stop(), b.network.stop()]);
    assert.deepEqual([a.network.connected(), b.network.connected()], [[], []]);
    second[0]!.network.broadcast(frame(3));
    await until("the other goes on", () => second[1]!.frames.length === 2 && second[2]!.frames.length === 1);
    assert.deepEqual(
      second.map(({ seen }) => seen.length),
      [2, 2, 2],
      "nobody lost a channel",
    );
    // Its last committee left, a node admits nobody.
    await Promise.all(second.slice(1).map(({ network }) => network.stop()));
    await until("noticed", () => second[0]!.network.connected().length === 0);
  });

  it("joins a configuration once at a time", async () => {
    const a = await startAndJoin(0);
    await assert.rejects(joinCommittee(a), RangeError);
    await a.network.stop();
    const again = await joinCommittee(a);
    const b = await startAndJoin(1);
    await until("connected again", () => again.network.connected().includes(1) && b.network.connected().includes(0));
  });

  it("says that its port is taken, or that it cannot listen there", async () => {
    const a = await startMember(0);
    const { peerPrivateKey: privateKey } = identities[1]!;
    const deps = { clock: systemClock, log: a.log, meter: a.meter, random: Math.random };
    const listening = (listen: string) => createTransport({ privateKey, listen }, deps);
    await assert.rejects(listening(listenOf(0)), withCode("port-taken"));
    await assert.rejects(listening("/ip4/192.0.2.1/tcp/0"), withCode("listen-failed"));
    await assert.rejects(listening("/no/such/protocol"), withCode("listen-failed"));
  });

  it("names members by the peer ids of their registered keys", () => {
    assert.deepEqual(
      identities.map(({ member }) => peerIdOf(member.peerKey)),
      identities.map(({ peerId }) => peerId),
    );
  });
});
