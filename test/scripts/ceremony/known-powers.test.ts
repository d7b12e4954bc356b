import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import known from "../../../scripts/ceremony/known-powers.json" with { type: "json" };
import { publishedName } from "../../../scripts/ceremony/powers.ts";
import { NODE_MODULES } from "../../../scripts/circuits/paths.ts";

describe("the known powers of tau", () => {
  it("are those of the table in snarkjs' README, all of them, under their digests", () => {
    const text = readFileSync(path.join(NODE_MODULES, "snarkjs/README.md"), "utf8");
    const rows = [...text.matchAll(/\[(\w+\.ptau)\]\([^)]*\)\s*\|\s*([0-9a-f]{128})/g)];
    assert.equal(rows.length, 21);
    assert.deepEqual(known, Object.fromEntries(rows.map(([, name, digest]) => [name, `0x${digest}`])));
  });

  it("are found by their digests, and no others", () => {
    assert.equal(
      publishedName(known["powersOfTau28_hez_final_15.ptau"] as `0x${string}`),
      "powersOfTau28_hez_final_15.ptau",
    );
    assert.equal(publishedName(`0x${"00".repeat(64)}`), null);
  });
});
