// npm decides by its own Node's version which optional packages to install: one run by Node < 22 silently leaves out
// Hardhat's native EDR. Then the Node 24 that npm has just installed runs the same npm once more, from the same lockfile.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { majorOf, MINIMUM_MAJOR, MISSING_NODE, pinnedNode, suitableNode } from "./node-version.mjs";

const REPAIRING = "QUORATE_POSTINSTALL_REPAIR";

const npmNode = process.env.npm_node_execpath ?? process.execPath;
const npmNodeVersion = spawnSync(npmNode, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout.trim();
const pinned = pinnedNode();

// As a dependency it is not the project whose Node and packages these are: nothing is to be repaired there.
const installed = fileURLToPath(import.meta.url)
  .split(path.sep)
  .includes("node_modules");

if (installed) {
  process.exitCode = 0;
} else if (suitableNode() === undefined) {
  console.error(MISSING_NODE);
  process.exitCode = 1;
} else if (majorOf(npmNodeVersion) < MINIMUM_MAJOR && pinned !== undefined && process.env[REPAIRING] === undefined) {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error("postinstall must be run by npm: `npm ci`");
  const args = [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const repair = spawnSync(pinned, args, { stdio: "inherit", env: { ...process.env, [REPAIRING]: "1" } });
  process.exitCode = repair.status ?? 1;
}
