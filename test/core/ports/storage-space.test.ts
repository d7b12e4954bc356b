import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  MAX_KEY_BYTES,
  MAX_KEYS,
  MAX_MODULE_BYTES,
  MAX_VALUE_BYTES,
  type StorageEntry,
} from "../../../core/ports/module-storage.ts";
import { isStorageKey, StorageSpace } from "../../../core/ports/storage-space.ts";

const bytes = (length: number) => new Uint8Array(length);
const full = () => {
  const space = new StorageSpace();
  for (let index = 0; index < MAX_MODULE_BYTES / MAX_VALUE_BYTES; index++) {
    assert.equal(space.set(`k${index}`, bytes(MAX_VALUE_BYTES - 2)), undefined);
  }
  return space;
};

describe("StorageSpace", () => {
  it("takes keys of 1 to 64 bytes of UTF-8 without control characters", () => {
    for (const key of ["a", "x".repeat(MAX_KEY_BYTES), "ü".repeat(32), "💶".repeat(16), "\ufeff"]) {
      assert.ok(isStorageKey(key), key);
    }
    for (const key of [
      "",
      "x".repeat(MAX_KEY_BYTES + 1),
      "ü".repeat(33),
      "💶".repeat(17),
      "a\n",
      "\x7f",
      "\x85",
      "\ud800",
    ]) {
      assert.ok(!isStorageKey(key), JSON.stringify(key));
      assert.equal(new StorageSpace().set(key, bytes(1)), "key-invalid");
    }
  });

  it("bounds a value, the number of keys, and the bytes of keys and values together", () => {
    assert.equal(new StorageSpace().set("k", bytes(MAX_VALUE_BYTES + 1)), "value-too-large");
    const many = new StorageSpace();
    for (let index = 0; index < MAX_KEYS; index++) assert.equal(many.set(`k${index}`, bytes(1)), undefined);
    assert.equal(many.set("one more", bytes(1)), "too-many-keys");
    assert.equal(many.set("k0", bytes(2)), undefined);
    const space = full();
    assert.equal(space.bytes, MAX_MODULE_BYTES);
    assert.equal(space.set("k0", bytes(MAX_VALUE_BYTES - 1)), "module-full");
    assert.equal(space.set("k0", bytes(MAX_VALUE_BYTES - 3)), undefined);
    assert.equal(space.bytes, MAX_MODULE_BYTES - 1);
  });

  it("judges a list of writes by its outcome, whatever their order", () => {
    const grow: StorageEntry = { key: "k0", value: bytes(MAX_VALUE_BYTES) };
    const shrink: StorageEntry = { key: "k1", value: bytes(1) };
    assert.ok(full().with([grow, shrink]) instanceof StorageSpace);
    assert.ok(full().with([grow, { key: "k2", value: undefined }]) instanceof StorageSpace);
    assert.equal(full().with([grow]), "module-full");
  });

  it("counts the bytes that it holds, and leaves itself alone when it is extended", () => {
    const key = fc.constantFrom("a", "bc", "ü");
    const entry = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), (before, writes) => {
        const space = new StorageSpace();
        for (const { key, value } of before) {
          if (value === undefined) space.delete(key);
          else assert.equal(space.set(key, value), undefined);
        }
        const [snapshot, held] = [space.snapshot(), space.bytes];
        const after = space.with(writes);
        assert.ok(after instanceof StorageSpace);
        assert.deepEqual([space.snapshot(), space.bytes], [snapshot, held]);
        const expected = new Map(snapshot);
        for (const { key, value } of writes) {
          if (value === undefined) expected.delete(key);
          else expected.set(key, value);
        }
        assert.deepEqual(new Map(after.snapshot()), expected);
        const size = after.snapshot().reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + value.length, 0);
        assert.deepEqual([after.bytes, after.keys], [size, expected.size]);
      }),
    );
  });
});
