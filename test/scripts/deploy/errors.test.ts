import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { ROOT } from "../../../scripts/toolchain/root.ts";

it("docs/deploying.md says how to mend every error of a deployment", () => {
  const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
  const declared = ["errors.ts", "configure.ts", "circuit-verifier.ts"].map((file) => read(`scripts/deploy/${file}`));
  const codes = [...declared.join("\n").matchAll(/readonly code: "([a-z-]+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 10);
  const documented = read("docs/deploying.md");
  assert.deepEqual(
    codes.filter((code) => !documented.includes(`\`${code}\``)),
    [],
  );
});
