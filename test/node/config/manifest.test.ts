import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { readManifest } from "../../../node/config/manifest.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const FETCHERS = fileURLToPath(new URL("../../../fetchers", import.meta.url));
const bundled = globSync("*/manifest.yaml", { cwd: FETCHERS });

describe("bundled manifests", () => {
  it("are there", () => assert.ok(bundled.length >= 2));

  for (const name of bundled) {
    it(`${name} is read, with absolute paths`, async () => {
      const manifest = await readManifest(path.join(FETCHERS, name));
      assert.ok(
        path.isAbsolute(manifest.module) && manifest.module.startsWith(path.join(FETCHERS, path.dirname(name))),
      );
      for (const source of manifest.sources) if (source.kind === "file") assert.ok(path.isAbsolute(source.directory));
    });
  }
});

describe("a manifest", () => {
  const file = path.join(scratchFolder(), "manifest.yaml");
  const good = parse(readFileSync(path.join(FETCHERS, "ticker-median/manifest.yaml"), "utf8")) as object;
  const read = (change: object) => {
    writeFileSync(file, stringify({ ...good, ...change }));
    return readManifest(file);
  };
  const feed = (change: object) => ({ feeds: [{ name: "BTC/USD", decimals: 8, ...change }] });
  const folder = (change: object) => ({
    folders: [{ path: "/data", directory: "./data", sha256: `0x${"ab".repeat(32)}`, ...change }],
  });
  const source = (change: object) => ({ sources: [{ id: "x", kind: "http", url: "https://x.org", ...change }] });

  it("gets the limits that it leaves out", async () => {
    const { limits, sources, host, floats, folders } = await read({ limits: undefined, ...source({}) });
    assert.deepEqual(limits, {
      ...{ moduleBytes: 131_072, memoryPages: 64, tableEntries: 10_000 },
      ...{ fuelPerPhase: 20_000_000, timeoutMs: 2_000, fileDescriptors: 16 },
    });
    assert.deepEqual([host, floats, folders], [[], "canonical", []]);
    assert.deepEqual(sources, [{ id: "x", kind: "http", url: "https://x.org", timeoutMs: 500, allowInsecure: false }]);
  });

  it("may ask for host functions and read-only folders, whose place is relative to it", async () => {
    const manifest = await read({ host: ["storage", "log"], floats: "refused", ...folder({ path: "/data/v1.2" }) });
    assert.deepEqual([manifest.host, manifest.floats], [["storage", "log"], "refused"]);
    const [opened] = manifest.folders;
    assert.deepEqual([opened?.path, opened?.directory], ["/data/v1.2", path.join(path.dirname(file), "data")]);
  });

  for (const [at, change] of [
    ["name", { name: "Upper" }],
    ["version", { version: "1.0" }],
    ["abi", { abi: "fetcher/2" }],
    ["module", { module: undefined }],
    ["sha256", { sha256: `0x${"AB".repeat(32)}` }],
    ["limits.memoryPages", { limits: { memoryPages: 2_049 } }],
    ["limits.fuelPerPhase", { limits: { fuelPerPhase: 0 } }],
    ["limits.timeoutMs", { limits: { timeoutMs: 10_001 } }],
    // Fuel comes first: 1 ms per 20,000 units and per 20 pages.
    ["limits.timeoutMs", { limits: { fuelPerPhase: 20_000_000, memoryPages: 20, timeoutMs: 1_000 } }],
    ["limits.fuelPerPhase", { limits: { fuelPerPhase: 180_000_001, timeoutMs: 10_000 } }],
    ["limits.moduleBytes", { limits: { moduleBytes: 4 * 1024 * 1024 + 1 } }],
    ["limits.tableEntries", { limits: { tableEntries: 10_001 } }],
    ["limits.fileDescriptors", { limits: { fileDescriptors: 2 } }],
    ["limits.fileDescriptors", { limits: { fileDescriptors: 17 } }],
    ["host.0", { host: ["network"] }],
    ["host", { host: ["log", "log"] }],
    ["floats", { floats: "yes" }],
    ["folders.0.path", folder({ path: "data" })],
    ["folders.0.path", folder({ path: "/data/" })],
    ["folders.0.path", folder({ path: "/data/../etc" })],
    ["folders.0.path", folder({ path: "/." })],
    ["folders.0.sha256", folder({ sha256: "0x12" })],
    ["folders.0.directory", folder({ directory: undefined })],
    ["folders", { folders: [...folder({}).folders, ...folder({}).folders] }],
    ["limits.typo", { limits: { typo: 1 } }],
    ["sources.0.id", source({ id: "X" })],
    ["sources.0.kind", source({ kind: "ftp" })],
    ["sources.0.url", source({ url: "file:///etc/passwd" })],
    ["sources.0.timeoutMs", source({ timeoutMs: 20_000 })],
    ["sources.0.typo", source({ typo: 1 })],
    ["sources.0.directory", { sources: [{ id: "x", kind: "file" }] }],
    ["feeds", { feeds: [] }],
    ["feeds.0.name", feed({ name: "a name with spaces" })],
    ["feeds.0.name", feed({ name: "x".repeat(32) })],
    ["feeds.0.decimals", feed({ decimals: 19 })],
    ["feeds.0.params.x", feed({ params: { x: "two\nlines" } })],
    ["feeds.0.params.Upper", feed({ params: { Upper: "a key that no envelope holds" } })],
    ["typo", { typo: 1 }],
  ] as const) {
    it(`names ${at} when it is wrong: ${JSON.stringify(change).slice(0, 60)}`, async () => {
      await assert.rejects(read(change), (error) => {
        assert.ok(withCode("config-invalid")(error), String(error));
        assert.match((error as Error).message, new RegExp(`: ${at.replaceAll(".", "\\.")}: `));
        return true;
      });
    });
  }

  it("that is not there names its path", async () => {
    await assert.rejects(readManifest("/nowhere/manifest.yaml"), {
      code: "config-missing",
      message: "cannot read /nowhere/manifest.yaml: correct the path of the manifest (`modules` in the configuration)",
    });
  });
});
