/**
 * How all mutants of a file live in one bytecode. Each place that mutants change asks which mutant is switched on; the number is the
 * address of a library that nobody deploys, so the linker writes it into the bytecode, and the optimizer can assume nothing of it.
 */
export const SWITCH_SOURCE = "quorate-mutants/Switch.sol";
export const SWITCH_LIBRARY = "MutantSwitch";

export const SWITCH_CONTENT = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
library ${SWITCH_LIBRARY} { function linked() external pure {} }
function mutantNow() pure returns (uint256) { return uint160(address(${SWITCH_LIBRARY})); }
function mutantIs(uint256 id) pure returns (bool) { return mutantNow() == id; }
`;

export const SWITCH_IMPORT = `import {mutantIs, mutantNow} from "${SWITCH_SOURCE}";`;

/** The library's "address" with which the mutant is the one that runs; 0: none. 40 hex digits. */
export function linkedAddress(id: number): string {
  return id.toString(16).padStart(40, "0");
}

/**
 * Turns after which a loop reverts. The contracts' longest takes 512; a mutant's may be endless, and the chain's simulator keeps a
 * kilobyte of each step.
 */
export const MAX_TURNS = 600;
