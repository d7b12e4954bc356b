import type { Artifact } from "@nomicfoundation/ignition-core";
import poseidonSolidity from "poseidon-solidity";

/**
 * Poseidon with five inputs as the package publishes it, bytecode and all: compiling its source with our settings makes a
 * contract above the size limit. It is a library, but its one function is pure, so it is called like a contract.
 */
export const POSEIDON_T6: Artifact = {
  _format: "hh3-artifact-1",
  contractName: "PoseidonT6",
  sourceName: "poseidon-solidity/PoseidonT6.sol",
  abi: [
    {
      type: "function",
      name: "hash",
      stateMutability: "pure",
      inputs: [{ name: "", type: "uint256[5]", internalType: "uint256[5]" }],
      outputs: [{ name: "", type: "uint256", internalType: "uint256" }],
    },
  ],
  bytecode: poseidonSolidity.PoseidonT6.bytecode,
  linkReferences: {},
  deployedBytecode: "0x",
  deployedLinkReferences: {},
};
