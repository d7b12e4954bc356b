import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { frameBytes } from "../../../core/consensus/wire.ts";
import type { Configuration, Timing } from "../../../core/types/committee.ts";
import { connectionLimits, memberLimits } from "../../../node/p2p/limits.ts";
import { createRateLimit } from "../../../node/p2p/rate-limit.ts";
import { DEVELOPMENT_TIMING } from "../../../scripts/devnet/feeds.ts";

function limitsOf({ n = 4, f = 1, lanes = 8, timing = {} } = {}) {
  const members = new Array<Configuration["members"][number]>(n);
  return memberLimits({ members, f, lanes, timing: { ...DEVELOPMENT_TIMING, ...timing } });
}

/** Second by second, what a leader sends at most in steady rounds: [frames, bytes]. */
function leaderTraffic({ n, f, lanes }: { n: number; f: number; lanes: number }, timing: Timing): [number, number] {
  const kinds = ["round-start", "observation", "proposal", "prepare", "signature"] as const;
  const bytes = kinds.map((kind) => frameBytes(kind, { n, f, lanes })).reduce((a, b) => a + b, 0);
  const rounds = 1_000 / timing.deltaRound;
  return [kinds.length * rounds, bytes * rounds];
}

const timings = fc.record({
  deltaRound: fc.integer({ min: 20, max: 60_000 }),
  deltaGrace: fc.integer({ min: 0, max: 1_000 }),
  deltaProgress: fc.integer({ min: 100, max: 120_000 }),
  deltaResend: fc.integer({ min: 100, max: 60_000 }),
  rMax: fc.integer({ min: 1, max: 65_535 }),
});
const sizes = fc.record({ f: fc.integer({ min: 1, max: 10 }), lanes: fc.integer({ min: 1, max: 32 }) });

describe("member limits", () => {
  it("are these with the development defaults", () => {
    const { maxFrameBytes, frames, bytes, maxQueuedFrames } = limitsOf();
    assert.equal(maxFrameBytes, frameBytes("final", { n: 4, f: 1, lanes: 8 }));
    // 5 frames of a round every 4 s, 4 requests and 8 finals per 2 s, some wishes: about 9 per second, and twice that.
    assert.ok(frames.perSecond > 16 && frames.perSecond < 20, String(frames.perSecond));
    // 10 s of them and a greeting.
    assert.ok(maxQueuedFrames > 80 && maxQueuedFrames < 110, String(maxQueuedFrames));
    assert.equal(frames.burst, 2 * maxQueuedFrames);
    assert.ok(bytes.perSecond < 20_000 && bytes.burst < 220_000, JSON.stringify(bytes));
  });

  it("let an honest leader through, whatever the configuration, and its whole queue after a stall", () => {
    fc.assert(
      fc.property(timings, sizes, (some, { f, lanes }) => {
        // The registry takes no other: see `Timing` in ICommitteeRegistry.
        const timing = { ...DEVELOPMENT_TIMING, ...some, deltaGrace: Math.min(some.deltaGrace, some.deltaRound - 1) };
        const shape = { n: 3 * f + 1, f, lanes };
        const { frames, bytes, maxQueuedFrames, maxFrameBytes } = limitsOf({ ...shape, timing });
        const [leaderFrames, leaderBytes] = leaderTraffic(shape, timing);
        assert.ok(frames.perSecond >= leaderFrames);
        assert.ok(bytes.perSecond >= leaderBytes);
        assert.ok(frames.burst >= maxQueuedFrames);
        assert.ok(bytes.burst >= maxFrameBytes);
        for (const number of [frames.burst, frames.perSecond, bytes.burst, bytes.perSecond])
          assert.ok(Number.isFinite(number));
      }),
    );
  });

  it("count the quick succession of epochs of a single round", () => {
    const single = limitsOf({ timing: { rMax: 1, deltaGrace: 20 } });
    assert.ok(single.frames.perSecond > 2 * 5 * 50, "fifty rounds a second are possible");
  });

  it("bound what a member that floods may make this node look at", () => {
    const { frames, bytes } = limitsOf({ n: 31, f: 10, lanes: 32 });
    const limit = createRateLimit(frames);
    let taken = 0;
    for (let ms = 0; ms < 60_000; ms++) if (limit.take(ms)) taken += 1;
    assert.ok(taken <= frames.burst + 60 * frames.perSecond);
    assert.ok(bytes.perSecond < 200_000, String(bytes.perSecond));
  });
});

describe("connection limits", () => {
  it("are these with the development defaults", () => {
    const { frames, bytes, streams, pings } = connectionLimits([limitsOf()]);
    // An honest member sends at most 9 protocol frames a second, answers 9 with new windows, and one ping in 15 s.
    assert.ok(frames.perSecond > 100 && frames.perSecond < 120, String(frames.perSecond));
    assert.ok(frames.burst > 1_300 && frames.burst < 1_500, String(frames.burst));
    assert.ok(bytes.perSecond < 25_000 && bytes.burst < 240_000, JSON.stringify(bytes));
    assert.deepEqual([streams.burst, streams.perSecond, pings.burst, pings.perSecond], [64, 4, 16, 1]);
  });

  it("bear twice what all channels of the connection bear, so that an excess is blamed there first", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(timings, sizes), { maxLength: 2 }), (committees) => {
        const channels = committees.map(([timing, { f, lanes }]) => limitsOf({ n: 3 * f + 1, f, lanes, timing }));
        const { frames, bytes } = connectionLimits(channels);
        const inAll = (of: (channel: (typeof channels)[number]) => number) =>
          channels.reduce((total, channel) => total + of(channel), 0);
        // In each direction a frame is one of data, or two, and as many windows come back.
        assert.ok(frames.burst >= 4 * inAll((channel) => channel.frames.burst));
        assert.ok(frames.perSecond >= 4 * inAll((channel) => channel.frames.perSecond));
        assert.ok(bytes.burst >= 2 * inAll((channel) => channel.bytes.burst));
        assert.ok(bytes.perSecond >= 2 * inAll((channel) => channel.bytes.perSecond));
        for (const { burst, perSecond } of [frames, bytes]) assert.ok(Number.isFinite(burst + perSecond));
      }),
    );
  });
});
