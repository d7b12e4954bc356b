import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ConnectionLimits } from "../../../node/p2p/limits.ts";
import { createMuxerGuard } from "../../../node/p2p/muxer-guard.ts";
import { FRAME_TYPES, SYN } from "../../../node/p2p/yamux-headers.ts";
import { pieces } from "./support/pieces.ts";
import { RST, yamuxHeader } from "./support/raw-peer.ts";

const { data, windowUpdate, ping, goAway } = FRAME_TYPES;
const MAX_DATA = 500;
const LIMITS: ConnectionLimits = {
  frames: { burst: 20, perSecond: 10 },
  bytes: { burst: 1_000, perSecond: 100 },
  streams: { burst: 4, perSecond: 1 },
  pings: { burst: 3, perSecond: 1 },
};

function createGuard({ limits = () => LIMITS, time = { now: 0 } } = {}) {
  return createMuxerGuard({ maxDataBytes: MAX_DATA, limits }, () => time.now);
}

const frame = (header: Parameters<typeof yamuxHeader>[0]): Buffer =>
  Buffer.concat([yamuxHeader(header), Buffer.alloc((header.type ?? data) === data ? (header.length ?? 0) : 0, 1)]);
const times = (count: number, header: Parameters<typeof yamuxHeader>[0]): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => frame(header)));

describe("muxer guard", () => {
  for (const { what, bytes, fault } of [
    { what: "a data frame of a whole window", bytes: frame({ length: MAX_DATA }), fault: undefined },
    { what: "a longer one, at its header", bytes: yamuxHeader({ length: MAX_DATA + 1 }), fault: "oversize" },
    {
      what: "a window of 4 GiB: only data follows its header",
      bytes: frame({ type: windowUpdate, length: 0xffffffff }),
      fault: undefined,
    },
    { what: "a ping of any number", bytes: frame({ type: ping, flags: SYN, length: 0xffffffff }), fault: undefined },
    { what: "an end", bytes: frame({ type: goAway }), fault: undefined },
    { what: "another version", bytes: frame({ version: 1 }), fault: "malformed" },
    { what: "another type", bytes: frame({ type: 4 }), fault: "malformed" },
    { what: "as many pings as come at once", bytes: times(3, { type: ping, flags: SYN }), fault: undefined },
    { what: "one more", bytes: times(4, { type: ping, flags: SYN }), fault: "flood" },
    { what: "one more answer to pings", bytes: times(4, { type: ping, flags: 2 }), fault: "flood" },
    { what: "as many streams", bytes: times(4, { type: windowUpdate, flags: SYN }), fault: undefined },
    { what: "one stream more", bytes: times(5, { type: windowUpdate, flags: SYN }), fault: "streams" },
    { what: "one stream more, opened with data", bytes: times(5, { flags: SYN | RST, length: 1 }), fault: "streams" },
    { what: "as many frames", bytes: times(20, { type: windowUpdate }), fault: undefined },
    { what: "one frame more", bytes: times(21, { type: windowUpdate }), fault: "flood" },
    { what: "one frame more, without data", bytes: times(21, { length: 0 }), fault: "flood" },
    { what: "resets without an end", bytes: times(21, { type: windowUpdate, flags: RST }), fault: "flood" },
    { what: "as much data", bytes: times(2, { length: 500 }), fault: undefined },
    { what: "more data", bytes: times(3, { length: 400 }), fault: "flood" },
  ])
    it(`says ${fault ?? "nothing"} of ${what}`, () => {
      for (const cut of [1, 7, bytes.length]) {
        const guard = createGuard();
        const verdicts = [...pieces(bytes, [cut])].map((piece) => guard.push([piece]));
        assert.equal(verdicts.at(-1), fault);
      }
    });

  it("judges the same bytes alike, however they are cut", () => {
    const header = fc.record({
      version: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
      type: fc.constantFrom(data, data, windowUpdate, windowUpdate, ping, goAway, 4),
      flags: fc.constantFrom(0, 0, 0, 0, SYN, 2, 4, RST),
      stream: fc.nat(9),
      length: fc.nat(MAX_DATA + 20),
    });
    const bytes = fc.oneof(
      fc.array(header, { maxLength: 60 }).map((headers) => Buffer.concat(headers.map(frame))),
      fc.uint8Array({ maxLength: 600 }),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(bytes, cuts, (sent, sizes) => {
        const [whole, cut] = [createGuard(), createGuard()];
        const verdict = whole.push([sent]);
        const verdicts = [...pieces(sent, sizes)].map((piece) => cut.push([piece]));
        assert.equal(verdicts.at(-1), verdict);
        const first = verdicts.findIndex((one) => one !== undefined);
        if (first >= 0)
          assert.ok(
            verdicts.slice(first).every((one) => one === verdict),
            "a fault stays",
          );
        assert.equal(createGuard().push(pieces(sent, sizes)), verdict, "as one event of several pieces");
      }),
    );
  });

  it("lets no more through than its limits, whatever comes and whenever", () => {
    const steps = fc.array(
      fc.record({
        pause: fc.nat(3_000),
        type: fc.constantFrom(data, windowUpdate, ping),
        flags: fc.constantFrom(0, SYN),
        length: fc.nat(MAX_DATA),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const time = { now: 0 };
        const guard = createGuard({ time });
        const passed = { frames: 0, bytes: 0, streams: 0, pings: 0 };
        for (const { pause, ...header } of all) {
          time.now += pause;
          if (guard.push([frame(header)]) !== undefined) break;
          passed.frames += 1;
          passed.bytes += header.type === data ? header.length : 0;
          passed.streams += header.type !== ping && header.flags === SYN ? 1 : 0;
          passed.pings += header.type === ping ? 1 : 0;
        }
        for (const kind of ["frames", "bytes", "streams", "pings"] as const)
          assert.ok(passed[kind] <= LIMITS[kind].burst + (time.now / 1_000) * LIMITS[kind].perSecond + 1e-6, kind);
      }),
    );
  });

  it("goes by new limits as soon as there are any: a committee is joined or left while connections stay", () => {
    let limits = LIMITS;
    const guard = createGuard({ limits: () => limits });
    assert.equal(guard.push([times(20, { type: windowUpdate })]), undefined);
    limits = { ...LIMITS, frames: { burst: 100, perSecond: 10 } };
    assert.equal(guard.push([times(100, { type: windowUpdate })]), undefined);
    limits = { ...LIMITS, frames: { burst: 5, perSecond: 10 } };
    assert.equal(guard.push([times(6, { type: windowUpdate })]), "flood");
  });
});
