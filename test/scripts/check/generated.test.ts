import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkGenerated } from "../../../scripts/check/generated.ts";
import type { Generator } from "../../../scripts/generate/generators.ts";
import { plantTree } from "../../support/plant-tree.ts";

const generator = (name: string): Generator => ({ name, module: `${name}.mjs`, export: "make", writes: `${name}.txt` });

async function problems(name: string, source?: string): Promise<string[]> {
  const tree = plantTree(source === undefined ? {} : { [`${name}.mjs`]: source });
  return (await checkGenerated(tree, [generator(name)])).map(({ path, problem }) => `${path}: ${problem}`);
}

describe("checkGenerated", () => {
  it("is content with what its generator would write, and only asks", async () => {
    assert.deepEqual(await problems("fresh", "export const make = async ({ check }) => check;"), []);
  });

  it("finds a stale file", async () => {
    assert.deepEqual(await problems("stale", "export const make = async () => false;"), [
      "stale.txt: not what its generator writes today",
    ]);
  });

  it("finds a generator that is missing, exports nothing or throws", async () => {
    assert.deepEqual(await problems("missing"), ["missing.mjs: this generator is missing"]);
    assert.match((await problems("empty", "export {};")).join(), /exports no function make/);
    const thrower = "export const make = async () => { throw new Error('no artifacts'); };";
    assert.deepEqual(await problems("broken", thrower), ["broken.txt: its generator failed: no artifacts"]);
  });
});
