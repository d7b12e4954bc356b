import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "./errors.ts";

const POLL_MS = 200;
/** Far longer than any build. */
const PATIENCE_MS = 10 * 60_000;

/** Runs `work` while no other process holds the lock file. A lock whose process is gone is taken over. */
export async function withBuildLock<T>(instance: string, lock: string, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; !(await acquire(lock)); waited += POLL_MS) {
    if (waited >= PATIENCE_MS) {
      const data: CircuitBuildErrorData = { code: "circuit-build-locked", instance, lock };
      throw new QuorateError(
        data,
        `another process has been building ${instance} for too long: stop it or delete ${lock}`,
      );
    }
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = Number(await readFile(lock, "utf8").catch(() => ""));
  // An empty lock is one that its owner is just writing.
  if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
