import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FILES } from "../../../scripts/circuits/build-circuit.ts";
import { cachedBuild } from "../../../scripts/circuits/circuit-cache.ts";
import type { CacheRequest, CircuitCacheOptions } from "../../../scripts/circuits/circuit-cache.ts";
import { withCode } from "../../support/error-code.ts";

const SUMMARY = {
  constraints: 1,
  wires: 2,
  verificationKeyDigest: `0x${"ab".repeat(32)}`,
  stages: { compile: 1, setup: 1, export: 1 },
} as const;

let root: string;
let options: CircuitCacheOptions;
let builds: number;

/** A build whose files' content is `content`. */
function request(content: string, change: Partial<CacheRequest> = {}): CacheRequest {
  return {
    name: "tiny",
    key: "key",
    async build(folder) {
      builds++;
      for (const file of Object.values(FILES)) await writeFile(path.join(folder, file), `${file} ${content}`);
      return SUMMARY;
    },
    ...change,
  };
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "quorate-cache-"));
  options = { folder: path.join(root, "build"), recordsFile: path.join(root, "artifacts.json") };
  builds = 0;
  await cachedBuild(options, request("good", { update: true }));
});
afterEach(() => rm(root, { recursive: true }));

describe("cachedBuild", () => {
  it("uses a good build and says so", async () => {
    const { built, record, folder } = await cachedBuild(options, request("good"));
    assert.equal(built, undefined);
    assert.equal(builds, 1);
    assert.equal(record.constraints, 1);
    assert.equal(await readFile(path.join(folder, FILES.zkey), "utf8"), "circuit.zkey good");
  });

  it("builds again when the key changes, and on demand", async () => {
    await cachedBuild(options, request("good", { key: "other" }));
    await cachedBuild(options, request("good", { key: "other", force: true }));
    assert.equal(builds, 3);
  });

  for (const file of Object.values(FILES)) {
    it(`never uses an altered ${file}: builds it again`, async () => {
      const target = path.join(options.folder, "tiny", file);
      await writeFile(target, "altered");
      const { built } = await cachedBuild(options, request("good"));
      assert.ok(built);
      assert.equal(await readFile(target, "utf8"), `${file} good`);
    });
  }

  it("builds again when a file or the manifest is missing or damaged", async () => {
    await rm(path.join(options.folder, "tiny", FILES.wasm));
    await cachedBuild(options, request("good"));
    await writeFile(path.join(options.folder, "tiny/manifest.json"), "{");
    await cachedBuild(options, request("good"));
    assert.equal(builds, 3);
  });

  it("refuses a build that differs from the record, and keeps no trace of it", async () => {
    await rm(path.join(options.folder, "tiny"), { recursive: true });
    await assert.rejects(cachedBuild(options, request("different")), withCode("circuit-artifacts-mismatch"));
    assert.deepEqual(await readdir(options.folder), []);
  });

  it("refuses a build without a record, and accepts one on --update", async () => {
    await writeFile(options.recordsFile, "{}");
    await assert.rejects(cachedBuild(options, request("new", { key: "k2" })), withCode("circuit-artifacts-mismatch"));
    await cachedBuild(options, request("new", { key: "k2", update: true }));
    assert.equal((await cachedBuild(options, request("new", { key: "k2" }))).built, undefined);
  });

  it("leaves the old build alone when a new one dies half-way", async () => {
    const dies = request("good", {
      key: "other",
      async build(folder) {
        await writeFile(path.join(folder, FILES.r1cs), "half");
        throw new Error("out of memory");
      },
    });
    await assert.rejects(cachedBuild(options, dies), /out of memory/);
    assert.deepEqual(await readdir(options.folder), ["tiny"]);
    assert.equal((await cachedBuild(options, request("good"))).built, undefined);
  });

  it("clears what a killed build left: its folder and its lock", async () => {
    await writeFile(path.join(options.folder, "tiny.lock"), "999999999");
    await cachedBuild(options, request("x", { name: "other", update: true }));
    await writeFile(path.join(options.folder, ".tiny.999999999"), "");
    await cachedBuild(options, request("good", { force: true }));
    assert.deepEqual((await readdir(options.folder)).toSorted(), ["other", "tiny"]);
  });

  it("builds once for many who ask at the same time", async () => {
    await rm(path.join(options.folder, "tiny"), { recursive: true });
    await Promise.all([1, 2, 3].map(() => cachedBuild(options, request("good"))));
    assert.equal(builds, 2);
  });
});
