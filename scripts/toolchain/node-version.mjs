// Which Node runs Quorate. Plain JavaScript that also loads on older Nodes: it is what tells them apart.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Node versions from this major on run the project: TypeScript without a build step, `node:sqlite`, Hardhat 3. */
export const MINIMUM_MAJOR = 24;

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} version e.g. "24.21.0" @returns {number} */
export function majorOf(version) {
  return Number(version.split(".")[0]);
}

/**
 * The path of the Node that npm installed as an optional package, or undefined where there is none for this platform.
 * @returns {string | undefined}
 */
export function pinnedNode() {
  const name = process.platform === "win32" ? "node-win" : `node-${process.platform}`;
  const binary = process.platform === "win32" ? "node.exe" : "node";
  const file = path.join(root, "node_modules", `${name}-${process.arch}`, "bin", binary);
  return existsSync(file) ? file : undefined;
}

/**
 * The Node to run the project with: this one if it is new enough, else the pinned one.
 * @returns {string | undefined}
 */
export function suitableNode() {
  return majorOf(process.versions.node) >= MINIMUM_MAJOR ? process.execPath : pinnedNode();
}

export const MISSING_NODE =
  `Quorate needs Node ${MINIMUM_MAJOR} or newer; this is ${process.versions.node} on ${process.platform}-${process.arch}. ` +
  `npm installs it by itself on linux-x64, linux-arm64 and win32-x64 (not with --omit=optional); elsewhere install Node ${MINIMUM_MAJOR} and run npm ci again.`;
