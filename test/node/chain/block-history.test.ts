import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type BlockRef, createBlockHistory, MAX_REMEMBERED_HEADS } from "../../../node/chain/block-history.ts";

/** A chain of named blocks, from height 0 on. */
function chainOf(names: readonly string[]) {
  const ref = (number: number): BlockRef => ({
    number,
    hash: names[number] ?? "",
    parentHash: names[number - 1] ?? "none",
  });
  return { head: ref(names.length - 1), hashOf: (number: number) => Promise.resolve(names[number]) };
}

const judge = (history: ReturnType<typeof createBlockHistory>, names: readonly string[]) => {
  const { head, hashOf } = chainOf(names);
  return history.judge(head, hashOf);
};
const trunk = Array.from({ length: 300 }, (_, number) => `a${number}`);

describe("the history of blocks", () => {
  it("finds a fork as deep as 64 blocks, and forgets what is older than its bound", async () => {
    const history = createBlockHistory();
    for (let length = 1; length <= 200; length++) await judge(history, trunk.slice(0, length));
    const branch = (from: number, name: string) => [
      ...trunk.slice(0, from),
      ...Array.from({ length: 201 - from }, (_, place) => `${name}${place}`),
    ];
    assert.deepEqual(await judge(history, branch(136, "x")), { kind: "reorganised", fromBlock: 136 });
    const oldest = 200 - MAX_REMEMBERED_HEADS;
    assert.deepEqual(await judge(history, branch(oldest - 1, "y")), { kind: "reorganised", fromBlock: 0 });
  });

  it("tells an extended chain from the same one, whether blocks were skipped or not", async () => {
    const history = createBlockHistory();
    for (const [length, kind] of [
      [5, "extended"],
      [5, "same"],
      [6, "extended"],
      [40, "extended"],
      [40, "same"],
    ] as const)
      assert.equal((await judge(history, trunk.slice(0, length))).kind, kind);
  });

  it("finds the first replaced block: of the same height, higher, and one block higher", async () => {
    for (const branch of [
      ["b8", "b9"],
      ["b8", "b9", "b10", "b11"],
      ["b8", "b9", "b10"],
    ]) {
      const history = createBlockHistory();
      for (let length = 1; length <= 10; length++) await judge(history, trunk.slice(0, length));
      const verdict = await judge(history, [...trunk.slice(0, 8), ...branch]);
      assert.deepEqual(verdict, { kind: "reorganised", fromBlock: 8 });
      assert.equal((await judge(history, [...trunk.slice(0, 8), ...branch])).kind, "same");
    }
  });

  it("sees a shorter branch whose blocks differ, and takes a lower head of the same branch for a delay", async () => {
    const history = createBlockHistory();
    for (let length = 1; length <= 10; length++) await judge(history, trunk.slice(0, length));
    assert.equal((await judge(history, trunk.slice(0, 7))).kind, "behind");
    assert.equal((await judge(history, trunk.slice(0, 10))).kind, "same");
    assert.deepEqual(await judge(history, [...trunk.slice(0, 5), "b5"]), { kind: "reorganised", fromBlock: 5 });
  });

  it("takes a shorter chain for the chain when it is told to", async () => {
    const history = createBlockHistory();
    for (let length = 1; length <= 10; length++) await judge(history, trunk.slice(0, length));
    const { head } = chainOf(trunk.slice(0, 7));
    assert.equal(history.acceptShorter(head), 7);
    assert.equal((await judge(history, [...trunk.slice(0, 7), "b7"])).kind, "extended");
  });

  it("knows nothing of the blocks before when all that it remembers is gone", async () => {
    const history = createBlockHistory();
    for (const length of [101, 102, 103]) await judge(history, trunk.slice(0, length));
    const other = Array.from({ length: 110 }, (_, number) => `c${number}`);
    assert.deepEqual(await judge(history, other), { kind: "reorganised", fromBlock: 0 });
  });

  it("loses nothing when a question fails half way", async () => {
    const history = createBlockHistory();
    for (let length = 1; length <= 10; length++) await judge(history, trunk.slice(0, length));
    const { head, hashOf } = chainOf([...trunk.slice(0, 6), "b6", "b7", "b8", "b9", "b10"]);
    let questions = 0;
    const flaky = (number: number) => (++questions === 3 ? Promise.reject(new Error("busy")) : hashOf(number));
    await assert.rejects(history.judge(head, flaky), /busy/);
    assert.deepEqual(await history.judge(head, hashOf), { kind: "reorganised", fromBlock: 6 });
  });

  it("never calls a replaced block shared, whatever branches come", async () => {
    const run = fc.record({ keep: fc.nat(20), add: fc.integer({ min: 1, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 12 }), async (runs) => {
        const history = createBlockHistory();
        let names = trunk.slice(0, 10);
        await judge(history, names);
        for (const [index, { keep, add }] of runs.entries()) {
          const kept = names.slice(0, Math.max(1, names.length - keep));
          const next = [...kept, ...Array.from({ length: add }, (_, place) => `r${index}-${place}`)];
          const verdict = await judge(history, next);
          const isReplaced = kept.length < names.length;
          if (!isReplaced) assert.equal(verdict.kind, "extended");
          else if (verdict.kind === "reorganised") assert.ok(verdict.fromBlock <= kept.length);
          else assert.equal(verdict.kind, "behind", "only a lower head of blocks never seen can hide");
          if (verdict.kind === "behind") history.acceptShorter(chainOf(next).head);
          names = next;
        }
      }),
      { numRuns: 200 },
    );
  });
});
