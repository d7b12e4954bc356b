import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "../../../core/types/hex.ts";
import { encodeBatch } from "../../../node/module-storage/batch.ts";
import { encodeFrame } from "../../../node/module-storage/frame.ts";
import { recover } from "../../../node/module-storage/recovery.ts";
import { encodeHeader, HEADER_BYTES } from "../../../node/module-storage/segment-header.ts";

const module: Hex = `0x${"01".repeat(32)}`;
const SEGMENT_BYTES = HEADER_BYTES + 4_096;

interface WrittenFrame {
  readonly number: number;
  readonly tail?: number;
  /** Written under a key of its own. */
  readonly value: string;
  readonly damaged?: boolean;
}

interface WrittenSegment {
  readonly segment: number;
  readonly firstFrame: number;
  readonly tail?: number;
  readonly frames?: readonly WrittenFrame[];
  readonly damagedHeader?: boolean;
}

/** A slot's file as it may lie on a disk. */
function file({ segment, firstFrame, tail = 1, frames = [], damagedHeader = false }: WrittenSegment): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_BYTES);
  const salt = 1_000 + segment;
  bytes.set(encodeHeader({ slots: 4, segmentBytes: SEGMENT_BYTES, segment, wear: 1, salt, firstFrame, tail }));
  if (damagedHeader) bytes.fill(0xff, 0, HEADER_BYTES);
  let at = HEADER_BYTES;
  for (const { number, tail: frameTail = tail, value, damaged = false } of frames) {
    const payload = encodeBatch({ module, writes: [{ key: value, value: Buffer.from(value) }] });
    const frame = encodeFrame({ number, segment, tail: frameTail, payload }, salt);
    if (damaged) frame[frame.length >>> 1]! ^= 1;
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}

const unused = () => new Uint8Array(SEGMENT_BYTES);
const valuesOf = (files: readonly Uint8Array[]) =>
  recover(files).batches.flatMap(({ batch }) => batch.writes.map(({ key }) => key));
const reasonsOf = (files: readonly Uint8Array[]) => recover(files).damage.map(({ reason }) => reason);

describe("recover", () => {
  it("finds nothing where nothing was written", () => {
    const empty = { segments: [], batches: [], nextFrame: 1, lastSegment: 0, damage: [], unreadable: [] };
    assert.deepEqual(recover([unused(), unused()]), empty);
  });

  it("reads segments in the order of their numbers, wherever they lie", () => {
    const first = file({ segment: 1, firstFrame: 1, frames: [{ number: 1, value: "a" }] });
    const second = file({ segment: 2, firstFrame: 2, frames: [{ number: 2, value: "b" }] });
    const files = [unused(), second, unused(), first];
    assert.deepEqual(valuesOf(files), ["a", "b"]);
    const { segments, nextFrame, lastSegment, damage } = recover(files);
    assert.deepEqual(
      segments.map(({ slot }) => slot),
      [3, 1],
    );
    assert.deepEqual([nextFrame, lastSegment, damage], [3, 2, []]);
  });

  it("leaves out what the last tail says is not needed, and what an older tail would still need", () => {
    const old = file({ segment: 1, firstFrame: 1, frames: [{ number: 1, value: "old" }] });
    const next = file({ segment: 2, firstFrame: 2, frames: [{ number: 2, value: "a" }] });
    const head = file({ segment: 3, firstFrame: 3, frames: [{ number: 3, tail: 2, value: "b" }] });
    assert.deepEqual(valuesOf([old, next, head]), ["a", "b"]);
    assert.deepEqual(
      recover([old, next, head]).segments.map(({ slot }) => slot),
      [1, 2],
    );
  });

  it("leaves out a last frame that was reported as failed and whose number was given again", () => {
    const frames = [
      { number: 1, value: "a" },
      { number: 2, value: "failed" },
    ];
    const first = file({ segment: 1, firstFrame: 1, frames });
    const second = file({ segment: 2, firstFrame: 2, frames: [{ number: 2, value: "b" }] });
    assert.deepEqual(valuesOf([first, second]), ["a", "b"]);
    assert.deepEqual(reasonsOf([first, second]), []);
  });

  it("does not count a segment whose opening failed, and never gives its number again", () => {
    const frames = [1, 2, 3].map((number) => ({ number, value: `frame ${number}` }));
    const first = file({ segment: 1, firstFrame: 1, frames });
    // Opened when frame 2 was next; then frame 2 fitted into the first segment after all.
    const failed = file({ segment: 2, firstFrame: 2 });
    for (const later of [[], [file({ segment: 3, firstFrame: 4, frames: [{ number: 4, value: "frame 4" }] })]]) {
      const { segments, nextFrame, lastSegment, damage } = recover([first, failed, ...later]);
      assert.equal(segments.length, 1 + later.length);
      assert.deepEqual([nextFrame, lastSegment, damage], [4 + later.length, 2 + later.length, []]);
    }
  });

  it("keeps what is behind a damaged place and says so, but not for a torn end", () => {
    const frames = (damaged: number) =>
      [1, 2, 3].map((number) => ({ number, value: `${number}`, damaged: number === damaged }));
    const middle = [file({ segment: 1, firstFrame: 1, frames: frames(2) })];
    assert.deepEqual([valuesOf(middle), reasonsOf(middle)], [["1", "3"], ["frame-unreadable"]]);
    const end = [file({ segment: 1, firstFrame: 1, frames: frames(3) })];
    assert.deepEqual([valuesOf(end), reasonsOf(end)], [["1", "2"], []]);
    const followed = [...end, file({ segment: 2, firstFrame: 4, frames: [{ number: 4, value: "4" }] })];
    assert.deepEqual([valuesOf(followed), reasonsOf(followed)], [["1", "2", "4"], ["frame-missing"]]);
  });

  it("notices a frame number that is missing, and an oldest segment that is", () => {
    const gap = [
      file({
        segment: 1,
        firstFrame: 1,
        frames: [
          { number: 1, value: "1" },
          { number: 3, value: "3" },
        ],
      }),
    ];
    assert.deepEqual([valuesOf(gap), reasonsOf(gap)], [["1", "3"], ["frame-unreadable"]]);
    const headless = [file({ segment: 2, firstFrame: 2, frames: [{ number: 2, value: "2" }] })];
    assert.deepEqual(reasonsOf(headless), ["frame-missing"]);
  });

  it("takes one unreadable header for a slot that was being opened, two for damage", () => {
    const head = file({ segment: 3, firstFrame: 1, tail: 3, frames: [{ number: 1, value: "a" }] });
    const torn = (segment: number) => file({ segment, firstFrame: 9, damagedHeader: true });
    assert.deepEqual([reasonsOf([head, torn(1)]), recover([head, torn(1)]).unreadable], [[], [1]]);
    assert.deepEqual(reasonsOf([head, torn(1), torn(2)]), ["headers-unreadable", "headers-unreadable"]);
  });
});
