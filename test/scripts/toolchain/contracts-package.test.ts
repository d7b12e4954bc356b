import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { ROOT } from "../../../scripts/toolchain/root.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** What a stranger's contract takes from the package: symbol and file. */
const IMPORTED = [
  ["AggregatorV3Interface", "interfaces/AggregatorV3Interface.sol"],
  ["IFeedHub", "interfaces/IFeedHub.sol"],
  ["ICommitteeRegistry", "interfaces/ICommitteeRegistry.sol"],
  ["FeedProxy", "feeds/FeedProxy.sol"],
  ["QuorateConsumer", "consumers/QuorateConsumer.sol"],
  ["MockFeed", "mocks/MockFeed.sol"],
  ["MockHub", "mocks/MockHub.sol"],
  ["MockGroth16Verifier", "mocks/MockGroth16Verifier.sol"],
] as const;
/** Linked from this checkout, so that nothing but the package and what it imports is installed. */
const LINKED = ["hardhat", "@nomicfoundation/hardhat-ethers", "ethers"];
/** Sources alone: a hundredth of what the node's packages take. */
const MAX_PACKED_BYTES = 200_000;
/** Longer than any step takes on a busy machine. */
const PATIENCE_MS = 120_000;

const CONTRACT = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
${IMPORTED.map(([symbol, file]) => `import {${symbol}} from "@quorate/contracts/${file}";`).join("\n")}

contract Stranger {
    AggregatorV3Interface public immutable feed = new FeedProxy(IFeedHub(address(this)), "A/B", 8, "A / B");
    MockGroth16Verifier private immutable _verifier = new MockGroth16Verifier();

    function latestPacked(bytes32) external pure returns (uint256) {
        return (uint256(4200000000) << 160) | (uint256(1700000000) << 64) | (uint256(1700000001) << 32) | 3;
    }

    function price() external view returns (int256 answer, uint256 observedAt) {
        (, answer, observedAt, , ) = feed.latestRoundData();
    }

    function takes(uint256 claimed, uint256 proven) external view returns (bool) {
        uint256[2][2] memory b;
        return _verifier.verifyProof([claimed, 2], b, [uint256(3), 0], [proven, 2, 3]);
    }
}
`;

const CONFIG = `import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import { defineConfig } from "hardhat/config";

export default defineConfig({
  plugins: [hardhatEthers],
  solidity: { version: "0.8.37", path: process.env.SOLC_PATH },
});
`;

const CALL = `import { network } from "hardhat";

const { ethers } = await network.create();
const stranger = await ethers.deployContract("Stranger");
const [answer, observedAt] = await stranger.price();
console.log(String(answer), String(observedAt), await stranger.takes(1, 1), await stranger.takes(1, 4));
`;

describe("the package of the contracts", () => {
  const folder = scratchFolder();
  const project = path.join(folder, "stranger");
  let packed: Packed;

  before(async () => {
    packed = await pack(path.join(ROOT, "contracts"), folder);
  });

  it("holds sources, licences and a README, and nothing of the checkout besides", () => {
    const strange = packed.files.filter(
      (file) => !/^(package\.json|README\.md|LICENSE|\w+\/LICENSE|[\w/]+\.sol)$/.test(file),
    );
    assert.deepEqual(strange, []);
    for (const file of ["LICENSE", "README.md", "interfaces/LICENSE", ...IMPORTED.map(([, file]) => file)])
      assert.ok(packed.files.includes(file), file);
    assert.deepEqual(
      packed.files.filter((file) => /generated|Harness/.test(file)),
      [],
    );
    assert.ok(packed.size < MAX_PACKED_BYTES, `${packed.size} bytes`);
  });

  it("has the version and the licence of the whole, and imports what the contracts are tested with", () => {
    const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
    const [own, whole] = ["contracts/package.json", "package.json"].map((file) => JSON.parse(read(file)) as Manifest);
    assert.equal(own!.version, whole!.version);
    const tested = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, whole!.devDependencies?.[name]]));
    assert.deepEqual(own!.dependencies, tested(["@openzeppelin/contracts"]));
    // Of the adapters alone: who uses none installs none.
    assert.deepEqual(own!.peerDependencies, tested(["@api3/contracts", "@pythnetwork/pyth-sdk-solidity"]));
    assert.equal(read("contracts/LICENSE"), read("LICENSE"));
  });

  it("installs into a stranger's Hardhat project, whose contract imports interfaces and mocks, compiles and answers", async () => {
    const imported = await pack(path.join(ROOT, "node_modules/@openzeppelin/contracts"), folder);
    mkdirSync(path.join(project, "contracts"), { recursive: true });
    const write = (file: string, text: string) => writeFileSync(path.join(project, file), text);
    write("package.json", JSON.stringify({ name: "stranger", private: true, type: "module" }));
    write("hardhat.config.js", CONFIG);
    write("contracts/Stranger.sol", CONTRACT);
    write("call.js", CALL);
    // Both come from files, so that no registry is asked.
    await npm(["install", "--offline", packed.tarball, imported.tarball], project);
    for (const name of LINKED) {
      const link = path.join(project, "node_modules", name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(ROOT, "node_modules", name), link, "junction");
    }
    const hardhat = path.join(project, "node_modules/hardhat/dist/src/cli.js");
    const output = await run(process.execPath, [hardhat, "run", "call.js"], project);
    assert.match(output, /\n?4200000000 1700000000 true false\n$/);
  });
});

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly tarball: string;
  readonly size: number;
  readonly files: readonly string[];
}

async function pack(source: string, destination: string): Promise<Packed> {
  const output = await npm(
    ["pack", source, "--json", "--ignore-scripts", "--pack-destination", destination],
    destination,
  );
  const [{ filename, size, files }] = JSON.parse(output) as [
    { filename: string; size: number; files: readonly { path: string }[] },
  ];
  return { tarball: path.join(destination, filename), size, files: files.map((file) => file.path) };
}

/** With a cache of its own, which is empty: what another project has fetched must not help. */
function npm(args: readonly string[], cwd: string): Promise<string> {
  const cache = path.join(cwd, ".npm-cache");
  return run("npm", [...args, "--cache", cache, "--no-audit", "--no-fund", "--no-update-notifier"], cwd);
}

/** Without npm's own variables: this test may itself run under npm, which would tell its child about this checkout. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_"));
  const env = { ...Object.fromEntries(own), SOLC_PATH: path.join(ROOT, "node_modules/solc/soljson.js"), NO_COLOR: "1" };
  const shell = process.platform === "win32";
  const child = spawn(program, args, { cwd, env, shell, stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE_MS });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? "a signal"}:\n${stdout}${stderr}`));
    });
  });
}
