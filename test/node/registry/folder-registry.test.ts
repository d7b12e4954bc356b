import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import type { Hex } from "../../../core/types/hex.ts";
import { folderDigest, loadFolders } from "../../../node/registry/folder-registry.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const NOTHING: Hex = `0x${"00".repeat(32)}`;

describe("a manifest's folders", () => {
  const scratch = scratchFolder();
  const folderOf = (files: Readonly<Record<string, string | Uint8Array>>): string => {
    const directory = mkdtempSync(path.join(scratch, "folder-"));
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), bytes);
    }
    return directory;
  };
  const load = (directory: string, sha256 = NOTHING) => loadFolders([{ path: "/data", directory, sha256 }]);
  const sorted = (files: Readonly<Record<string, string>>) =>
    Object.entries(files).map(([name, text]) => ({ path: name, bytes: Buffer.from(text) }));

  it("are read whole and in order, under the digest that a shell computes, too", async () => {
    const files = { "B.txt": "bee", "a/deep/x.csv": "1\n2\n", "a/z": "", a0: "zero" };
    const directory = folderOf({ a0: "zero", "a/z": "", "a/deep/x.csv": "1\n2\n", "B.txt": "bee" });
    const sha256 = folderDigest(sorted(files));
    assert.deepEqual(await load(directory, sha256), [{ path: "/data", files: sorted(files) }]);
    const list = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sed 's/  / /' | sha256sum";
    assert.equal(`0x${execFileSync("sh", ["-c", list], { cwd: directory, encoding: "utf8" }).slice(0, 64)}`, sha256);
  });

  it("are refused where anything changed: a byte, a name, a file more or less", async () => {
    const sha256 = folderDigest(sorted({ a: "1", b: "2" }));
    assert.deepEqual((await load(folderOf({ a: "1", b: "2" }), sha256))[0]?.files.length, 2);
    for (const files of [
      { a: "1", b: "3" },
      { a: "1", c: "2" },
      { a: "1" },
      { a: "1", b: "2", c: "" },
      { a: "2", b: "1" },
    ]) {
      const directory = folderOf(files);
      await assert.rejects(load(directory, sha256), (error) => {
        assert.ok(withCode("folder-digest-mismatch")(error));
        assert.match((error as Error).message, new RegExp(`has sha256 0x[0-9a-f]{64}, its manifest says ${sha256}`));
        return true;
      });
    }
  });

  it("hold no links: what is read must be what was signed", async () => {
    for (const target of ["/etc/passwd", "a", "/", "nowhere"]) {
      const directory = folderOf({ a: "1" });
      symlinkSync(target, path.join(directory, "link"));
      await assert.rejects(load(directory), {
        code: "folder-entry-refused",
        message: /"link" .*put a copy in its place/,
      });
    }
  });

  it("hold plain names alone", async () => {
    for (const name of ["two words", "line\nbreak", "ü", "a;b"])
      await assert.rejects(load(folderOf({ [name]: "" })), withCode("folder-entry-refused"), name);
  });

  it("are bounded together: 64 files, 1 MiB", async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, ""]));
    await assert.rejects(load(folderOf(many(64))), withCode("folder-digest-mismatch"));
    await assert.rejects(load(folderOf(many(65))), withCode("folder-too-large"));
    const MIB = 1024 * 1024;
    await assert.rejects(load(folderOf({ a: new Uint8Array(MIB) })), withCode("folder-digest-mismatch"));
    await assert.rejects(load(folderOf({ a: new Uint8Array(MIB + 1) })), withCode("folder-too-large"));
    const half = { a: "x".repeat(MIB / 2 + 1) };
    const one = { path: "/a", directory: folderOf(half), sha256: folderDigest(sorted(half)) };
    assert.equal((await loadFolders([one])).length, 1);
    await assert.rejects(loadFolders([one, { ...one, path: "/b" }]), withCode("folder-too-large"));
    const nested = Array.from({ length: 200 }, () => "d").join("/");
    await assert.rejects(load(folderOf({ [`${nested}/f`]: "" })), withCode("folder-too-large"));
  });

  it("must be there", async () => {
    await assert.rejects(load(path.join(scratch, "nowhere")), withCode("folder-missing"));
    await assert.rejects(load(path.join(folderOf({ a: "" }), "a")), withCode("folder-missing"));
  });
});
