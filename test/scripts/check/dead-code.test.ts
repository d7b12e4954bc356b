import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDeadCode } from "../../../scripts/check/dead-code.ts";
import { plantTree } from "../../support/plant-tree.ts";

const PACKAGE = JSON.stringify({ name: "planted", type: "module", dependencies: { leftover: "1.0.0" } });
const CONFIG = JSON.stringify({ entry: ["main.ts"], project: ["**/*.ts"] });

describe("checkDeadCode", () => {
  it("finds files, exports and dependencies that nothing uses", () => {
    const { root } = plantTree({
      "package.json": PACKAGE,
      "knip.json": CONFIG,
      "main.ts": 'import { used } from "./library.ts";\nconsole.log(used);\n',
      "library.ts": "export const used = 1;\nexport const unused = 2;\n",
      "orphan.ts": "export const x = 1;\n",
    });
    const found = checkDeadCode(root, "knip.json").map(({ path, problem }) => `${path}: ${problem}`);
    assert.deepEqual(found.toSorted(), [
      "library.ts:2: an export that nothing imports: unused",
      "orphan.ts: a file that nothing imports",
      "package.json: a dependency that nothing imports: leftover",
    ]);
  });

  it("fails where knip cannot run", () => {
    const { root } = plantTree({ "package.json": PACKAGE });
    assert.throws(() => checkDeadCode(root, "nowhere.json"), /knip gave no report/);
  });
});
