import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { pruneRuns } from "../../../scripts/devnet/scratch.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-scratch-"));
});
after(() => rm(folder, { recursive: true }));

describe("pruneRuns", () => {
  it("keeps the five newest runs, whatever is in them", async () => {
    const names = ["03", "01", "07", "05", "02", "06", "04"].map((day) => `2026-01-${day}T00-00-00-000Z-1`);
    for (const name of names) {
      await mkdir(path.join(folder, name, "node-1"), { recursive: true });
      await writeFile(path.join(folder, name, "node-1", "node.log"), "x");
    }
    await pruneRuns(folder);
    assert.deepEqual((await readdir(folder)).sort(), names.sort().slice(2));
    await pruneRuns(folder);
    assert.equal((await readdir(folder)).length, 5);
  });

  it("takes a folder that is not there for an empty one", () => pruneRuns(path.join(folder, "none")));
});
