import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../../node/app/system-clock.ts";

describe("system clock", () => {
  it("wakes not before the time, even where it is past", async () => {
    for (const delay of [15, 7.3, 2.9, 0.1, 0, -1_000]) {
      const at = systemClock.now() + delay;
      await new Promise<void>((resolve) => systemClock.wakeAt(at, resolve));
      assert.ok(systemClock.now() >= at);
    }
  });

  it("does not wake what was cancelled, and never overflows into waking at once", async () => {
    let woken = 0;
    const wake = () => void (woken += 1);
    systemClock.wakeAt(systemClock.now() + 5, wake)();
    const cancels = [2 ** 40, Infinity].map((delay) => systemClock.wakeAt(systemClock.now() + delay, wake));
    await systemClock.sleep(30);
    assert.equal(woken, 0);
    for (const cancel of cancels) cancel();
  });

  it("sleeps until it is told to wake, and never rejects", async () => {
    const stopping = new AbortController();
    const sleeping = systemClock.sleep(60_000, stopping.signal);
    stopping.abort();
    await sleeping;
    await systemClock.sleep(60_000, AbortSignal.abort());
    const warnings: string[] = [];
    const note = ({ name }: Error) => void warnings.push(name);
    process.on("warning", note);
    await systemClock.sleep(-5);
    await systemClock.sleep(1);
    process.off("warning", note);
    assert.deepEqual(warnings, [], "a turn that is past is no reason for a warning on the operator's terminal");
  });
});
