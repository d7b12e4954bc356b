import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_KEYS } from "../../../core/ports/module-storage.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { SpaceIndex } from "../../../node/module-storage/space-index.ts";

const one: Hex = `0x${"01".repeat(32)}`;
const two: Hex = `0x${"02".repeat(32)}`;
const value = Uint8Array.of(1);

describe("SpaceIndex", () => {
  it("knows what would be lost with a segment", () => {
    const index = new SpaceIndex();
    index.put(
      {
        module: one,
        writes: [
          { key: "a", value },
          { key: "b", value },
        ],
      },
      1,
    );
    index.put({ module: two, writes: [{ key: "a", value }] }, 1);
    index.put(
      {
        module: one,
        writes: [
          { key: "a", value },
          { key: "b", value: undefined },
        ],
      },
      2,
    );
    assert.deepEqual(index.within(1), [{ module: two, writes: [{ key: "a", value }] }]);
    assert.deepEqual(index.within(2), [{ module: one, writes: [{ key: "a", value }] }]);
  });

  it("holds no module without keys", () => {
    const index = new SpaceIndex();
    index.put({ module: one, writes: [{ key: "a", value }] }, 1);
    index.put({ module: one, writes: [{ key: "a", value: undefined }] }, 1);
    assert.deepEqual(index.modules, []);
  });

  it("forgets what is beyond the bounds, which only damage can bring about", () => {
    const index = new SpaceIndex();
    const writes = Array.from({ length: MAX_KEYS + 44 }, (_, at) => ({ key: `k${at}`, value }));
    index.put({ module: one, writes }, 1);
    index.put({ module: two, writes: writes.slice(0, 3) }, 1);
    assert.equal(index.trim(), 44);
    assert.equal(index.snapshot(one).length, MAX_KEYS);
    assert.equal(index.snapshot(two).length, 3);
    assert.equal(index.trim(), 0);
  });
});
