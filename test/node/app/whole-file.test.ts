import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { writeWhole } from "../../../node/app/whole-file.ts";
import { scratchFolder } from "../../support/scratch.ts";

const isPosix = process.platform !== "win32";

describe("writing a file whole", () => {
  const folder = scratchFolder();
  const at = (name: string) => path.join(folder, name);

  it("makes it, or replaces an older one, and leaves nothing else behind", async () => {
    for (const text of ["first", "second"]) {
      await writeWhole(at("file"), text);
      assert.equal(readFileSync(at("file"), "utf8"), text);
    }
    assert.deepEqual(readdirSync(folder), ["file"]);
  });

  it("fails where a folder has the name, and leaves nothing behind", async () => {
    mkdirSync(at("folder"));
    await assert.rejects(writeWhole(at("folder"), "text"), { code: "EISDIR" });
    await assert.rejects(writeWhole(at("nowhere/file"), "text"), { code: "ENOENT" });
    assert.ok(readdirSync(folder).every((name) => !name.startsWith(".")));
  });

  it("follows a link, and replaces no device", { skip: !isPosix }, async () => {
    writeFileSync(at("target"), "old");
    symlinkSync(at("target"), at("link"));
    symlinkSync("/dev/null", at("device"));
    await writeWhole(at("link"), "new");
    await writeWhole(at("device"), "text");
    assert.equal(readFileSync(at("target"), "utf8"), "new");
    for (const name of ["link", "device"]) assert.ok(lstatSync(at(name)).isSymbolicLink(), name);
  });
});
