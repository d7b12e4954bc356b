import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, describe, it } from "node:test";
import type { Libp2p, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { MAX_HANDSHAKE_BYTES } from "../../../node/p2p/bounded-connection.ts";
import { withLength } from "../../../node/p2p/frame-codec.ts";
import { connectionLimits } from "../../../node/p2p/limits.ts";
import { FRAME_TYPES, SYN } from "../../../node/p2p/yamux-headers.ts";
import { until } from "../../support/until.ts";
import { hastyClock } from "./support/hasty-clock.ts";
import { startOpenHost } from "./support/open-host.ts";
import {
  addressOf,
  frame,
  identities,
  listenOf,
  startAndJoin,
  stopAll,
  untilNoSockets,
  WIDE_LIMITS,
} from "./support/members.ts";
import { pings, type RawPeer, repeated, resets, startRawPeer, yamuxHeader } from "./support/raw-peer.ts";

const PROTOCOL = `/quorate/2/${"cd".repeat(8)}`;
const HOSTILE = 2;
const HASTE = 40;
/** Of a committee that says little, as most do. */
const NARROW_LIMITS: typeof WIDE_LIMITS = {
  ...WIDE_LIMITS,
  frames: { burst: 180, perSecond: 17 },
  bytes: { burst: 100_000, perSecond: 10_000 },
};
const BOUNDS = connectionLimits([NARROW_LIMITS]);

/** A member's key in other hands: libp2p, and whatever it likes to send. */
async function startHostile(): Promise<{ host: Libp2p; open: () => Promise<Stream> }> {
  const { peerPrivateKey: privateKey } = identities[HOSTILE]!;
  const host = await startOpenHost(privateKey, { listen: listenOf(HOSTILE) });
  hosts.push(host);
  return { host, open: () => host.dialProtocol(multiaddr(addressOf(0)), PROTOCOL) };
}

/** A member's key in other hands: an encrypted connection, and no Yamux but what the test makes of it. */
async function startRaw(): Promise<RawPeer> {
  const raw = await startRawPeer(identities[HOSTILE]!.peerPrivateKey, addressOf(0));
  hosts.push(raw);
  return raw;
}

const hosts: Pick<Libp2p, "stop">[] = [];

/** Member 0, which does not know where the hostile one is, so that all that happens is the hostile one's doing. */
const victim = (options: Parameters<typeof startAndJoin>[1] = {}) =>
  startAndJoin(0, { addresses: [addressOf(1)], clock: hastyClock(HASTE), ...options });

describe("a hostile member", () => {
  afterEach(async () => {
    await stopAll();
    for (const host of hosts.splice(0)) await host.stop();
  });
  after(untilNoSockets);

  it("may hold a silent stream, but not a frame half sent", async () => {
    const a = await victim();
    const { open } = await startHostile();
    const stream = await open();
    await until("connected", () => a.network.connected().includes(HOSTILE));
    stream.send(withLength(frame(1, 2, 3)));
    await until("a whole frame came", () => a.frames.length === 1);
    // Twenty seconds of silence, by the victim's clock.
    await new Promise((resolve) => setTimeout(resolve, 20_000 / HASTE));
    assert.deepEqual(a.network.connected(), [HOSTILE]);
    // A byte now and then is no progress.
    const whole = withLength(new Uint8Array(100));
    let sent = 0;
    await until("cut off", () => {
      if (stream.status === "open" && sent < 90) stream.send(whole.slice(sent, ++sent));
      return a.network.connected().length === 0;
    });
    assert.equal(a.meter.total("p2p_faults_total", { fault: "stalled" }), 1);
    assert.ok((a.meter.last("p2p_score", { member: String(HOSTILE) }) ?? 100) < 100);
    assert.deepEqual(
      a.frames.map(({ bytes }) => bytes),
      [[1, 2, 3]],
    );
  });

  it("that does not read is cut off, and costs a bounded queue until then", async () => {
    const a = await victim({ limits: { ...WIDE_LIMITS, maxFrameBytes: 10_000 } });
    const { open } = await startHostile();
    const stream = await open();
    stream.pause();
    await until("connected", () => a.network.connected().includes(HOSTILE));
    const timer = setInterval(() => {
      for (let i = 0; i < 20; i++) a.network.send(HOSTILE, new Uint8Array(10_000));
    }, 1);
    try {
      await until("cut off", () => a.network.connected().length === 0);
    } finally {
      clearInterval(timer);
    }
    assert.ok(a.meter.total("p2p_frames_dropped_total", { reason: "queue-full" }) > 0);
    assert.equal(a.meter.total("p2p_faults_total", { fault: "unread" }), 1);
  });

  it("is refused for a while after ten rejects, returns, and is refused for longer", async () => {
    const a = await victim();
    const { open, host } = await startHostile();
    await open();
    await until("connected", () => a.network.connected().includes(HOSTILE));
    for (let i = 0; i < 10; i++) a.network.penalise(HOSTILE);
    await until("cut off", () => a.network.connected().length === 0 && host.getConnections().length === 0);
    assert.equal(a.meter.last("p2p_score", { member: String(HOSTILE) }), 0);
    assert.equal(a.meter.total("p2p_bans_total", { committee: "cdcdcdcd", member: String(HOSTILE) }), 1);
    await assert.rejects(open(), "no connection while it is refused");
    await until("back", async () => {
      await open().catch(() => undefined);
      return a.network.connected().includes(HOSTILE);
    });
    const bans = () =>
      a.log.lines.filter(({ message }) => message.startsWith("member refused")).map(({ fields }) => fields.ms);
    for (let i = 0; i < 10; i++) a.network.penalise(HOSTILE);
    await until("cut off again", () => a.network.connected().length === 0);
    assert.deepEqual(bans(), [5_000, 10_000]);
  });

  it("that floods is heard within its limits, and then not at all", async () => {
    const limits = { ...WIDE_LIMITS, frames: { burst: 10, perSecond: 5 } };
    const a = await victim({ limits, clock: hastyClock(1) });
    const { open } = await startHostile();
    const stream = await open();
    await until("connected", () => a.network.connected().includes(HOSTILE));
    for (let i = 0; i < 200 && stream.status === "open"; i++) {
      stream.send(withLength(frame(i & 0xff)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("refused", () => a.network.connected().length === 0);
    assert.ok(a.frames.length < 30, String(a.frames.length));
    assert.ok(a.meter.total("p2p_frames_dropped_total", { reason: "rate" }) >= 50);
    assert.equal(a.meter.total("p2p_bans_total"), 1);
  });

  it("that opens stream after stream is refused, and holds one channel at a time until then", async () => {
    const a = await victim({ clock: hastyClock(1) });
    const { open, host } = await startHostile();
    let most = 0;
    await until("refused", async () => {
      await open().catch(() => undefined);
      most = Math.max(most, ...host.getConnections().map(({ streams }) => streams.length));
      return a.meter.total("p2p_bans_total") === 1;
    });
    assert.ok(a.meter.total("p2p_faults_total", { fault: "streams" }) >= 10);
    assert.ok(most <= 3, `${most} streams at once`);
    await until("gone", () => a.network.connected().length === 0);
  });

  it("or a stranger, that opens sockets and says nothing keeps no member out, and loses them soon", async () => {
    const a = await victim({ clock: hastyClock(1) });
    const port = Number(listenOf(0).split("/").at(-1));
    const sockets = Array.from({ length: 20 }, () => connect(port, "127.0.0.1"));
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
    for (const socket of sockets) socket.on("error", () => undefined);
    try {
      const b = await startAndJoin(1, { clock: hastyClock(1) });
      await until(
        "a member gets through",
        () => a.network.connected().includes(1) && b.network.connected().includes(0),
      );
      await Promise.all(closed);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it("that announces a frame longer than any window is cut off at its header, and none of it is kept", async () => {
    const a = await victim({ limits: NARROW_LIMITS, clock: hastyClock(1) });
    for (const length of [262_145, 0xfffffff0]) {
      const raw = await startRaw();
      const before = a.meter.total("p2p_faults_total", { fault: "oversize" });
      // The header alone: not one byte of the frame is waited for.
      await raw.pour(yamuxHeader({ flags: SYN, length }));
      await until("cut off", () => raw.ended);
      assert.equal(a.meter.total("p2p_faults_total", { fault: "oversize" }), before + 1);
    }
    assert.ok(a.transport.scoreOf(identities[HOSTILE]!.peerId) < 100);
    const line = a.log.lines.find(({ message }) => message.startsWith("connection ended"));
    assert.deepEqual(line?.fields, { peerId: identities[HOSTILE]!.peerId, fault: "oversize" });
  });

  it("is not waited for with a frame that fits into a window, but into no limits of its channels", async () => {
    const a = await victim({ limits: NARROW_LIMITS, clock: hastyClock(1) });
    const raw = await startRaw();
    await raw.pour(yamuxHeader({ length: 262_144 }));
    await until("cut off", () => raw.ended);
    assert.equal(a.meter.total("p2p_faults_total", { fault: "flood" }), 1);
  });

  for (const { name, fault, bytes, most } of [
    { name: "pings without an end", fault: "flood", bytes: pings(350_000), most: 12 * (BOUNDS.pings.burst + 100) },
    {
      name: "opens and drops streams",
      fault: "streams",
      bytes: resets(20_000),
      most: 24 * (BOUNDS.streams.burst + 100),
    },
    {
      name: "opens windows without an end",
      fault: "flood",
      bytes: repeated(yamuxHeader({ type: FRAME_TYPES.windowUpdate, length: 1 }), 350_000),
      most: 12 * (BOUNDS.frames.burst + 1_000),
    },
    {
      name: "sends to streams that are not there",
      fault: "flood",
      bytes: repeated(Buffer.concat([yamuxHeader({ length: 1_000 }), new Uint8Array(1_000)]), 4_000),
      most: 2 * BOUNDS.bytes.burst,
    },
    { name: "speaks no Yamux", fault: "malformed", bytes: repeated(Buffer.from("GET / HTTP/1.1"), 1_000), most: 240 },
  ])
    for (const [how, reads] of [
      ["reads the answers", true],
      ["reads nothing", false],
    ] as const)
      it(`that ${name} and ${how} is cut off soon, blamed, and answered within bounds`, async () => {
        const a = await victim({ limits: NARROW_LIMITS, clock: hastyClock(1) });
        const raw = await startRaw();
        if (!reads) raw.pauseReading();
        const sent = await raw.pour(bytes, 240);
        assert.equal(raw.ended, true);
        assert.ok(sent <= most, `${sent} bytes were taken`);
        assert.ok(raw.received <= sent, `${raw.received} bytes came back`);
        assert.equal(a.meter.total("p2p_faults_total"), 1);
        assert.equal(a.meter.total("p2p_faults_total", { fault }), 1);
        assert.ok((a.meter.last("p2p_score", { member: String(HOSTILE) }) ?? 100) < 100);
      });

  it("or a stranger, that does not come to the end of a handshake is cut off after a few bytes", async () => {
    const a = await victim({ clock: hastyClock(1) });
    const socket = connect(Number(listenOf(0).split("/").at(-1)), "127.0.0.1");
    socket.on("error", () => undefined);
    let answered = 0;
    socket.on("data", ({ length }) => (answered += length));
    // Lines of the negotiation that libp2p refuses one by one, in three bytes each.
    const lines = Buffer.concat([Buffer.from("\x13/multistream/1.0.0\n"), repeated(Buffer.from("\x02a\n"), 350_000)]);
    let sent = 0;
    for (; sent < lines.length && !socket.destroyed; sent += 1_000) {
      socket.write(lines.subarray(sent, sent + 1_000));
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await until("counted", () => a.meter.total("p2p_faults_total", { fault: "handshake" }) === 1);
    socket.destroy();
    assert.ok(sent < 2 * MAX_HANDSHAKE_BYTES + 100_000, `${sent} bytes were taken`);
    assert.ok(answered <= 2 * MAX_HANDSHAKE_BYTES, `${answered} bytes came back`);
  });
});
