import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { GuestCall, Sandbox } from "../../../../core/ports/sandbox.ts";
import { createSandbox, DEFAULT_LIMITS, DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { createRecordingMeter } from "../support/recording-meter.ts";
import { committedProgram } from "./programs/build.ts";
import { assembleComponent, createComponent, fetcherText, observe, textOf } from "./support/components.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const round = { phase: "observe", feed: "FEED/USD", time: 1_700_000_000 } as const;

describe("components in the sandbox process", { timeout: 60_000 }, () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({}, { log: silentLog, meter: createRecordingMeter() });
  });
  after(() => sandbox.stop());

  const call = async (name: "phases" | "command", input: string, more: Partial<GuestCall> = {}) => {
    // A small memory: growing to 128 MiB takes a busy machine longer than a phase's time-out.
    const terms = { ...DEFAULT_TERMS, name, limits: { ...DEFAULT_LIMITS, memoryPages: 64 } };
    const module = await sandbox.admit(await committedProgram(name), terms);
    return sandbox.call({ ...round, module, input: bytes(input), ...more });
  };

  it("answer as they do outside, with the same fuel", async () => {
    const inside = await call("phases", "hello");
    const outside = observe(await createComponent(await committedProgram("phases")), "hello");
    assert.deepEqual([textOf(inside), inside.fuel], [textOf(outside), outside.fuel]);
  });

  it("have WASI 0.2", async () => {
    const results = await Promise.all([call("command", "{"), call("command", "{")]);
    assert.match(textOf(results[0]), /wall 1700000000\n/);
    assert.deepEqual(results[1], results[0]);
  });

  it("end by their limits, and others go on", async () => {
    const codes = ["L", "G", "R", "T"].map(async (mode) => {
      const result = await call("phases", mode);
      return result.kind === "failed" ? result.code : "output";
    });
    assert.deepEqual(await Promise.all(codes), ["fuel-exhausted", "memory-exceeded", "depth-exceeded", "trap"]);
    assert.equal(textOf(await call("phases", "hello")), "2d819e50");
  });

  it("are refused with the rule that they break", async () => {
    const hostile = await assembleComponent(fetcherText({ core: `(func (export "x'];globalThis.pwned=1;//"))` }));
    await assert.rejects(sandbox.admit(hostile, DEFAULT_TERMS), /use letters, digits/);
  });
});
