// A worker thread that says that it is ready and then, given a job, begins and works where nothing can interrupt it.
import { pbkdf2Sync } from "node:crypto";
import { parentPort } from "node:worker_threads";

/** Minutes of work on any machine, in one call that does not look at the clock. */
const ROUNDS = 2 ** 31 - 1;

parentPort?.on("message", () => {
  parentPort?.postMessage({ kind: "began" });
  pbkdf2Sync("secret", "salt", ROUNDS, 64, "sha512");
});
parentPort?.postMessage({ kind: "ready" });
