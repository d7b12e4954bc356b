import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  completeLockfile,
  missingOptionalPackages,
  platformOf,
  type LockEntry,
} from "../../../scripts/toolchain/lockfile.ts";

const asking = (optionalDependencies: Record<string, string>): LockEntry => ({
  version: "2.0.0",
  dev: true,
  license: "MIT",
  engines: { node: ">=20" },
  optionalDependencies,
});

describe("platformOf", () => {
  for (const [name, expected] of [
    ["@oxc-parser/binding-linux-arm64-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["@oxc-parser/binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["@oxc-parser/binding-win32-x64-msvc", { os: ["win32"], cpu: ["x64"] }],
    ["@nomicfoundation/edr-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
    ["@oxc-parser/binding-android-arm-eabi", { os: ["android"], cpu: ["arm"] }],
    ["@esbuild/linux-x64", { os: ["linux"], cpu: ["x64"] }],
    ["fsevents", {}],
  ] as const) {
    it(`reads ${name}`, () => assert.deepEqual(platformOf(name), expected));
  }
});

describe("missingOptionalPackages", () => {
  it("looks where Node would: from the asking package upwards", () => {
    const parent = asking({ native: "1.0.0" });
    const inner = "node_modules/a/node_modules/b";
    const missing = (key: string) =>
      missingOptionalPackages({ packages: { [inner]: parent, [key]: { version: "1.0.0" } } });
    assert.deepEqual(missing(`${inner}/node_modules/native`), []);
    assert.deepEqual(missing("node_modules/a/node_modules/native"), []);
    assert.deepEqual(missing("node_modules/native"), []);
    assert.equal(missing("node_modules/c/node_modules/native").length, 1);
  });

  it("does not take another version for the exact one asked for", () => {
    const held = { "node_modules/native": { version: "1.0.1" } };
    assert.equal(missingOptionalPackages({ packages: { "": asking({ native: "1.0.0" }), ...held } }).length, 1);
    assert.equal(missingOptionalPackages({ packages: { "": asking({ native: "^1.0.0" }), ...held } }).length, 0);
  });
});

describe("completeLockfile", () => {
  it("adds what is missing, in npm's order, and leaves the rest alone", () => {
    const packages = {
      "": {},
      "node_modules/b": asking({ "b-linux-x64-gnu": "1.0.0", "b-win32-x64": "1.0.0" }),
      "node_modules/b-win32-x64": { version: "1.0.0", integrity: "sha512-AA==" },
    };
    const completed = completeLockfile({ packages });
    assert.deepEqual(Object.keys(completed.packages), [
      "",
      "node_modules/b",
      "node_modules/b-linux-x64-gnu",
      "node_modules/b-win32-x64",
    ]);
    assert.deepEqual(completed.packages["node_modules/b-linux-x64-gnu"], {
      version: "1.0.0",
      cpu: ["x64"],
      dev: true,
      libc: ["glibc"],
      license: "MIT",
      optional: true,
      os: ["linux"],
      engines: { node: ">=20" },
    });
    assert.deepEqual(completed.packages["node_modules/b-win32-x64"], packages["node_modules/b-win32-x64"]);
    assert.deepEqual(missingOptionalPackages(completed), []);
    assert.deepEqual(completeLockfile(completed), completed);
  });

  it("puts a second version beside the package that asks for it", () => {
    const packages = { "node_modules/a": asking({ native: "1.0.0" }), "node_modules/native": { version: "2.0.0" } };
    const completed = completeLockfile({ packages });
    assert.equal(completed.packages["node_modules/a/node_modules/native"]?.version, "1.0.0");
    assert.deepEqual(missingOptionalPackages(completed), []);
  });

  it("refuses to guess a version", () => {
    assert.throws(() => completeLockfile({ packages: { "": asking({ native: "^1.0.0" }) } }), /a range/);
  });
});
