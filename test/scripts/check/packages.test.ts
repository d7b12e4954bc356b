import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkLockfile, checkPins } from "../../../scripts/check/packages.ts";
import { plantTree } from "../../support/plant-tree.ts";

const INTEGRITY = { integrity: "sha512-AA==" };

function lockProblems(packages: Record<string, object>): string[] {
  const tree = plantTree({ "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }) });
  return checkLockfile(tree).map(({ problem }) => problem);
}

describe("checkPins", () => {
  it("takes one exact version, also behind an alias", () => {
    const dependencies = { a: "1.2.3", b: "1.2.3-rc.1", c: "npm:@scope/other@1.2.3", d: "npm:other@4.5.6" };
    assert.deepEqual(checkPins(plantTree({ "package.json": JSON.stringify({ dependencies }) })), []);
  });

  for (const version of [
    "^1.2.3",
    "~1.2.3",
    "1.2",
    "1.x",
    "*",
    "latest",
    "npm:other@^1.0.0",
    "github:a/b",
    "file:../b",
    ">=1.2.3",
  ]) {
    it(`finds ${version}, in any section and folder`, () => {
      for (const section of ["dependencies", "devDependencies", "optionalDependencies"]) {
        const manifest = JSON.stringify({ [section]: { a: version } });
        assert.equal(checkPins(plantTree({ "sdk/consumer/package.json": manifest })).length, 1);
      }
    });
  }
});

describe("checkLockfile", () => {
  it("finds an optional package that an entry asks for and that is missing", () => {
    const parent = {
      version: "1.0.0",
      ...INTEGRITY,
      optionalDependencies: { "p-darwin-arm64": "1.0.0", "p-linux-x64": "1.0.0" },
    };
    const held = { version: "1.0.0", ...INTEGRITY, optional: true };
    assert.deepEqual(lockProblems({ "": {}, "node_modules/p": parent, "node_modules/p-linux-x64": held }), [
      "p-darwin-arm64@1.0.0 is missing (node_modules/p asks for it)",
    ]);
  });

  it("finds a package that is tied to one place", () => {
    const entry = { version: "1.0.0", ...INTEGRITY, resolved: "http://localhost:4873/a/-/a-1.0.0.tgz" };
    assert.deepEqual(lockProblems({ "node_modules/a": entry }), [
      "node_modules/a names a place: http://localhost:4873/a/-/a-1.0.0.tgz",
    ]);
    assert.deepEqual(lockProblems({ "node_modules/a": { version: "1.0.0", ...INTEGRITY } }), []);
  });

  it("asks every package that all machines install for its hash", () => {
    assert.deepEqual(lockProblems({ "node_modules/a": { version: "1.0.0" } }), [
      "node_modules/a has no integrity hash",
    ]);
    assert.deepEqual(lockProblems({ "node_modules/a": { version: "1.0.0", optional: true } }), []);
  });
});
