import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { gossipsub } from "@libp2p/gossipsub";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { encodeMessage } from "../../../core/consensus/wire.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { startFinalGossip } from "../../../node/p2p/final-gossip.ts";
import { startFinalSubscription } from "../../../node/p2p/final-subscription.ts";
import { finalsTopic, presumedGossip } from "../../../node/p2p/gossip-router.ts";
import { SYN } from "../../../node/p2p/yamux-headers.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, createTestIdentity, fixtureSequence } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { until } from "../../support/until.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { untilNoSockets } from "./support/members.ts";
import { pings, type RawPeer, resets, startRawListener, startRawPeer, yamuxHeader } from "./support/raw-peer.ts";

const DIGEST: Hex = `0x${"ab".repeat(32)}`;
const OTHER_DIGEST: Hex = `0x${"ba".repeat(32)}`;
const LOOPBACK = "/ip4/127.0.0.1/tcp/0";
const OUTSIDER = 9;

const fixture = await createProtocolFixture();
const peerKeys = fixture.identities.map(({ member }) => member.peerKey);
const final = (round: number) => fixture.final(fixtureSequence(round));
const encoded = (report: FinalReport) => encodeMessage({ kind: "final", final: report });
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const maxFinalBytes = encoded(final(1)).length;

/** What comes on raw connections, and how much of it may be taken. */
const FLOODS = [
  { name: "announces 4 GiB", fault: "oversize", bytes: yamuxHeader({ flags: SYN, length: 0xfffffff0 }), most: 12 },
  { name: "pings without an end", fault: "flood", bytes: pings(1_000_000), most: 12 * 500 },
  { name: "opens and drops streams", fault: "streams", bytes: resets(20_000), most: 24 * 500 },
];

const started: { stop(): Promise<void> }[] = [];

async function publisher(member: number, { maxWatchers = 8 } = {}) {
  const { peerPrivateKey: privateKey } = await createTestIdentity(member);
  const [meter, log] = [createRecordingMeter(), createRecordingLog()];
  const gossip = await startFinalGossip(
    { privateKey, listen: LOOPBACK, maxWatchers },
    { clock: systemClock, log, meter },
  );
  started.push(gossip);
  return { gossip, meter, log, address: gossip.addresses[0]! };
}

async function watcher(...peers: readonly string[]) {
  const got: { configDigest: Hex; hex: string }[] = [];
  const refused: string[] = [];
  const unreachable: string[] = [];
  const subscription = await startFinalSubscription(
    { peers },
    {
      ...{ clock: systemClock, log: createRecordingLog(), random: Math.random },
      onFinal: (configDigest, bytes) => void got.push({ configDigest, hex: hexOf(bytes) }),
      onRefused: (reason) => void refused.push(reason),
      onPeers: () => undefined,
      onUnreachable: (peer) => void unreachable.push(peer),
    },
  );
  started.push(subscription);
  return { subscription, got, refused, unreachable };
}

