import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { describe, it } from "node:test";
import { replaceFolder } from "../../../scripts/ceremony/files/replace-folder.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("replaceFolder", () => {
  const scratch = scratchFolder();
  const folder = path.join(scratch, "exported");
  const temporary = path.join(scratch, ".exported");

  function write(content: string): void {
    mkdirSync(temporary);
    writeFileSync(path.join(temporary, content), content);
  }

  it("gives a folder its name, in place of an earlier one, and leaves nothing else", async () => {
    for (const content of ["first", "second"]) {
      write(content);
      await replaceFolder(temporary, folder);
      assert.deepEqual(readdirSync(folder), [content]);
      assert.deepEqual(readdirSync(scratch), ["exported"]);
    }
  });

  it("keeps the earlier one where the new one cannot take its place", async (t) => {
    write("third");
    const rename = fs.rename;
    t.mock.method(fs, "rename", (from: string, to: string) =>
      from === temporary ? Promise.reject(new RangeError("no")) : rename(from, to),
    );
    syncBuiltinESMExports();
    await assert.rejects(replaceFolder(temporary, folder), RangeError);
    t.mock.restoreAll();
    syncBuiltinESMExports();
    assert.deepEqual(readdirSync(folder), ["second"]);
  });
});
