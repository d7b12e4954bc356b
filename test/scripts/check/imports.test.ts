import assert from "node:assert/strict";
import { statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { checkImports } from "../../../scripts/check/imports.ts";
import { layerOf, LAYERS, mayImportFile, mayImportPackage, type Layer } from "../../../scripts/check/layers.ts";
import { ROOT } from "../../../scripts/toolchain/root.ts";
import { plantTree } from "../../support/plant-tree.ts";

const EMPTY = "export const x = 1;\n";

/** The problems found in a tree in which one file has this content; the files that it names exist. */
async function problems(file: string, content: string, others: Record<string, string> = {}): Promise<string[]> {
  const tree = plantTree({ [file]: content, ...others });
  return (await checkImports(tree)).map(({ path, problem }) => `${path}: ${problem}`);
}

describe("layers", () => {
  const layer = (folder: string): Layer => LAYERS.find((candidate) => candidate.folder === folder)!;

  it("names each folder once, and allows only folders that are there or generated, and files that are there", () => {
    const folders = LAYERS.map(({ folder }) => folder);
    assert.deepEqual(folders, [...new Set(folders)]);
    for (const { folder, imports } of LAYERS) {
      for (const allowed of imports) {
        const known =
          ["*", "artifacts", "core", "types"].includes(allowed) ||
          allowed.endsWith(".json") ||
          statSync(path.join(ROOT, allowed), { throwIfNoEntry: false })?.isFile() === true ||
          folders.includes(allowed);
        assert.ok(known, `${folder} allows ${allowed}, which is no layer`);
      }
    }
  });

  it("has no circle of layers", () => {
    const reaches = (from: Layer, seen: readonly string[]): void => {
      assert.ok(!seen.includes(from.folder), [...seen, from.folder].join(" → "));
      for (const next of from.imports) {
        const target = LAYERS.find(({ folder }) => folder === next);
        if (target !== undefined) reaches(target, [...seen, from.folder]);
      }
    };
    for (const from of LAYERS) reaches(from, []);
  });

  it("takes the deepest folder that holds a file", () => {
    assert.equal(layerOf("node/chain/generated/abi.ts", LAYERS)?.folder, "node/chain/generated");
    assert.equal(layerOf("node/chain/reader.ts", LAYERS)?.folder, "node/chain");
    assert.equal(layerOf("hardhat.config.ts", LAYERS)?.folder, "");
    assert.equal(layerOf("node/elsewhere/x.ts", LAYERS), undefined);
  });

  it("lets core's arrows point inwards only", () => {
    assert.ok(mayImportFile(layer("core/consensus"), "core/codec/report.ts", LAYERS));
    assert.ok(!mayImportFile(layer("core/codec"), "core/consensus/oracle.ts", LAYERS));
    assert.ok(!mayImportFile(layer("core/errors"), "core/types/hex.ts", LAYERS));
  });

  it("lets nothing but tests import tests", () => {
    for (const from of LAYERS.filter(({ folder }) => folder !== "test")) {
      assert.ok(!mayImportFile(from, "test/support/liar.ts", LAYERS), from.folder);
    }
  });

  it("keeps packages out of the core, but for the pure ones", () => {
    assert.ok(mayImportPackage(layer("core/crypto"), "@noble/curves"));
    assert.ok(!mayImportPackage(layer("core/crypto"), "@nobler/curves"));
    assert.ok(!mayImportPackage(layer("core/crypto"), "ethersx"));
    assert.ok(!mayImportPackage(layer("core/types"), "ethers"));
  });
});

describe("checkImports", () => {
  it("finds nothing in a tree that keeps to the arrows", async () => {
    const tree = plantTree({
      "core/errors/e.ts": EMPTY,
      "core/codec/c.ts":
        'import { x } from "../errors/e.ts";\nimport { keccak256 } from "ethers";\nexport const y = [x, keccak256];\n',
      "node/chain/reader.ts":
        'import { y } from "../../core/codec/c.ts";\nimport fs from "node:fs";\nexport const z = [y, fs];\n',
      "node/app/start.ts": 'import { z } from "../chain/reader.ts";\nexport const a = z;\n',
      "test/x.test.ts": 'import { a } from "../node/app/start.ts";\nimport "./support/s.ts";\nexport const t = a;\n',
      "test/support/s.ts": EMPTY,
    });
    assert.deepEqual(await checkImports(tree), []);
  });

  it("finds an adapter that imports another", async () => {
    const content = 'import { x } from "../p2p/p.ts";\nexport const y = x;\n';
    assert.deepEqual(await problems("node/chain/c.ts", content, { "node/p2p/p.ts": EMPTY }), [
      "node/chain/c.ts: node/chain may not import node/p2p/p.ts",
    ]);
  });

  for (const [how, content] of Object.entries({
    "import type": 'import type { T } from "../consensus/o.ts";\nexport type U = T;\n',
    "an inline type import": 'export type U = import("../consensus/o.ts").T;\n',
    "export from": 'export { x } from "../consensus/o.ts";\n',
    "export type from": 'export type { T } from "../consensus/o.ts";\n',
    "import()": 'export const load = () => import("../consensus/o.ts");\n',
    "a side effect": 'import "../consensus/o.ts";\n',
  })) {
    it(`sees an import by ${how}`, async () => {
      const others = { "core/consensus/o.ts": `${EMPTY}export type T = number;\n` };
      assert.deepEqual(await problems("core/types/t.ts", content, others), [
        "core/types/t.ts: core/types may not import core/consensus/o.ts",
      ]);
    });
  }

  it("judges an import of a file that is not there by where it points", async () => {
    assert.deepEqual(
      await problems("core/types/t.ts", 'import type { A } from "../../artifacts/a.ts";\nexport type B = A;\n'),
      ["core/types/t.ts: core/types may not import artifacts/a.ts"],
    );
  });

  it("finds Node's modules and foreign packages in the core", async () => {
    assert.deepEqual(
      await problems(
        "core/codec/c.ts",
        'import fs from "node:fs";\nimport { z } from "zod/v4";\nexport const y = [fs, z];\n',
      ),
      [
        'core/codec/c.ts: core/codec is pure and may not import Node\'s "fs"',
        "core/codec/c.ts: core/codec may not import the package zod",
      ],
    );
  });

  it("finds production code that imports a test", async () => {
    const others = { "test/support/liar.ts": EMPTY };
    assert.deepEqual(await problems("scripts/devnet/main.ts", 'import "../../test/support/liar.ts";\n', others), [
      "scripts/devnet/main.ts: scripts may not import test/support/liar.ts",
    ]);
  });

  it("finds a folder that no layer names", async () => {
    assert.deepEqual(await problems("utils/strings.ts", EMPTY), ["utils/strings.ts: its folder belongs to no layer"]);
  });

  it("finds a cycle once, even if it is made of types alone", async () => {
    const content = 'import type { B } from "./b.ts";\nexport type A = B | 1;\n';
    const others = {
      "core/types/b.ts": 'import type { C } from "./c.ts";\nexport type B = C | 2;\n',
      "core/types/c.ts": 'import type { A } from "./a.ts";\nexport type C = A | 3;\n',
    };
    const found = await problems("core/types/a.ts", content, others);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /import cycle: .*a\.ts.*b\.ts.*c\.ts/);
  });
});