describe("gossip of finals", () => {
  afterEach(async () => {
    for (const part of started.splice(0)) await part.stop();
  });
  after(untilNoSockets);

  it("brings every member's finals to a watcher, byte for byte, of the configurations that it follows", async () => {
    const [a, b] = await Promise.all([publisher(0), publisher(1)]);
    const { subscription, got, refused } = await watcher(a.address, b.address);
    subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes }]);
    let round = 0;
    await until("subscribed", () => {
      round += 1;
      a.gossip.publish(DIGEST, final(round));
      b.gossip.publish(DIGEST, final(round));
      return a.meter.total("p2p_finals_published_total") > 0 && b.meter.total("p2p_finals_published_total") > 0;
    });
    await until("both came", () => got.length >= 2);
    const before = got.length;
    a.gossip.publish(OTHER_DIGEST, final(1));
    a.gossip.publish(DIGEST, final(1_000));
    const last = hexOf(encoded(final(1_000)));
    await until("the followed one came", () => got.slice(before).some(({ hex }) => hex === last));
    assert.ok(got.every(({ configDigest }) => configDigest === DIGEST));
    assert.deepEqual(refused, []);

    subscription.follow([{ configDigest: OTHER_DIGEST, peerKeys, maxFinalBytes }]);
    await until("the other configuration's come now", () => {
      a.gossip.publish(OTHER_DIGEST, final(2));
      return got.at(-1)?.configDigest === OTHER_DIGEST;
    });
  });

  it("takes nothing from a publisher that is no member, and nothing larger than a final", async () => {
    const [member, outsider] = await Promise.all([publisher(0), publisher(OUTSIDER)]);
    const { subscription, got, refused } = await watcher(member.address, outsider.address);
    subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes: 10 }]);
    await until("both refused", () => {
      member.gossip.publish(DIGEST, final(1));
      outsider.gossip.publish(DIGEST, final(1));
      return refused.includes("oversize") && refused.includes("no-member");
    });
    assert.deepEqual(got, []);
  });

  it("passes nothing on that a stranger publishes, and ends the connection of one that talks", async () => {
    const a = await publisher(0);
    const honest = await watcher(a.address);
    honest.subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes: 1_000_000 }]);
    await until("subscribed", () => {
      a.gossip.publish(DIGEST, final(1));
      return honest.got.length > 0;
    });
    const stranger = await createLibp2p({
      ...{ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] },
      connectionGater: { denyDialMultiaddr: () => false },
      services: {
        identify: presumedGossip(["/meshsub/1.2.0"]),
        gossip: gossipsub({ allowPublishToZeroTopicPeers: true, fallbackToFloodsub: false }),
      },
    });
    started.push({ stop: async () => stranger.stop() });
    await stranger.dial(multiaddr(a.address));
    // It takes the publisher for a subscriber, as a hostile program may.
    const { gossip } = stranger.services;
    const topics = (gossip as unknown as { topics: Map<string, Set<string>> }).topics;
    topics.set(finalsTopic(DIGEST), new Set([multiaddr(a.address).getComponents().at(-1)!.value!]));
    await until("cut off", async () => {
      await gossip.publish(finalsTopic(DIGEST), new Uint8Array(2_000)).catch(() => undefined);
      return stranger.getConnections().length === 0;
    });
    a.gossip.publish(DIGEST, final(2));
    await until("the honest one still listens", () => honest.got.at(-1)?.hex === hexOf(encoded(final(2))));
    assert.deepEqual(honest.refused, []);
  });

  for (const { name, fault, bytes, most } of FLOODS) {
    it(`leaves a publisher that ${name}, and hears the others`, async () => {
      const honest = await publisher(0);
      const listener = await startRawListener((await createTestIdentity(1)).peerPrivateKey);
      started.push(listener);
      const { subscription, got, unreachable } = await watcher(listener.address, honest.address);
      subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes }]);
      const raw = await listener.connected;
      const sent = await raw.pour(bytes, 240);
      await until("left", () => raw.ended && unreachable.includes(listener.address));
      assert.ok(sent <= most, `${sent} bytes were taken`);
      await until("the honest one is heard", () => {
        honest.gossip.publish(DIGEST, final(1));
        return got.length > 0;
      });
    });

    it(`ends the connection of a stranger that ${name}, counts it, and serves the others`, async () => {
      const a = await publisher(0);
      const honest = await watcher(a.address);
      honest.subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes }]);
      const { peerId, peerPrivateKey } = await createTestIdentity(OUTSIDER);
      const raw = await startRawPeer(peerPrivateKey, a.address);
      started.push(raw);
      raw.pauseReading();
      const sent = await raw.pour(bytes, 240);
      await until("cut off", () => raw.ended);
      assert.ok(sent <= most, `${sent} bytes were taken`);
      assert.equal(a.meter.total("p2p_watcher_faults_total"), 1);
      assert.equal(a.meter.total("p2p_watcher_faults_total", { fault }), 1);
      const line = a.log.lines.find(({ message }) => message.startsWith("connection ended"));
      assert.deepEqual(line?.fields, { peerId, fault });
      await until("the honest one still listens", () => {
        a.gossip.publish(DIGEST, final(1));
        return honest.got.length > 0;
      });
    });
  }

  it("counts every connection that it ends, but does not fill its log with them", async () => {
    const a = await publisher(0);
    const { peerPrivateKey } = await createTestIdentity(OUTSIDER);
    for (let times = 1; times <= 12; times++) {
      // The host takes a few handshakes a second of one address.
      let raw: RawPeer | undefined;
      await until("connected", async () => {
        raw = await startRawPeer(peerPrivateKey, a.address).catch(() => undefined);
        return raw !== undefined;
      });
      started.push(raw!);
      await raw!.pour(Buffer.from("GET / HTTP/1.1"));
      await until("counted", () => a.meter.total("p2p_watcher_faults_total", { fault: "malformed" }) === times);
    }
    const lines = a.log.lines.filter(({ message }) => message.startsWith("connection ended"));
    assert.equal(lines.length, 8);
  });

  it("serves as many watchers as it is told to", async () => {
    const a = await publisher(0, { maxWatchers: 2 });
    const watchers = await Promise.all([watcher(a.address), watcher(a.address)]);
    await until("two", () => a.meter.last("p2p_watchers") === 2);
    const third = await watcher(a.address);
    await until("refused", () => third.unreachable.length > 0);
    assert.equal(a.meter.last("p2p_watchers"), 2);
    await watchers[0].subscription.stop();
    third.subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes }]);
    await until("room again", () => {
      a.gossip.publish(DIGEST, final(1));
      return third.got.length > 0;
    });
  });

  it("says who cannot be reached, and comes back to a publisher that restarts", async () => {
    const a = await publisher(0);
    const { unreachable, subscription, got } = await watcher("/ip4/127.0.0.1/tcp/1", a.address);
    subscription.follow([{ configDigest: DIGEST, peerKeys, maxFinalBytes }]);
    await until("said", () => unreachable.includes("/ip4/127.0.0.1/tcp/1"));
    await a.gossip.stop();
    await until("noticed", () => unreachable.includes(a.address));
    const { peerPrivateKey: privateKey } = await createTestIdentity(0);
    const again = await startFinalGossip(
      { privateKey, listen: a.address.replace(/\/p2p\/.*/, ""), maxWatchers: 2 },
      { clock: systemClock, log: createRecordingLog(), meter: createRecordingMeter() },
    );
    started.push(again);
    await until("found again", () => {
      again.publish(DIGEST, final(1));
      return got.length > 0;
    });
  });

  it("says that its port is taken", async () => {
    const a = await publisher(0);
    const { peerPrivateKey: privateKey } = await createTestIdentity(1);
    const listen = a.address.replace(/\/p2p\/.*/, "");
    const deps = { clock: systemClock, log: createRecordingLog(), meter: createRecordingMeter() };
    await assert.rejects(startFinalGossip({ privateKey, listen, maxWatchers: 1 }, deps), withCode("port-taken"));
  });
});
