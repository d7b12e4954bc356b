import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ModuleTerms } from "../../../../core/ports/sandbox.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { DEFAULT_LIMITS, DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { ORDINARY_RUN } from "../support/run-phase.ts";
import { FOREVER, reactor } from "../support/wat.ts";
import { createArena, outcome, ROUND, type Arena } from "./arena.ts";

/** Fuel and time that no test uses up. */
const ENDLESS = { fuelPerPhase: 10n ** 15n, timeoutMs: 60_000 };
const maxLimits = { ...DEFAULT_LIMITS, ...ENDLESS };
const terms = (name: string, limits: Partial<ModuleTerms["limits"]>): ModuleTerms => ({
  ...{ ...DEFAULT_TERMS, name },
  limits: { ...DEFAULT_LIMITS, ...limits },
});

describe("the limits behind fuel", { timeout: 120_000 }, () => {
  it("second: at its time-out a module's worker is ended, others go on", async () => {
    const arena = await createArena({ workers: 2, maxLimits });
    after(() => arena.stop());
    const pid = arena.pid();
    const endless = await arena.sandbox.admit(
      await reactor({ observe: FOREVER }),
      terms("endless", { ...ENDLESS, timeoutMs: 200 }),
    );
    const ended = [1, 2, 3].map(() => arena.sandbox.call({ ...ROUND, module: endless }));
    assert.deepEqual((await Promise.all(ended)).map(outcome), ["timeout", "timeout", "timeout"]);
    await arena.innocentIsServed();
    assert.equal(arena.pid(), pid);
  });

  it("third: a worker that cannot be ended takes its process with it, after a time-out that is told", async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./child.ts", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    assert.equal(await text(child.stdout), `timeout\ndied of ${ORDINARY_RUN.module}\n`);
    assert.equal(await ended, "SIGKILL");
  });
});

describe("a module whose calls end the process", { timeout: 120_000 }, () => {
  /** Kills the process while the call is in it: as if the engine had crashed on the module. */
  async function crash(arena: Arena, module: Hex): Promise<string> {
    const call = arena.sandbox.call({ ...ROUND, module });
    const [pid, quick] = [arena.pid(), Symbol("not yet")];
    const first = await Promise.race([call, new Promise((resolve) => setTimeout(() => resolve(quick), 200))]);
    if (first === quick) process.kill(pid, "SIGKILL");
    return outcome(await call);
  }

  it("is quarantined when it has done so three times; the innocent are served all the while", async () => {
    const arena = await createArena({ workers: 2, maxLimits });
    after(() => arena.stop());
    const crasher = await arena.sandbox.admit(await reactor({ observe: FOREVER }), terms("crasher", ENDLESS));
    const fates: string[] = [];
    for (let round = 0; round < 5; round++) {
      fates.push(await crash(arena, crasher));
      await arena.innocentIsServed();
    }
    assert.deepEqual(fates, [...Array<string>(3).fill("host-fault"), "quarantined", "quarantined"]);
    assert.equal(arena.meter.total("wasm_sandbox_restarts_total"), 3);
  });
});
