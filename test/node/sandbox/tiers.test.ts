import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

describe("fuel, depth and results", () => {
  it("are the same on each tier of the engine", () => {
    const script = fileURLToPath(new URL("./support/tier-digest.ts", import.meta.url));
    const digest = (flags: readonly string[]) =>
      execFileSync(process.execPath, [...flags, script], { encoding: "utf8" }).trim();
    const digests = [[], ["--liftoff-only"], ["--no-liftoff"]].map(digest);
    assert.match(digests[0] ?? "", /^[0-9a-f]{64}$/);
    assert.equal(new Set(digests).size, 1, digests.join(" "));
  });
});
