import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { multiaddr } from "@multiformats/multiaddr";
import type { Clock } from "../../../core/ports/clock.ts";
import type { Network } from "../../../core/ports/network.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { MAX_QUEUED_FRAMES } from "../../../node/p2p/channel.ts";
import { startHost } from "../../../node/p2p/libp2p-host.ts";
import { type NetworkOptions, peerIdOf, startNetwork } from "../../../node/p2p/libp2p-network.ts";
import { freePorts } from "../../../scripts/devnet/free-port.ts";
import { withCode } from "../../support/error-code.ts";
import { createTestIdentity } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { until } from "../../support/until.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const MEMBERS = 3;
const OUTSIDER = 7;
const identities = await Promise.all([0, 1, 2].map((member) => createTestIdentity(member)));
const ports = await freePorts(MEMBERS);
const CONFIG: Hex = `0x${"cd".repeat(32)}`;
const PROTOCOL = `/quorate/1/${"cd".repeat(8)}`;
const listenOf = (member: number) => `/ip4/127.0.0.1/tcp/${ports[member] ?? 0}`;
const addressOf = (member: number) => `${listenOf(member)}/p2p/${identities[member]?.peerId ?? ""}`;
const frame = (...bytes: number[]) => Uint8Array.from(bytes);

const running = new Set<Network>();

/** A member of the committee over real TCP, Noise and Yamux on loopback. */
async function join(self: number, options: Partial<NetworkOptions> & { clock?: Clock } = {}) {
  const { clock = systemClock, ...rest } = options;
  const [log, meter] = [createRecordingLog(), createRecordingMeter()];
  const frames: { from: number; bytes: number[] }[] = [];
  const seen: string[] = [];
  const network = await startNetwork(
    {
      ...{ self, privateKey: identities[self]!.peerPrivateKey, listen: listenOf(self), configDigest: CONFIG },
      peerKeys: identities.map(({ member }) => member.peerKey),
      addresses: [0, 1, 2].filter((member) => member !== self).map(addressOf),
      ...{ maxFrameBytes: 2_000, rate: { burst: 10_000, perSecond: 10_000 } },
      ...rest,
    },
    {
      ...{ clock, log, meter },
      events: {
        onFrame: (from, bytes) => void frames.push({ from, bytes: [...bytes] }),
        onConnected: (peer) => void seen.push(`+${peer}`),
        onDisconnected: (peer) => void seen.push(`-${peer}`),
      },
    },
  );
  running.add(network);
  const leave = async () => {
    running.delete(network);
    await network.stop();
  };
  return { network, frames, seen, log, meter, leave };
}

async function joined(...nodes: readonly { network: Network }[]): Promise<void> {
  await until("all connected", () => nodes.every(({ network }) => network.connected().length === nodes.length - 1));
}

