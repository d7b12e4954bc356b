import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { loadModule } from "../../../node/registry/module-registry.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("module registry", () => {
  const folder = scratchFolder();
  const file = path.join(folder, "some.wasm");
  const bytes = Buffer.from("0061736d01000000", "hex");
  writeFileSync(file, bytes);
  const sha256 = `0x${createHash("sha256").update(bytes).digest("hex")}` as const;

  it("gives the bytes that the digest names", async () => {
    assert.deepEqual(Buffer.from(await loadModule({ file, sha256 })), bytes);
  });

  it("refuses other bytes, and names both digests", async () => {
    const expected = `0x${"00".repeat(32)}` as const;
    await assert.rejects(loadModule({ file, sha256: expected }), {
      data: { code: "module-digest-mismatch", file, expected, actual: sha256 },
      message: new RegExp(`has sha256 ${sha256}, its manifest says ${expected}: rebuild`),
    });
  });

  it("says when there is none", async () => {
    const missing = path.join(folder, "none.wasm");
    await assert.rejects(loadModule({ file: missing, sha256 }), { data: { code: "module-missing", file: missing } });
  });
});
