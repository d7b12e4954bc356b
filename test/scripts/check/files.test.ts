import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkMachinePaths, checkReadme, checkSizes } from "../../../scripts/check/files.ts";
import { plantTree } from "../../support/plant-tree.ts";

/** Written in two pieces, so that the check does not find them here. */
const place = (folder: string, rest: string) => `/${folder}/${rest}`;

describe("checkSizes", () => {
  it("finds a file of more than a million bytes", () => {
    const found = checkSizes(plantTree({ "a.bin": Buffer.alloc(1_000_000), "b.zkey": Buffer.alloc(1_000_001) }));
    assert.deepEqual(
      found.map(({ path }) => path),
      ["b.zkey"],
    );
  });
});

describe("checkMachinePaths", () => {
  const found = (line: string) => checkMachinePaths(plantTree({ "x.ts": `\n${line}\n` }));

  for (const line of [
    `const root = "${place("home", "ada/quorate")}";`,
    `see ${place("Users", "ada/quorate")}`,
    `cd ${place("work", "main")} && npm test`,
    `--log=${place("tmp", "log.txt")}`,
    `"${place("root", ".npm")}"`,
    `file://${place("home", "ada/x.ts")}`,
    ["C:", "Users"].join("\\"),
  ]) {
    it(`finds one in ${line}`, () => {
      assert.deepEqual(
        found(line).map(({ path }) => path),
        ["x.ts:2"],
      );
    });
  }

  for (const line of [
    `https://example.org${place("home", "news")}`,
    `import x from "..${place("work", "x.ts")}";`,
    `test${place("tmp", "x")}`,
    "/etc/hosts and /dev/null",
    "const half = total /work / 2;",
  ]) {
    it(`finds none in ${line}`, () => {
      assert.deepEqual(found(line), []);
    });
  }

  it("passes over binary files", () => {
    const content = Buffer.from(`\0"${place("home", "ada")}"`);
    assert.deepEqual(checkMachinePaths(plantTree({ "x.wasm": content })), []);
  });
});

describe("checkReadme", () => {
  it("finds the 81st line", () => {
    assert.equal(checkReadme(plantTree({ "README.md": "line\n".repeat(80) })).length, 0);
    assert.equal(checkReadme(plantTree({ "README.md": "line\n".repeat(81) })).length, 1);
    assert.equal(checkReadme(plantTree({ "docs/README.md": "line\n".repeat(81) })).length, 0);
  });
});
