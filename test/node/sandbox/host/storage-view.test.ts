import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_KEYS, MAX_MODULE_BYTES, MAX_VALUE_BYTES } from "../../../../core/ports/module-storage.ts";
import { StorageView } from "../../../../node/sandbox/host/storage-view.ts";

const value = (...bytes: number[]) => Uint8Array.of(...bytes);

describe("StorageView", () => {
  it("gives a phase its own writes, and records only what it saw of the snapshot, each key once", () => {
    const view = new StorageView([["a", value(1)]]);
    assert.ok(view.set("new", value(9)));
    assert.deepEqual(
      [view.read("new"), view.read("a"), view.read("a"), view.read("none")],
      [value(9), value(1), value(1), undefined],
    );
    assert.ok(view.set("a", value(2)));
    assert.deepEqual(view.read("a"), value(2));
    assert.deepEqual(view.reads(), [
      { key: "a", value: value(1) },
      { key: "none", value: undefined },
    ]);
    assert.deepEqual(view.writes(), [
      { key: "new", value: value(9) },
      { key: "a", value: value(2) },
    ]);
  });

  it("a deletion says whether there was a value, which is a read; it leaves a write only where the snapshot has the key", () => {
    const view = new StorageView([["a", value(1)]]);
    assert.deepEqual([view.delete("a"), view.delete("a"), view.delete("b")], [true, false, false]);
    assert.ok(view.set("c", value(3)));
    assert.ok(view.delete("c"));
    assert.deepEqual(view.read("a"), undefined);
    assert.deepEqual(view.reads(), [
      { key: "a", value: value(1) },
      { key: "b", value: undefined },
      { key: "c", value: undefined },
    ]);
    assert.deepEqual(view.writes(), [{ key: "a", value: undefined }]);
  });

  it("is bounded however many keys are read, set and deleted", () => {
    const view = new StorageView([["a", value(1)]]);
    for (let index = 0; index < 5_000; index++) {
      view.read(`absent ${index}`);
      view.set(`short-lived ${index}`, value(1));
      view.delete(`short-lived ${index}`);
    }
    assert.equal(view.reads().length, MAX_KEYS);
    assert.deepEqual(view.writes(), []);
    assert.deepEqual(view.read("a"), value(1));
    assert.equal(view.reads().length, MAX_KEYS + 1);
  });

  it("records the whole snapshot where its fullness decided", () => {
    const size = MAX_VALUE_BYTES - 2;
    const snapshot = Array.from({ length: MAX_MODULE_BYTES / MAX_VALUE_BYTES }, (_, index) => {
      return [`k${index}`, new Uint8Array(size)] as const;
    });
    const view = new StorageView(snapshot.toReversed());
    assert.equal(view.set("more", value(1)), false);
    assert.deepEqual(
      view.reads().map(({ key }) => key),
      snapshot.map(([key]) => key),
    );
    assert.deepEqual(view.writes(), []);
  });

  it("answers the same from its recorded reads alone", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "", "x".repeat(65));
    // Sizes around the bounds, so that the space gets full.
    const size = fc.oneof(fc.nat(10), fc.constantFrom(MAX_VALUE_BYTES - 1, MAX_VALUE_BYTES, MAX_VALUE_BYTES + 1));
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("get" as const), key }),
      fc.record({ kind: fc.constant("delete" as const), key }),
      fc.record({ kind: fc.constant("set" as const), key, size }),
    );
    const stored = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), size), {
      selector: ([key]) => key,
    });
    let refused = 0;
    fc.assert(
      fc.property(stored, fc.array(operation, { maxLength: 30 }), (sizes, operations) => {
        const snapshot = sizes.map(([key, size]) => [key, new Uint8Array(Math.min(size, MAX_VALUE_BYTES))] as const);
        const run = (view: StorageView) =>
          operations.map((operation) => {
            if (operation.kind === "get") return view.read(operation.key)?.length;
            if (operation.kind === "delete") return view.delete(operation.key);
            return view.set(operation.key, new Uint8Array(operation.size));
          });
        const first = new StorageView(snapshot);
        const answers = run(first);
        const recorded = first
          .reads()
          .flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
        const replayed = new StorageView(recorded);
        assert.deepEqual(run(replayed), answers);
        assert.deepEqual([replayed.reads(), replayed.writes()], [first.reads(), first.writes()]);
        if (recorded.length > 7 || answers.includes(false)) refused++;
      }),
    );
    assert.ok(refused > 0);
  });
});