describe("member network", () => {
  afterEach(async () => {
    for (const network of running) await network.stop();
    running.clear();
  });

  it("carries frames between every two members, whole and in order", async () => {
    const [a, b, c] = await Promise.all([join(0), join(1), join(2)]);
    await joined(a, b, c);
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
    const largest = a.frames.find(({ from }) => from === 2);
    assert.equal(largest?.bytes.length, 2_000);
    assert.deepEqual(a.seen.toSorted(), ["+1", "+2"]);
    assert.equal(b.meter.total("p2p_bytes_total", { direction: "in" }), 50 * 2);
  });

  it("drops and counts what it cannot send", async () => {
    const a = await join(0);
    a.network.send(2, frame(1));
    assert.equal(a.meter.total("p2p_frames_dropped_total", { reason: "not-connected" }), 1);
    const b = await join(1);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    const frames = 1_000;
    for (let i = 0; i < frames; i++) a.network.send(1, frame(i & 0xff));
    // One is being written, the queue is full, and the rest is dropped.
    assert.equal(a.meter.total("p2p_frames_dropped_total", { reason: "queue-full" }), frames - MAX_QUEUED_FRAMES - 1);
    await until("the queue drained", () => b.frames.length === MAX_QUEUED_FRAMES + 1);
    assert.deepEqual(b.frames.at(-1)?.bytes, [MAX_QUEUED_FRAMES & 0xff], "the newest were dropped");
  });

  it("gives an outsider no connection and no stream, and is unmoved by it", async () => {
    const [a, b] = await Promise.all([join(0), join(1)]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    const outsider = await startHost({
      privateKey: (await createTestIdentity(OUTSIDER)).peerPrivateKey,
      listen: "/ip4/127.0.0.1/tcp/0",
      admitted: new Set(identities.map(({ peerId }) => peerId)),
    });
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

  it("keeps apart members of different configurations", async () => {
    const other: Hex = `0x${"ef".repeat(32)}`;
    const [a, b] = await Promise.all([join(0), join(1, { configDigest: other })]);
    await until("refused", () => a.log.lines.some(({ message }) => message === "member not reached"));
    assert.deepEqual([a.network.connected(), b.network.connected(), a.seen, b.seen], [[], [], [], []]);
  });

  it("closes the channel for a frame that no honest member sends, then opens a new one", async () => {
    const [a, b] = await Promise.all([join(0, { maxFrameBytes: 10_000 }), join(1)]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    a.network.send(1, new Uint8Array(2_001));
    await until("both saw it end", () => a.seen.includes("-1") && b.seen.includes("-0"));
    assert.deepEqual(b.frames, []);
    await until("reconnected", () => a.seen.at(-1) === "+1" && b.seen.at(-1) === "+0");
    a.network.send(1, new Uint8Array(2_000));
    await until("an honest frame arrives", () => b.frames.length === 1);
  });

  it("drops what comes faster than agreed, and keeps the channel", async () => {
    const still: Clock = { ...systemClock, now: () => 1_700_000_000_000 };
    const [a, b] = await Promise.all([join(0), join(1, { clock: still, rate: { burst: 5, perSecond: 1 } })]);
    await until("connected", () => a.network.connected().includes(1) && b.network.connected().includes(0));
    for (let i = 0; i < 20; i++) a.network.send(1, frame(i));
    await until("all seen", () => b.meter.total("p2p_frames_dropped_total", { reason: "rate" }) === 15);
    assert.deepEqual(
      b.frames.map(({ bytes }) => bytes[0]),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual(b.network.connected(), [0]);
  });

  for (const [name, survivor, restarting] of [
    ["dials", 0, 1],
    ["is dialled", 1, 0],
  ] as const) {
    it(`finds a member again that restarts, where the survivor ${name}`, async () => {
      const one = await join(survivor);
      const before = await join(restarting);
      await until("connected", () => one.network.connected().includes(restarting));
      await before.leave();
      await until("noticed", () => one.seen.at(-1) === `-${restarting}`);
      const again = await join(restarting);
      await until("reconnected", () => one.seen.at(-1) === `+${restarting}` && again.seen.at(-1) === `+${survivor}`);
      one.network.send(restarting, frame(1));
      again.network.send(survivor, frame(2));
      await until("talking", () => again.frames.length === 1 && one.frames.length === 1);
    });
  }

  it("waits for a member that starts later, and warns of one that it has no address of", async () => {
    const early = await join(0, { addresses: [addressOf(1)] });
    assert.deepEqual(
      early.log.lines.flatMap(({ level, fields }) => (level === "warn" ? [fields.member] : [])),
      [2],
    );
    await until("tried", () => early.log.lines.some(({ message }) => message === "member not reached"));
    const late = await join(1);
    await until("connected", () => early.network.connected().includes(1) && late.network.connected().includes(0));
  });

  it("says that its port is taken, or that it cannot listen there", async () => {
    await join(0);
    await assert.rejects(join(1, { listen: listenOf(0) }), withCode("port-taken"));
    await assert.rejects(join(1, { listen: "/ip4/192.0.2.1/tcp/0" }), withCode("listen-failed"));
    await assert.rejects(join(1, { listen: "/no/such/protocol" }), withCode("listen-failed"));
  });

  it("counts penalties per member", async () => {
    const a = await join(0);
    a.network.penalise(2);
    assert.equal(a.meter.total("p2p_penalties_total", { member: "2" }), 1);
  });

  it("names members by the peer ids of their registered keys", () => {
    assert.deepEqual(
      identities.map(({ member }) => peerIdOf(member.peerKey)),
      identities.map(({ peerId }) => peerId),
    );
  });

  after(async () => {
    await until("no socket and no server is left", () => {
      const left = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
      return left.length === 0 ? true : left.join();
    });
  });
});
