import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { ALLOC, assemble, fetcher, i32, i64, op, phase, type FunctionSpec } from "./support/assemble.ts";
import { compileAdmitted, failureOf, observe, runPhase } from "./support/run-phase.ts";

const pack = (pointer: bigint, length: bigint) => i64(BigInt.asIntN(64, (pointer << 32n) | length));
const answers = (packed: readonly number[], data: readonly (readonly number[])[] = []) =>
  assemble({
    ...{ memory: [0, 1], data },
    functions: [ALLOC, phase("requests"), { export: "observe", params: [I32, I32], results: [I64], code: packed }],
  });
const forever = [op.loop, op.void, op.br, 0, op.end];

/** Hostile phases, and what is said of them. Each ends by its limit, in this very thread. */
const hostile: Readonly<Record<string, readonly [Uint8Array, string]>> = {
  "an endless loop": [fetcher({ observe: forever }), "fuel-exhausted"],
  "an endless loop without a body": [
    fetcher({ observe: [op.loop, op.void, ...i32(1), op.brIf, 0, op.end] }),
    "fuel-exhausted",
  ],
  "an endless br_table": [
    fetcher({ observe: [op.loop, op.void, ...i32(0), op.brTable, 0, 0, op.end] }),
    "fuel-exhausted",
  ],
  "mutual recursion": [
    fetcher({ observe: [op.call, 3], more: [{ code: [op.call, 4] }, { code: [op.call, 3] }] }),
    "depth-exceeded",
  ],
  "recursion through the table": [
    fetcher({
      ...{ table: [0x70, 0, 1], elements: [[0, ...i32(0), op.end, 1, 3]] },
      ...{ observe: [op.call, 3], more: [{ code: [...i32(0), op.callIndirect, 3, 0] }] },
    }),
    "depth-exceeded",
  ],
  "a loop of memory.fill over all memory": [
    fetcher({
      memory: [0, 0x80, 0x10],
      observe: [op.loop, op.void, ...i32(0), ...i32(1), ...i32(2 ** 27 - 1), op.bulk, 11, 0, op.br, 0, op.end],
    }),
    "fuel-exhausted",
  ],
  "a loop of memory.copy": [
    fetcher({
      memory: [0, 16],
      observe: [op.loop, op.void, ...i32(0), ...i32(1), ...i32(1_000_000), op.bulk, 10, 0, 0, op.br, 0, op.end],
    }),
    "fuel-exhausted",
  ],
  "grow and touch": [
    fetcher({
      observe: [
        op.loop,
        op.void,
        ...i32(1),
        op.memoryGrow,
        0,
        ...i32(16),
        0x74,
        ...i32(1),
        op.i32Store,
        2,
        0,
        op.br,
        0,
        op.end,
      ],
    }),
    "memory-exceeded",
  ],
  "a loop of memory.grow(0)": [
    fetcher({ observe: [op.loop, op.void, ...i32(0), op.memoryGrow, 0, op.drop, op.br, 0, op.end] }),
    "fuel-exhausted",
  ],
  unreachable: [fetcher({ observe: [op.unreachable] }), "trap"],
  "a division by zero": [fetcher({ observe: [...i32(1), ...i32(0), 0x6d, op.drop] }), "trap"],
  "a store outside the memory": [fetcher({ observe: [...i32(-4), ...i32(1), op.i32Store, 2, 0] }), "trap"],
  "a call of the wrong type": [
    fetcher({
      table: [0x70, 0, 1],
      elements: [[0, ...i32(0), op.end, 1, 0]],
      observe: [...i32(0), op.callIndirect, 3, 0],
      more: [{ code: [] }],
    }),
    "trap",
  ],
  "a result outside the memory": [answers(pack(65_530n, 7n)), "output-invalid"],
  "a result far outside the memory": [answers(pack(0xffff_ffffn, 1n)), "output-invalid"],
  "a result that wraps around": [answers(pack(0xffff_fff0n, 0x20n)), "output-invalid"],
  "a result that is too large": [answers(pack(0n, 65_537n)), "output-too-large"],
  "a result of 4 GiB": [answers(pack(0n, 0xffff_ffffn)), "output-too-large"],
  "a result that is no UTF-8": [answers(pack(0n, 2n), [[0, ...i32(0), op.end, 2, 0xc3, 0x28]]), "output-invalid"],
  "an alloc that lies": [fetcher({ alloc: { ...ALLOC, code: i32(65_533) } }), "output-invalid"],
  "an alloc that lies grossly": [fetcher({ alloc: { ...ALLOC, code: i32(-1) } }), "output-invalid"],
  "an alloc that does not end": [fetcher({ alloc: { ...ALLOC, code: [...forever, ...i32(0)] } }), "fuel-exhausted"],
};

