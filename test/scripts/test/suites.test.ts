import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { deepSuites, findSuites } from "../../../scripts/test/suites.ts";
import { plantTree } from "../../support/plant-tree.ts";

describe("findSuites", () => {
  const { root } = plantTree({
    "contracts/Feed.t.sol": "",
    "contracts/Feed.sol": "",
    "test/solidity/Hub.t.sol": "",
    "test/contracts/hub.ts": "",
    "test/contracts/support/fixtures.ts": "",
    "test/core/median.test.ts": 'import { trials } from "../support/depth.ts";',
    "test/core/vectors.ts": "",
    "test/node/p2p/gater.test.ts": "",
  });
  const suites = (...filters: string[]) => {
    const { contracts, node } = findSuites(root, filters);
    return [...contracts.solidity, ...contracts.mocha, ...node.map((file) => path.relative(root, file))];
  };

  it("finds each test once, with the runner that runs it", () => {
    assert.deepEqual(findSuites(root, []), {
      contracts: { solidity: ["contracts/Feed.t.sol", "test/solidity/Hub.t.sol"], mocha: ["test/contracts/hub.ts"] },
      node: ["test/core/median.test.ts", "test/node/p2p/gater.test.ts"].map((file) => path.join(root, file)),
    });
  });

  it("keeps those whose path holds a filter", () => {
    assert.deepEqual(suites("test/core"), ["test/core/median.test.ts"]);
    assert.deepEqual(suites("./test/core/median.test.ts"), ["test/core/median.test.ts"]);
    assert.deepEqual(suites("p2p", "hub"), ["test/contracts/hub.ts", "test/node/p2p/gater.test.ts"]);
    assert.deepEqual(suites("nothing"), []);
  });

  it("tells which of them have full counts", () => {
    assert.deepEqual(deepSuites(findSuites(root, [])), [path.join(root, "test/core/median.test.ts")]);
  });
});
