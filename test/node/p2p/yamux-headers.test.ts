import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createYamuxHeaders, FRAME_TYPES, type YamuxHeader } from "../../../node/p2p/yamux-headers.ts";
import { pieces } from "./support/pieces.ts";
import { yamuxHeader } from "./support/raw-peer.ts";

const u32 = fc.nat(0xffffffff);
const frames = fc.oneof(
  fc.record({
    ...{ version: fc.constant(0), flags: fc.nat(0xffff), stream: u32 },
    ...{ type: fc.constantFrom(FRAME_TYPES.windowUpdate, FRAME_TYPES.ping, FRAME_TYPES.goAway), length: u32 },
  }),
  fc.record({
    ...{ version: fc.constant(0), flags: fc.nat(0xffff), stream: u32 },
    ...{ type: fc.constant(FRAME_TYPES.data), length: fc.nat(300) },
  }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
const bytesOf = (header: YamuxHeader) => [
  yamuxHeader(header),
  Buffer.alloc(header.type === FRAME_TYPES.data ? header.length : 0, 0xff),
];

function read(bytes: Uint8Array, cuts: readonly number[], onHeader = (): boolean => true): YamuxHeader[] {
  const headers = createYamuxHeaders();
  const got: YamuxHeader[] = [];
  for (const piece of pieces(bytes, cuts))
    headers.push(piece, (header) => {
      got.push(header);
      return onHeader();
    });
  return got;
}

describe("Yamux headers", () => {
  it("are read out of any stream of frames, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 20 }), sizes, (sent, cuts) => {
        const plain = sent.map((header) => ({ ...header }));
        assert.deepEqual(read(Buffer.concat(sent.flatMap(bytesOf)), cuts), plain);
      }),
    );
  });

  it("are the same out of any bytes at all, however these are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), sizes, (bytes, cuts) => {
        assert.deepEqual(read(bytes, cuts), read(bytes, [bytes.length || 1]));
      }),
    );
  });

  it("are told before anything that follows them has come", () => {
    assert.deepEqual(read(yamuxHeader({ stream: 3, length: 0xffffffff }), [5]), [
      { version: 0, type: 0, flags: 0, stream: 3, length: 0xffffffff },
    ]);
  });

  it("are read no further than they are wanted", () => {
    const many = Buffer.alloc(1_200, yamuxHeader({ type: FRAME_TYPES.ping }));
    for (const cut of [1, 12, 1_200]) assert.equal(read(many, [cut], () => false).length, 1);
  });
});