describe("a hostile guest ends by its limit", () => {
  for (const [what, [bytes, code]] of Object.entries(hostile)) {
    it(`${what}: ${code}`, () => {
      const first = observe(bytes, { fuel: 40_000_000n });
      assert.equal(
        failureOf(first),
        code,
        JSON.stringify(first, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      );
      assert.equal(observe(bytes, { fuel: 40_000_000n }).fuel, first.fuel, "the same fuel again");
    });
  }

  it("an endless start function traps when it is instantiated", () => {
    const module = compileAdmitted(fetcher({ start: 3, more: [{ code: forever }] }));
    assert.throws(() => module.instantiate());
  });
});

describe("a guest", () => {
  const abortImport = { module: "env", name: "abort", params: [I32, I32, I32, I32], results: [] };
  const aborting = (message: number, data: readonly (readonly number[])[] = []) => {
    const observeCode: FunctionSpec = {
      ...{ export: "observe", params: [I32, I32], results: [I64] },
      code: [...i32(message), ...i32(0), ...i32(12), ...i32(34), op.call, 0, ...i64(0)],
    };
    return assemble({
      memory: [0, 1],
      imports: [abortImport],
      functions: [ALLOC, phase("requests"), observeCode],
      data,
    });
  };

  it("that aborts is quoted, without control characters", () => {
    const text = Buffer.from("bad\u001b[2J", "utf16le");
    const result = observe(aborting(20, [[0, ...i32(16), op.end, 4 + text.length, text.length, 0, 0, 0, ...text]]));
    assert.deepEqual(result, { kind: "failed", code: "trap", message: "abort at 12:34: bad?[2J", fuel: result.fuel });
  });

  it("may give abort any pointer", () => {
    for (const pointer of [0, 3, 65_536, 65_535, -1, 70_000]) {
      assert.equal(failureOf(observe(aborting(pointer))), "trap", String(pointer));
    }
  });

  it("may answer at the very end of its memory, and with nothing", () => {
    assert.equal(observe(answers(pack(65_526n, 10n))).kind, "output");
    assert.equal(observe(answers(pack(65_536n, 0n))).kind, "output");
  });

  it("sees its input, and nothing of an earlier round", () => {
    // Adds the first input byte to a byte of memory and answers that byte.
    const code = [...i32(0), ...i32(0), 0x2d, 0, 0, op.get, 0, 0x2d, 0, 0, op.i32Add, 0x3a, 0, 0, ...pack(0n, 1n)];
    const bytes = assemble({
      memory: [0, 1],
      functions: [ALLOC, phase("requests"), { export: "observe", params: [I32, I32], results: [I64], code }],
    });
    const module = compileAdmitted(bytes);
    for (const value of [65, 66, 65]) {
      const result = runPhase(module, { input: Uint8Array.of(value) });
      assert.deepEqual(result.kind === "output" && [...result.output], [value]);
    }
  });

  it("answers the same with the same fuel in any instance", () => {
    const module = compileAdmitted(fetcher({ observe: [...i32(100), op.memoryGrow, 0, op.drop] }));
    const runs = Array.from({ length: 20 }, () => runPhase(module, { fuel: 1_000_000n }));
    assert.equal(new Set(runs.map(({ fuel }) => fuel)).size, 1);
  });
});
