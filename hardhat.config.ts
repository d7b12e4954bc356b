import { createRequire } from "node:module";
import hardhatToolbox from "@nomicfoundation/hardhat-toolbox";
import { configVariable, defineConfig } from "hardhat/config";
import { quorateTasks } from "./scripts/deploy/tasks/tasks.ts";

// The compiler comes from npm (solc's WebAssembly build), so compiling downloads nothing.
const solc = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: { evmVersion: "osaka", optimizer: { enabled: true, runs: 100_000 }, viaIR: true },
};

/** Contracts of the projects whose interfaces the adapters offer, as these publish them: the tests put them on our adapters. */
const originals = [
  "@api3/contracts/mock/MockApi3ReaderProxy.sol",
  "@chainlink/contracts/src/v0.8/tests/FeedConsumer.sol",
  "@pythnetwork/pyth-sdk-solidity/PythAggregatorV3.sol",
  "@pythnetwork/pyth-sdk-solidity/PythUtils.sol",
];

export default defineConfig({
  plugins: [hardhatToolbox],
  tasks: quorateTasks,
  solidity: {
    npmFilesToBuild: ["@openzeppelin/contracts/governance/TimelockController.sol", ...originals],
    profiles: { default: solc, production: solc },
  },
  paths: { tests: { mocha: "./test/contracts", solidity: "./test/solidity" }, ignition: "./scripts/deploy" },
  test: {
    mocha: { timeout: 120_000 },
    solidity: { fuzz: { runs: 256, seed: "0x2a" }, invariant: { runs: 32, depth: 64 } },
  },
  networks: {
    // Blocks may share a timestamp: a burst of transactions must not push the chain's clock ahead of the nodes'.
    devnet: {
      type: "edr-simulated",
      chainId: 31337,
      allowBlocksWithSameTimestamp: true,
      mining: { auto: true, interval: 0 },
    },
    // The same chain seen from another process; the devnet overrides the URL with its server's.
    devnetRpc: { type: "http", chainId: 31337, url: "http://127.0.0.1:8545" },
    // Any other chain. Both are asked for when they are needed: from the environment, or from `hardhat keystore`, encrypted.
    live: { type: "http", url: configVariable("QUORATE_RPC_URL"), accounts: [configVariable("QUORATE_DEPLOYER_KEY")] },
  },
  typechain: { outDir: "./types/ethers-contracts" },
});
