import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { admitModule, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { compileProgram } from "../../../../node/sandbox/guest/program.ts";
import { proveInstantiation } from "../../../../node/sandbox/process/instantiation-proof.ts";
import { webAssembly } from "../../../../node/sandbox/wasm/web-assembly.ts";
import { FOREVER, reactor } from "../support/wat.ts";

const TERMS = { folders: [], fileDescriptors: 16 };
const PAGE_BYTES = 65_536;

async function prove(more: string, options: AdmissionOptions & { readonly imports?: string } = {}): Promise<number> {
  const { imports = "", ...admission } = options;
  const { program: admitted } = await admitModule(await reactor({ imports, more }), admission);
  return proveInstantiation({ admitted, program: compileProgram(admitted), terms: TERMS, again: false });
}

const start = (code: string) => `(func $start ${code}) (start $start)`;
const initialize = (code: string) => `(func (export "_initialize") ${code})`;

describe("the proof that a module can be instantiated", () => {
  it("answers the memory that an instance holds before it runs", async () => {
    assert.equal(await prove(""), PAGE_BYTES);
    assert.equal(await prove(start("(drop (memory.grow (i32.const 3)))")), 4 * PAGE_BYTES);
  });

  /** What a start does, and what is said of it. */
  const failing: Readonly<Record<string, readonly [string, RegExp]>> = {
    "does not end": [FOREVER, /spends more than 10000000 units of fuel: do less/],
    "nests too deep": ["(call $deep)", /nest deeper than 65536 stack slots/],
    traps: ["unreachable", /fails \(trap: unreachable\)/],
    "divides by zero": ["(drop (i32.div_u (i32.const 1) (i32.const 0)))", /fails \(trap: divide by zero\)/],
    "reaches its limit of memory and traps": [
      "(drop (memory.grow (i32.const 9))) unreachable",
      /fails \(memory-exceeded: .*raise memoryPages/,
    ],
  };
  for (const [what, [code, message]] of Object.entries(failing)) {
    for (const [place, write] of Object.entries({ "a start function": start, _initialize: initialize })) {
      it(`refuses ${place} that ${what}, in these words`, async () => {
        const text = `${write(code)} (func $deep (call $deep))`;
        await assert.rejects(prove(text, { limits: { memoryPages: 8 } }), (error) => {
          assert.ok(isModuleRefusal(error), String(error));
          assert.equal(error.data.rule, "instantiation");
          assert.match(error.message, message);
          return true;
        });
      });
    }
  }

  it("refuses a start function that calls the host", async () => {
    const imports = `(import "quorate" "log" (func $log (param i32 i32 i32)))`;
    const calls = start("(call $log (i32.const 1) (i32.const 0) (i32.const 1))");
    await assert.rejects(prove(calls, { imports, host: ["log"] }), /start function may call no host function/);
  });

  it("blames no module for what the engine could not do; one that was proven before is taken without", async () => {
    const { program: admitted } = await admitModule(await reactor());
    // A module that wants what nobody offers: the engine refuses to link it.
    const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 2, 8, 1, 1, 97, 1, 98, 2, 0, 1]);
    const program = { shape: "reactor", module: new webAssembly.Module(bytes) } as const;
    const unproven = { admitted, program, terms: TERMS };
    await assert.rejects(proveInstantiation({ ...unproven, again: false }), (error) => !isModuleRefusal(error));
    assert.equal(await proveInstantiation({ ...unproven, again: true }), Infinity);
  });
});
