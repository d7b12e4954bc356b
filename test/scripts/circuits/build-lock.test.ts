import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { withBuildLock } from "../../../scripts/circuits/build-lock.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** No process has it: beyond the largest process id of Linux. */
const DEAD = "999999999";

describe("withBuildLock", () => {
  const folder = scratchFolder();
  const lock = path.join(folder, "circuit.lock");
  const locked = <T>(work: () => Promise<T>) => withBuildLock("circuit", lock, work);
  afterEach(() => readdirSync(folder).forEach((name) => rmSync(path.join(folder, name))));

  it("lets one work after the other, whatever becomes of it, and leaves nothing behind", async () => {
    writeFileSync(lock, DEAD);
    let working = 0;
    const work = async () => {
      assert.equal(++working, 1);
      await delay(1);
      working--;
      throw new RangeError("done");
    };
    for (const outcome of await Promise.allSettled([locked(work), locked(work), locked(work)]))
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof RangeError);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("leaves a lock alone that took the place of the one whose process is gone", async (t) => {
    writeFileSync(lock, DEAD);
    const other = String(process.ppid);
    let kept: boolean | undefined;
    // Another process sees the same lock and is faster; when it is asked for again, it has finished.
    t.mock.method(process, "kill", (pid: number) => {
      if (pid === Number(DEAD)) {
        writeFileSync(lock, other);
        throw Object.assign(new Error("no such process"), { code: "ESRCH" });
      }
      kept = readFileSync(lock, "utf8") === other;
      rmSync(lock);
    });
    await locked(() => Promise.resolve());
    assert.equal(kept, true);
  });

  it("is got where a process died while it removed the lock of another one", async () => {
    writeFileSync(lock, DEAD);
    writeFileSync(`${lock}.${DEAD}`, DEAD);
    await locked(() => Promise.resolve());
    assert.deepEqual(readdirSync(folder), []);
  });
});
