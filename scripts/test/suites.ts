import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ContractRunner } from "./contract-suites.ts";

/** Where the tests are, as globs from the root; `exclude` holds what they share. */
const CONTRACT_TESTS = {
  solidity: { include: ["test/solidity/**/*.t.sol", "contracts/**/*.t.sol"], exclude: [] },
  mocha: { include: ["test/contracts/**/*.ts"], exclude: ["test/contracts/support/**"] },
} satisfies Record<ContractRunner, Globs>;
const NODE_TESTS: Globs = { include: ["test/**/*.test.ts"], exclude: ["test/contracts/**"] };

interface Globs {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface Suites {
  /** Paths from the root of the contract tests, by runner. */
  readonly contracts: Readonly<Record<ContractRunner, readonly string[]>>;
  /** Absolute paths of the files that node:test runs. */
  readonly node: readonly string[];
}

/**
 * Finds the tests under `root` whose path holds one of the `filters`; without filters: all of them.
 * A filter is a part of a path, such as `test/core`, `p2p` or a whole file's path.
 */
export function findSuites(root: string, filters: readonly string[]): Suites {
  const wanted = filters.map((filter) => path.relative(root, path.resolve(root, filter)).replaceAll(path.sep, "/"));
  const find = ({ include, exclude }: Globs) =>
    include
      .flatMap((glob) => globSync(glob, { cwd: root, exclude }))
      .map((file) => file.replaceAll(path.sep, "/"))
      .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
      .toSorted();
  return {
    contracts: { solidity: find(CONTRACT_TESTS.solidity), mocha: find(CONTRACT_TESTS.mocha) },
    node: find(NODE_TESTS).map((file) => path.resolve(root, file)),
  };
}

/** The node:test suites whose counts depend on the depth: they import `test/support/depth.ts`. */
export function deepSuites({ node }: Suites): readonly string[] {
  return node.filter((file) => /^import .* from ".*\/support\/depth\.ts";$/m.test(readFileSync(file, "utf8")));
}
