import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { MAX_MODULE_BYTES, MAX_VALUE_BYTES, type ModuleStorage } from "../../../core/ports/module-storage.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { withCode } from "../../support/error-code.ts";

const one: Hex = `0x${"01".repeat(32)}`;
const two: Hex = `0x${"02".repeat(32)}`;
const text = (value: string) => new Uint8Array(Buffer.from(value));
const valuesOf = (storage: ModuleStorage, module: Hex) =>
  Object.fromEntries(storage.snapshot(module).map(([key, value]) => [key, Buffer.from(value).toString()]));

/** What every adapter of the port does. `open` gives an empty storage; the suite closes it. */
export function describeModuleStorage(name: string, open: () => Promise<ModuleStorage>): void {
  describe(`${name}: module storage`, () => {
    let storage: ModuleStorage;
    beforeEach(async () => {
      storage = await open();
    });
    afterEach(() => storage.close());

    it("is empty at first", () => {
      assert.deepEqual(storage.snapshot(one), []);
    });

    it("sets, replaces and deletes, the last write of a key counting", async () => {
      await storage.apply(one, [
        { key: "a", value: text("1") },
        { key: "b", value: text("2") },
        { key: "a", value: text("3") },
      ]);
      assert.deepEqual(valuesOf(storage, one), { a: "3", b: "2" });
      await storage.apply(one, [
        { key: "b", value: undefined },
        { key: "never", value: undefined },
        { key: "empty", value: text("") },
      ]);
      assert.deepEqual(valuesOf(storage, one), { a: "3", empty: "" });
    });

    it("keeps modules apart", async () => {
      await Promise.all([
        storage.apply(one, [{ key: "a", value: text("one") }]),
        storage.apply(two, [{ key: "a", value: text("two") }]),
      ]);
      await storage.apply(two, [{ key: "b", value: text("more") }]);
      assert.deepEqual(valuesOf(storage, one), { a: "one" });
      assert.deepEqual(valuesOf(storage, two), { a: "two", b: "more" });
    });

    it("takes calls in their order, also those that wait together", async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => storage.apply(one, [{ key: "last", value: text(`${index}`) }])),
      );
      assert.deepEqual(valuesOf(storage, one), { last: "49" });
    });

    it("copies what it is given", async () => {
      const value = text("before");
      const done = storage.apply(one, [{ key: "a", value }]);
      value.fill(0);
      await done;
      assert.deepEqual(valuesOf(storage, one), { a: "before" });
    });

    it("a snapshot does not change any more", async () => {
      await storage.apply(one, [{ key: "a", value: text("1") }]);
      const snapshot = storage.snapshot(one);
      await storage.apply(one, [
        { key: "a", value: text("2") },
        { key: "b", value: text("3") },
      ]);
      assert.deepEqual(snapshot, [["a", text("1")]]);
    });

    it("takes all of a call or nothing", async () => {
      await storage.apply(one, [{ key: "a", value: text("1") }]);
      const bad = [
        { key: "a", value: text("2") },
        { key: "large", value: new Uint8Array(MAX_VALUE_BYTES + 1) },
      ];
      await assert.rejects(storage.apply(one, bad), withCode("storage-bound"));
      const badKey = [
        { key: "b", value: text("2") },
        { key: "", value: text("2") },
      ];
      await assert.rejects(storage.apply(one, badKey), withCode("storage-bound"));
      assert.deepEqual(valuesOf(storage, one), { a: "1" });
    });

    it("bounds a module, whose deletions make room, and not the others", async () => {
      const count = MAX_MODULE_BYTES / MAX_VALUE_BYTES;
      const fill = Array.from({ length: count }, (_, index) => ({
        key: `k${index}`,
        value: new Uint8Array(MAX_VALUE_BYTES - 2),
      }));
      await storage.apply(one, fill);
      const more = { key: "x", value: new Uint8Array(MAX_VALUE_BYTES - 1) };
      await assert.rejects(storage.apply(one, [more]), withCode("storage-bound"));
      await storage.apply(two, [more]);
      await storage.apply(one, [more, { key: "k0", value: undefined }]);
      assert.equal(storage.snapshot(one).length, count);
    });

    it("does what a map does", async () => {
      const key = fc.constantFrom("a", "b", "c", "ü", "🂡");
      const value = fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constant(new Uint8Array(5_000)),
        fc.constant(undefined),
      );
      const call = fc.tuple(fc.constantFrom(one, two), fc.array(fc.record({ key, value }), { maxLength: 5 }));
      const model = new Map<Hex, Map<string, Uint8Array>>([
        [one, new Map()],
        [two, new Map()],
      ]);
      await fc.assert(
        fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 10 }), async (calls) => {
          await Promise.all(calls.map(([module, writes]) => storage.apply(module, writes)));
          for (const [module, writes] of calls) {
            for (const { key, value } of writes) {
              if (value === undefined) model.get(module)!.delete(key);
              else model.get(module)!.set(key, value);
            }
          }
          for (const module of [one, two]) assert.deepEqual(new Map(storage.snapshot(module)), model.get(module));
        }),
        { numRuns: 50 },
      );
    });

    it("takes nothing once it is closed", async () => {
      const last = storage.apply(one, [{ key: "a", value: text("1") }]);
      await storage.close();
      await last;
      await assert.rejects(storage.apply(one, []), withCode("storage-closed"));
    });
  });
}
