import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEPTH, FAULT } from "../../../node/sandbox/admission/rules.ts";
import { GuestAbort } from "../../../node/sandbox/guest/abort.ts";
import { classify } from "../../../node/sandbox/guest/classify.ts";
import { resetCounters, spentFuel, type Counters } from "../../../node/sandbox/guest/counters.ts";
import { GuestFault } from "../../../node/sandbox/guest/guest-fault.ts";
import { WasiExit } from "../../../node/sandbox/wasi/wasi.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";

const counters = (fuel = 1n, depth = 1, fault: number = FAULT.none): Counters => ({
  fuel: { value: fuel },
  depth: { value: depth },
  fault: { value: fault },
});
const trap = new webAssembly.RuntimeError("unreachable");
const codeOf = (error: unknown, state = counters()) => classify(error, state).code;

describe("what ended a phase", () => {
  it("is this machine's fault where it had no memory, whatever the guest made of that", () => {
    const starved = counters(-1n, -1, FAULT.host);
    for (const error of [trap, new WasiExit(1), new GuestAbort("oom"), new GuestFault("trap", "a bad place")]) {
      assert.equal(codeOf(error, starved), "host-fault");
    }
  });

  it("is what a host function says, else what the meter's counters say, in this order", () => {
    assert.equal(codeOf(new GuestFault("output-too-large", "too much"), counters(-1n)), "output-too-large");
    assert.equal(codeOf(trap, counters(-1n, -1, FAULT.memoryCap)), "fuel-exhausted");
    assert.equal(codeOf(trap, counters(1n, -1, FAULT.memoryCap)), "depth-exceeded");
    for (const error of [trap, new WasiExit(1), new GuestAbort("out of memory")]) {
      assert.equal(codeOf(error, counters(1n, 1, FAULT.memoryCap)), "memory-exceeded");
    }
  });

  it("is else an exit, an abort, a trap, or the engine's failure", () => {
    assert.deepEqual(classify(new WasiExit(3), counters()), {
      ...{ code: "exit", message: "the program ended with exit code 3" },
    });
    assert.equal(codeOf(new GuestAbort("abort at 1:2")), "trap");
    assert.equal(codeOf(trap), "trap");
    // The stack of this machine ran out before the meter's own limit did: never the guest's result.
    assert.equal(codeOf(new RangeError("Maximum call stack size exceeded")), "host-fault");
    assert.equal(codeOf("thrown by nobody"), "host-fault");
  });
});

describe("the counters of an instance", () => {
  it("forget what was before a phase", () => {
    const used = counters(-5n, -7, FAULT.memoryCap);
    resetCounters(used, 100n);
    assert.deepEqual(used, counters(100n, DEPTH.slots, FAULT.none));
  });

  it("say what was spent, at most the limit", () => {
    assert.equal(spentFuel(counters(30n), 100n), 70n);
    assert.equal(spentFuel(counters(0n), 100n), 100n);
    assert.equal(spentFuel(counters(-9_999n), 100n), 100n);
  });
});
