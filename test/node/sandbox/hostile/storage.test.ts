import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { GuestResult } from "../../../../core/ports/sandbox.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { createMemoryModuleStorage } from "../../../support/memory-module-storage.ts";
import { reactor } from "../support/wat.ts";
import { createArena, ROUND, type Arena } from "./arena.ts";

const IMPORTS = `
  (import "quorate" "storage_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "quorate" "storage_set" (func $set (param i32 i32 i32 i32) (result i32)))`;

/** Answers what it finds under `secret`, nothing if there is nothing; then writes its own word there. */
const spy = (word: string) =>
  reactor({
    imports: IMPORTS,
    observe: `(local $found i32)
      (local.set $found (call $get (i32.const 100) (i32.const 6) (i32.const 2048) (i32.const 64)))
      (drop (call $set (i32.const 100) (i32.const 6) (i32.const 200) (i32.const ${word.length})))
      (if (i32.gt_s (local.get $found) (i32.const 0))
        (then (return (i64.or (i64.const ${2048n << 32n}) (i64.extend_i32_u (local.get $found))))))`,
    more: `(data (i32.const 100) "secret") (data (i32.const 200) "${word}")
      (global $seen (mut i32) (i32.const 0))`,
  });

describe("two modules that look for each other's storage", { timeout: 60_000 }, () => {
  let arena: Arena;
  // One worker: they follow each other in the same thread.
  before(async () => (arena = await createArena({ workers: 1 })));
  after(() => arena.stop());
  const storage = createMemoryModuleStorage();

  const admit = async (word: string) =>
    arena.sandbox.admit(await spy(word), { ...DEFAULT_TERMS, name: word, host: ["storage"] });

  /** A call as the node makes it: with the module's own storage, which takes its writes afterwards. */
  async function turn(module: Hex): Promise<string> {
    const result = await arena.sandbox.call({ ...ROUND, module, storage: storage.snapshot(module) });
    await storage.apply(module, result.effects?.writes ?? []);
    return answerOf(result);
  }

  it("find each their own, whoever comes first", async () => {
    const [alice, bob] = [await admit("alice"), await admit("bob")];
    const found: string[] = [];
    for (const module of [alice, bob, alice, bob, bob, alice]) found.push(await turn(module));
    assert.deepEqual(found, ["", "", "alice", "bob", "bob", "alice"]);
  });

  it("find nothing without a snapshot, and leave nothing in the thread", async () => {
    const carol = await admit("carol");
    for (let round = 0; round < 5; round++) {
      assert.equal(answerOf(await arena.sandbox.call({ ...ROUND, module: carol })), "");
    }
  });

  it("cannot import storage unless their manifest asks for it", async () => {
    const bytes = await spy("dave");
    await assert.rejects(arena.sandbox.admit(bytes, { ...DEFAULT_TERMS, name: "dave" }), /storage/);
  });
});

describe("memory of an earlier round", { timeout: 60_000 }, () => {
  it("is never seen: each phase has an instance of its own", async () => {
    const arena = await createArena({ workers: 1 });
    // Answers the byte at 300 if there is one, and leaves one there.
    const bytes = await reactor({
      observe: `(local $left i32)
        (local.set $left (i32.load8_u (i32.const 300)))
        (i32.store8 (i32.const 300) (i32.const 65))
        (if (local.get $left) (then (return (i64.const ${(300n << 32n) | 1n}))))`,
    });
    const module = await arena.sandbox.admit(bytes, { ...DEFAULT_TERMS, name: "forgetful" });
    for (let round = 0; round < 20; round++) {
      assert.equal(answerOf(await arena.sandbox.call({ ...ROUND, module })), "");
    }
    await arena.stop();
  });
});

function answerOf(result: GuestResult): string {
  return result.kind === "output" ? Buffer.from(result.output).toString() : result.code;
}
