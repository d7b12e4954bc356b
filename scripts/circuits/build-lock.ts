import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "./errors.ts";

const POLL_MS = 200;
/** Far longer than any build. */
const PATIENCE_MS = 10 * 60_000;
/** What a lock holds: the number of its process, and random digits. */
const OWNER = /^[1-9]\d*(-[0-9a-f]+)?$/;

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
    // The random part tells it from any other lock of the same process, or of a later one with its number.
    await writeFile(lock, `${process.pid}-${randomBytes(4).toString("hex")}`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = await ownerOf(lock);
  if (owner !== undefined && !isAlive(Number.parseInt(owner, 10))) await removeStale(lock, owner);
  return false;
}

/** Undefined where there is no lock, or where its owner is just writing it. */
async function ownerOf(lock: string): Promise<string | undefined> {
  try {
    return OWNER.exec(await readFile(lock, "utf8"))?.[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Removes the lock of an owner that is gone. Of those who see it each must first get a lock for removing just this owner's:
 * so nobody removes the lock that another one put in its place.
 */
async function removeStale(lock: string, owner: string): Promise<void> {
  const removal = `${lock}.${owner}`;
  if (!(await acquire(removal))) return;
  try {
    if ((await ownerOf(lock)) === owner) await rm(lock, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
