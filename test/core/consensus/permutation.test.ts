import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hexlify } from "ethers";
import fc from "fast-check";
import { keyedPermutation, leaderOf } from "../../../core/consensus/permutation.ts";
import { provingStage, transmissionStage } from "../../../core/consensus/transmission.ts";
import type { Hex } from "../../../core/types/hex.ts";

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexlify(bytes) as Hex);
const committee = fc.record({ n: fc.integer({ min: 1, max: 31 }), configDigest: digest });
const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Orders for n = 4, 4 and 7. */
const GOLDEN = [
  [0, 3, 1, 2],
  [2, 1, 0, 3],
  [0, 2, 4, 6, 1, 3, 5],
];
const DIGEST: Hex = `0x${"c0".repeat(32)}`;

describe("keyedPermutation", () => {
  it("holds every member once", () => {
    fc.assert(
      fc.property(committee, counter, ({ n, configDigest }, value) => {
        const order = keyedPermutation(n, { purpose: "test", configDigest, counter: value });
        assert.deepEqual(
          order.toSorted((a, b) => a - b),
          range(n),
        );
      }),
    );
  });

  it("depends on purpose, configuration and counter", () => {
    const order = (key: Partial<Parameters<typeof keyedPermutation>[1]>) =>
      keyedPermutation(31, { purpose: "a", configDigest: DIGEST, counter: 0n, ...key }).join();
    const orders = [
      order({}),
      order({ purpose: "b" }),
      order({ counter: 1n }),
      order({ configDigest: `0x${"c1".repeat(32)}` }),
    ];
    assert.equal(new Set(orders).size, 4);
    assert.equal(order({}), order({}));
  });

  it("puts each member in each place about equally often", () => {
    const counts = range(4).map(() => range(4).map(() => 0));
    for (const value of range(4_000)) {
      const order = keyedPermutation(4, { purpose: "test", configDigest: DIGEST, counter: BigInt(value) });
      order.forEach((member, place) => (counts[place]![member]! += 1));
    }
    for (const count of counts.flat()) assert.ok(Math.abs(count - 1_000) < 150, `${count} of about 1000`);
  });

  it("stays what it was: nodes of different releases must agree", () => {
    const order = (n: number, value: bigint) =>
      keyedPermutation(n, { purpose: "quorate.leader.v1", configDigest: DIGEST, counter: value });
    assert.deepEqual([order(4, 0n), order(4, 1n), order(7, 2n)], GOLDEN);
  });
});

describe("leaders", () => {
  it("lead once each in every block of n epochs", () => {
    fc.assert(
      fc.property(committee, fc.nat(2 ** 24), (of, block) => {
        const leaders = range(of.n).map((i) => leaderOf(block * of.n + i, of));
        assert.deepEqual(
          leaders.toSorted((a, b) => a - b),
          range(of.n),
        );
      }),
    );
  });
});

describe("stages of transmission and proving", () => {
  it("give each member a turn of its own, and differ from each other", () => {
    const stages = (of: typeof transmissionStage, sequence: bigint) =>
      range(7).map((member) => of({ n: 7, configDigest: DIGEST, sequence, member }));
    for (const turn of [transmissionStage, provingStage])
      assert.deepEqual(
        stages(turn, 5n).toSorted((a, b) => a - b),
        range(7),
      );
    const sequences = range(20).map(BigInt);
    const all = (of: typeof transmissionStage) => sequences.map((sequence) => stages(of, sequence).join());
    assert.ok(new Set([...all(transmissionStage), ...all(provingStage)]).size > 35);
  });
});
