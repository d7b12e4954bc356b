import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, describe, it } from "node:test";
import type { Libp2p, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { withLength } from "../../../node/p2p/frame-codec.ts";
import { startHost } from "../../../node/p2p/libp2p-host.ts";
import { until } from "../../support/until.ts";
import { hastyClock } from "./support/hasty-clock.ts";
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

const PROTOCOL = `/quorate/2/${"cd".repeat(8)}`;
const HOSTILE = 2;
const HASTE = 40;

/** A member's key in other hands: libp2p, and whatever it likes to send. */
async function startHostile(): Promise<{ host: Libp2p; open: () => Promise<Stream> }> {
  const { peerPrivateKey: privateKey } = identities[HOSTILE]!;
  const host = await startHost({ privateKey, listen: listenOf(HOSTILE), admits: () => true });
  hosts.push(host);
  return { host, open: () => host.dialProtocol(multiaddr(addressOf(0)), PROTOCOL) };
}

const hosts: Libp2p[] = [];

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
});
