import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("logging-child.ts", import.meta.url));

interface Line {
  readonly level: string;
  readonly node: string;
  readonly msg: string;
  readonly sequence?: string;
  readonly error?: { readonly message: string; readonly stack: string; readonly data: unknown };
}

describe("logger", () => {
  const lines = execFileSync(process.execPath, [CHILD], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

  it("writes JSON lines at and above its level, each with its fields", () => {
    assert.deepEqual(
      lines.map(({ level, node, msg }) => [level, node, msg]),
      [
        ["info", "node-1", "with bigints"],
        ["error", "node-1", "with an error"],
      ],
    );
  });

  it("writes bigints as text, so that no digit is lost", () => assert.equal(lines[0]?.sequence, "9223372036854775808"));

  it("writes an error with code, stack and cause", () => {
    const { error } = lines[1]!;
    assert.match(error?.message ?? "", /^what to mend/);
    assert.match(error?.stack ?? "", /logging-child\.ts/);
    assert.match(JSON.stringify(error), /the cause/);
    assert.match(JSON.stringify(error?.data), /some-code/);
  });
});
