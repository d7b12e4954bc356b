import type { KnipConfig } from "knip";

// Where life begins: programs, configuration files, tests, and what is offered to others (the consumer SDK).
// Exports that nothing reachable from here imports are dead. AssemblyScript (sdk/guest, fetchers) is not TypeScript.
const config: KnipConfig = {
  entry: [
    "*.config.ts",
    "scripts/*.{ts,mjs}",
    "scripts/**/main.ts",
    "scripts/deploy/modules/*.ts",
    "scripts/check/{lint,knip.config}.ts",
    "scripts/coverage/hardhat.config.ts",
    "scripts/generate/*.ts",
    "scripts/test/alive-guard.ts",
    "scripts/trace/*.ts",
    "scripts/toolchain/{complete-lockfile.ts,*.mjs}",
    "node/cli/main.ts",
    // Started by path, as processes and threads.
    "{node,scripts,test}/**/{*-worker,worker,child}.ts",
    "sdk/consumer/*.ts",
    "sdk/consumer/example/main.ts",
    "test/**/*.test.ts",
    "test/contracts/**/*.ts",
    "test/support/write-*.ts",
    "test/support/sim/main.ts",
  ],
  project: ["{core,node,scripts,sdk/consumer,test}/**/*.{ts,mjs}", "*.ts"],
  // A type that only its own file uses is part of the signature of something that others use.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreIssues: { "**/generated/**": ["exports", "types"] },
  ignoreDependencies: [
    // Included by Solidity and circom sources.
    "@api3/contracts",
    "@chainlink/contracts",
    "@openzeppelin/contracts",
    "@pythnetwork/pyth-sdk-solidity",
    "circomlib",
    "dss-interfaces",
    "poseidon-solidity",
    // Resolved by path: the compilers and the recorded data.
    "assemblyscript",
    "circom2",
    "solc",
    "vega-datasets",
    // The pinned Node, found by scripts/toolchain/node-version.mjs.
    "node-(linux|win)-.*",
  ],
};

export default config;
