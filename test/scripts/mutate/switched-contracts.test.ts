import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compile } from "../../../scripts/mutate/compiler.ts";
import { keyOf } from "../../../scripts/mutate/mutant.ts";
import type { Project } from "../../../scripts/mutate/project.ts";
import { switchSources } from "../../../scripts/mutate/switched-contracts.ts";

const CONTRACT = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Vault {
  uint256 private constant MAX = 5;
  address public owner; uint256 public sum; // Σ of ½: bytes are not characters
  error TooMuch(uint256 amount);
  modifier onlyOwner() { if (msg.sender != owner) revert TooMuch(0); _; }
  function add(uint256 amount) external onlyOwner {
    if (amount > MAX || amount == 0) revert TooMuch(amount + 1);
    sum = sum + amount;
    for (uint256 i = 0; i < amount; ++i) sum += i;
  }
  function least(uint256 a, uint256 b) external pure returns (uint256 r) {
    assembly ("memory-safe") { r := b if lt(a, b) { r := a } }
  }
}
`;

const project: Project = {
  input: { language: "Solidity", sources: { "project/Vault.sol": { content: CONTRACT } }, settings: { viaIR: true } },
  contracts: [{ name: "Vault", source: "project/Vault.sol", closure: ["project/Vault.sol"] }],
  sourceNameOf: (file) => `project/${file}`,
};

describe("the mutants of a contract", () => {
  const { mutants, sources } = switchSources(project, ["Vault.sol"]);
  const changes = mutants.map(({ operator, original, replacement }) => [operator, original, replacement].join(" | "));

  const expected = [
    "constant | MAX | MAX + 1",
    "constant | MAX | MAX - 1",
    "modifier removed | onlyOwner | ",
    "never | amount > MAX || amount == 0 | false",
    "always | amount > MAX || amount == 0 | true",
    "logic | amount > MAX || amount == 0 | amount > MAX && amount == 0",
    "dropped term | amount > MAX || amount == 0 | amount > MAX",
    "dropped term | amount > MAX || amount == 0 | amount == 0",
    "boundary | amount > MAX | amount >= MAX",
    "boundary | amount == 0 | amount != 0",
    "literal | amount == 0 | amount == 1",
    "removed | sum = sum + amount; | ",
    "arithmetic | sum + amount | sum - amount",
    "boundary | i < amount | i <= amount",
    "removed | sum += i; | ",
    "boundary | lt(a, b) | iszero(gt(a, b))",
    "never | lt(a, b) | 0",
    "always | lt(a, b) | 1",
    "removed | r := a | ",
  ];
  for (const change of expected) {
    it(`hold ${change}`, () => assert.ok(changes.includes(change), changes.join("\n")));
  }

  it("leave alone what a revert says", () => {
    assert.ok(!changes.some((change) => change.includes("amount + 1")));
  });

  it("are numbered by their places, and equal ones of one function told apart", () => {
    assert.deepEqual(
      mutants.map(({ id }) => id),
      mutants.map((_, index) => index + 1),
    );
    const names = mutants.map((mutant) => keyOf(mutant));
    assert.equal(new Set(names).size, names.length);
  });

  it("all compile together", () => {
    compile({
      ...project.input,
      sources,
      settings: { viaIR: true, outputSelection: { "*": { "*": ["evm.bytecode"] } } },
    });
  });
});
