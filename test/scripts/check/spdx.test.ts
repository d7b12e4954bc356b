import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkSpdx } from "../../../scripts/check/spdx.ts";
import { plantTree } from "../../support/plant-tree.ts";

const header = (licence: string) => `// SPDX-License-Identifier: ${licence}\npragma solidity 0.8.37;\n`;

function problems(file: string, content: string): string[] {
  return checkSpdx(plantTree({ [file]: content })).map(({ problem }) => problem);
}

describe("checkSpdx", () => {
  it("asks Solidity and circom files for a header at the top", () => {
    assert.deepEqual(problems("contracts/A.sol", "pragma solidity 0.8.37;\n"), ["no SPDX licence header"]);
    assert.deepEqual(problems("circuits/a.circom", "pragma circom 2.2.0;\n"), ["no SPDX licence header"]);
    assert.deepEqual(problems("contracts/A.sol", `\n\n\n${header("GPL-3.0-or-later")}`), ["no SPDX licence header"]);
    assert.deepEqual(problems("contracts/A.sol", header("GPL-3.0-or-later")), []);
    assert.deepEqual(problems("core/a.ts", "export {};\n"), []);
  });

  it("asks for the licence of the folder", () => {
    assert.deepEqual(problems("contracts/A.sol", header("MIT")), ["licence MIT where GPL-3.0-or-later is due"]);
    assert.deepEqual(problems("contracts/interfaces/IA.sol", header("MIT")), []);
    assert.equal(problems("contracts/interfaces/IA.sol", header("GPL-3.0-or-later")).length, 1);
    for (const offered of [
      "contracts/consumers/A.sol",
      "contracts/mocks/MockFeed.sol",
      "contracts/mocks/MockHub.sol",
    ]) {
      assert.deepEqual(problems(offered, header("MIT")), []);
      assert.equal(problems(offered, header("GPL-3.0-or-later")).length, 1);
    }
    assert.equal(problems("contracts/mocks/MockPoseidon.sol", header("MIT")).length, 1);
    assert.deepEqual(problems("contracts/verifiers/generated/G.sol", header("GPL-3.0")), []);
  });
});
