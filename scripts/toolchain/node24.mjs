// Usage: node scripts/toolchain/node24.mjs FILE.ts [ARGS…]
// Runs FILE under a Node that is new enough, in this process where possible.
import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MISSING_NODE, suitableNode } from "./node-version.mjs";

const [file, ...args] = process.argv.slice(2);
const node = suitableNode();

if (file === undefined) {
  console.error("usage: node scripts/toolchain/node24.mjs FILE.ts [ARGS…]");
  process.exitCode = 2;
} else if (node === undefined) {
  console.error(MISSING_NODE);
  process.exitCode = 1;
} else if (node === process.execPath) {
  process.argv = [process.argv[0], path.resolve(file), ...args];
  await import(pathToFileURL(path.resolve(file)).href);
} else {
  runUnder(node);
}

/** @param {string} executable */
function runUnder(executable) {
  const child = spawn(executable, [path.resolve(/** @type {string} */ (file)), ...args], { stdio: "inherit" });
  // A terminal's Ctrl-C reaches the child by itself; signals sent to this process alone are passed on.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      child.kill(signal);
    });
  }
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}
