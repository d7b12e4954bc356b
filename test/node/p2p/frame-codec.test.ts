import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createFrameDecoder, withLength } from "../../../node/p2p/frame-codec.ts";
import { pieces } from "./support/pieces.ts";

const MAX = 300;

function decode(bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]) {
  const decoder = createFrameDecoder(MAX);
  const frames: Uint8Array[] = [];
  const inBound = [...pieces(bytes, sizes)].every((piece) => decoder.push(piece, (frame) => frames.push(frame)));
  return { frames, inBound, begun: decoder.begun };
}

describe("frame codec", () => {
  it("brings back every frame, however the stream cuts it", () => {
    const frames = fc.array(fc.uint8Array({ maxLength: MAX }), { maxLength: 20 });
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(frames, sizes, (sent, cuts) => {
        const result = decode(Buffer.concat(sent.map(withLength)), cuts);
        assert.deepEqual(
          result.frames.map((frame) => [...frame]),
          sent.map((frame) => [...frame]),
        );
        assert.deepEqual([result.inBound, result.begun], [true, false]);
      }),
    );
  });

  it("writes lengths as unsigned varints", () => {
    assert.deepEqual([...withLength(new Uint8Array(0))], [0]);
    assert.deepEqual([...withLength(new Uint8Array(127)).subarray(0, 1)], [127]);
    assert.deepEqual([...withLength(new Uint8Array(300)).subarray(0, 2)], [0xac, 0x02]);
  });

  it("refuses a length above the bound as soon as it shows, and one that is not written shortest", () => {
    assert.equal(decode(withLength(new Uint8Array(MAX))).inBound, true);
    assert.equal(decode(withLength(new Uint8Array(MAX + 1))).inBound, false);
    for (const bytes of [
      [0xff, 0xff, 0xff, 0xff],
      [0x80, 0x80, 0x80, 0x80],
      [0x81, 0x00],
      [0xff, 0xff],
    ])
      assert.equal(decode(Uint8Array.from(bytes)).inBound, false, bytes.join());
  });

  it("knows whether a frame has begun", () => {
    const whole = withLength(new Uint8Array(200).fill(7));
    for (const length of [1, 2, 3, whole.length - 1]) assert.equal(decode(whole.subarray(0, length)).begun, true);
    assert.equal(decode(new Uint8Array()).begun, false);
  });

  it("does not throw for any bytes, and gives no frame above the bound", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        assert.ok(decode(bytes, [7]).frames.every((frame) => frame.length <= MAX));
      }),
    );
  });
});
