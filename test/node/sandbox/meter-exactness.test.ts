import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { meterCore } from "../../../node/sandbox/admission/admit.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { Metered } from "./support/metered.ts";
import { programs, writeProgram, type ProgramSource } from "./support/ticking.ts";

const STATES = [0, 1, 2, 3, 12_345];

/** What a program answers, and the price of what it executes, counted one instruction at a time. */
function count(source: ProgramSource, state: number): { readonly value: number; readonly ticks: number } {
  let ticks = 0;
  const tick = (price: number) => void (ticks += price);
  const module = new webAssembly.Module(writeProgram(source, true));
  const { run } = new webAssembly.Instance(module, { env: { tick } }).exports as { run: (state: number) => number };
  return { value: run(state), ticks };
}

describe("fuel of random control flow", () => {
  it("is the sum over the instructions that are executed", (context) => {
    let [runs, most] = [0, 0];
    fc.assert(
      fc.property(programs, (source) => {
        const { instrumented } = meterCore(writeProgram(source, false));
        const module = new Metered(instrumented, { env: { tick: () => undefined } });
        for (const state of STATES) {
          const { value, ticks } = count(source, state);
          const fuel = BigInt(ticks);
          const call = { args: [state], fuel };
          assert.deepEqual(module.call("run", call), { end: "returned", value, fuel, depth: 0 });
          assert.equal(module.call("run", { ...call, fuel: fuel - 1n }).end, "fuel");
          runs += 1;
          most = Math.max(most, ticks);
        }
      }),
      { numRuns: 400, seed: 20_261_121 },
    );
    context.diagnostic(`${runs} runs, the longest spent ${most}`);
    assert.ok(most > 1_000, "the programs do something");
  });
});
