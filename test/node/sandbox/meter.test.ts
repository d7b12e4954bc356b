import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instantiateGuest, runGuest } from "../../../node/sandbox/guest/guest.ts";
import { FUEL } from "../../../node/sandbox/admission/rules.ts";
import { F32, F64, I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { assemble, ALLOC, fetcher, i32, i64, leb, op, phase, type FetcherSpec } from "./support/assemble.ts";
import { compileAdmitted, failureOf, observe, runPhase } from "./support/run-phase.ts";

const OUT = 2048;
/** alloc's constant and observe's answer. */
const FRAME = 2n;

/** Fuel of a run beyond the frame. */
function fuelOf(spec: FetcherSpec): bigint {
  const result = observe(fetcher(spec));
  assert.equal(result.kind, "output", failureOf(result));
  return result.fuel - FRAME;
}

/** A fetcher whose observe answers the 8 bytes that `code` leaves as an i64. */
function answering(code: readonly number[], more: FetcherSpec = {}): Uint8Array {
  const { more: functions = [], ...rest } = more;
  return assemble({
    memory: [0, 1],
    ...rest,
    functions: [
      ALLOC,
      phase("requests"),
      {
        ...{ export: "observe", params: [I32, I32], results: [I64], locals: more.locals ?? [] },
        code: [...i32(OUT), ...code, op.i64Store, 3, 0, ...i64((BigInt(OUT) << 32n) | 8n)],
      },
      ...functions,
    ],
  });
}

function bitsOf(code: readonly number[], more: FetcherSpec = {}): bigint {
  const result = observe(answering(code, more));
  // NaN bytes are no UTF-8, so the output cannot pass: look at them as two halves of hexadecimal digits instead.
  if (result.kind === "output") return Buffer.from(result.output).readBigUInt64LE();
  throw new Error(failureOf(result));
}

describe("fuel", () => {
  const cases: Readonly<Record<string, readonly [FetcherSpec, bigint]>> = {
    "nothing costs nothing": [{}, 0n],
    "a constant and a drop cost 2": [{ observe: [...i32(1), op.drop] }, 2n],
    "nop, block and end are free": [{ observe: [op.nop, op.block, op.void, op.nop, op.end] }, 0n],
    "a declared local costs 1": [
      {
        locals: [
          [3, I32],
          [4, F64],
        ],
      },
      7n,
    ],
    "a division costs 4": [{ observe: [...i32(6), ...i32(3), 0x6d, op.drop] }, 2n + 4n + 1n],
    "a call costs 5 and the callee's blocks": [
      { observe: [op.call, 3], more: [{ code: [...i32(1), op.drop] }] },
      5n + 2n,
    ],
    "the branch that is taken is paid, the other is not": [
      {
        observe: [
          ...i32(1),
          op.if,
          op.void,
          ...i32(1),
          op.drop,
          op.else,
          ...i32(1),
          op.drop,
          ...i32(1),
          op.drop,
          op.end,
        ],
      },
      2n + 2n,
    ],
    "the other branch likewise": [
      {
        observe: [
          ...i32(0),
          op.if,
          op.void,
          ...i32(1),
          op.drop,
          op.else,
          ...i32(1),
          op.drop,
          ...i32(1),
          op.drop,
          op.end,
        ],
      },
      2n + 4n,
    ],
    "code after a taken branch is not paid": [
      { observe: [op.block, op.void, op.br, 0, ...i32(1), op.drop, op.end] },
      1n,
    ],
    "a loop pays per turn": [
      {
        locals: [[1, I32]],
        observe: [op.loop, op.void, op.get, 2, ...i32(1), op.i32Add, op.tee, 2, ...i32(10), 0x48, op.brIf, 0, op.end],
      },
      1n + 10n * 7n,
    ],
    "growing by nothing has its flat price": [
      { observe: [...i32(0), op.memoryGrow, 0, op.drop] },
      3n + BigInt(FUEL.growCall),
    ],
    "growing pays per page": [
      { observe: [...i32(5), op.memoryGrow, 0, op.drop] },
      3n + BigInt(FUEL.growCall + 5 * FUEL.growPage),
    ],
    "refused growing pays the flat price": [
      { memory: [1, 1, 1], observe: [...i32(5), op.memoryGrow, 0, op.drop] },
      3n + BigInt(FUEL.growCall),
    ],
    "memory.fill pays by length": [
      { observe: [...i32(0), ...i32(0), ...i32(1600), op.bulk, 11, 0] },
      4n + BigInt(FUEL.bulkCall) + 100n,
    ],
    "memory.copy pays by length": [
      { observe: [...i32(0), ...i32(0), ...i32(31), op.bulk, 10, 0, 0] },
      4n + BigInt(FUEL.bulkCall) + 1n,
    ],
    "memory.init pays by length": [
      {
        observe: [...i32(0), ...i32(0), ...i32(16), op.bulk, 8, 0, 0],
        data: [[1, 16, ...Array<number>(16).fill(7)]],
        dataCount: 1,
      },
      4n + BigInt(FUEL.bulkCall) + 1n,
    ],
  };
  for (const [what, [spec, fuel]] of Object.entries(cases)) it(what, () => assert.equal(fuelOf(spec), fuel));

  it("is exact: the very amount is enough, one unit less is not", () => {
    for (const [what, [spec, fuel]] of Object.entries(cases)) {
      const module = compileAdmitted(fetcher(spec));
      const enough = runPhase(module, { fuel: fuel + FRAME });
      assert.deepEqual([enough.kind, enough.fuel], ["output", fuel + FRAME], what);
      const short = runPhase(module, { fuel: fuel + FRAME - 1n });
      assert.deepEqual([failureOf(short), short.fuel], ["fuel-exhausted", fuel + FRAME - 1n], what);
    }
  });

  it("does not change results", () => {
    const sum = [
      op.loop,
      op.void,
      op.get,
      2,
      op.get,
      3,
      op.i32Add,
      op.set,
      2,
      op.get,
      3,
      ...i32(1),
      op.i32Add,
      op.tee,
      3,
      ...i32(100),
      0x48,
      op.brIf,
      0,
      op.end,
    ];
    assert.equal(bitsOf([...sum, op.get, 2, op.i64ExtendU], { locals: [[2, I32]] }), 4950n);
    const early = {
      params: [I32],
      results: [I32, I32],
      code: [op.get, 0, op.if, op.void, ...i32(7), ...i32(8), op.return, op.end, ...i32(1), ...i32(2), op.call, 4],
    };
    const more = [early, { code: [] }];
    assert.equal(bitsOf([...i32(1), op.call, 3, op.i32Add, op.i64ExtendU], { more }), 15n);
    assert.equal(bitsOf([...i32(0), op.call, 3, op.i32Add, op.i64ExtendU], { more }), 3n);
  });
});

describe("call depth", () => {
  const recurse = (locals: number) =>
    fetcher({ observe: [op.call, 3], more: [{ locals: [[locals, I64]], code: [op.call, 3] }] });

  it("ends a recursion, after the same fuel each time", () => {
    for (const locals of [0, 10, 500]) {
      const runs = [1, 2, 3].map(() => observe(recurse(locals), { fuel: 50_000_000n }));
      assert.deepEqual(runs.map(failureOf), Array(3).fill("depth-exceeded"));
      assert.equal(new Set(runs.map(({ fuel }) => fuel)).size, 1);
    }
  });

  it("counts locals and the operand stack", () => {
    const fuel = (bytes: Uint8Array) => observe(bytes, { fuel: 50_000_000n }).fuel;
    const operands = [...Array<number[]>(500).fill(i32(1)).flat(), op.call, 3, ...Array<number>(500).fill(op.drop)];
    assert.ok(fuel(recurse(500)) / 505n < 65_536n / 508n + 2n);
    const result = observe(fetcher({ observe: [op.call, 3], more: [{ code: operands }] }), { fuel: 50_000_000n });
    assert.equal(failureOf(result), "depth-exceeded");
    assert.ok(result.fuel < 1_505n * (65_536n / 508n + 2n));
  });

  it("is given back on every way out of a function", () => {
    const ways = [
      [op.return],
      [op.br, 0],
      [...i32(1), op.brIf, 0],
      [op.block, op.void, op.return, op.end],
      [op.block, op.void, op.br, 1, op.end],
      [...i32(0), op.brTable, 0, 0],
      [],
    ];
    for (const way of ways) {
      // 100,000 calls of a counted function: without giving back 65,536 slots would be gone after 8,192.
      const loop = [
        op.loop,
        op.void,
        op.call,
        3,
        op.get,
        2,
        ...i32(1),
        op.i32Add,
        op.tee,
        2,
        ...i32(100_000),
        0x48,
        op.brIf,
        0,
        op.end,
      ];
      const result = observe(
        fetcher({ locals: [[1, I32]], observe: loop, more: [{ code: [op.call, 4, ...way] }, { code: [] }] }),
        { fuel: 10_000_000n },
      );
      assert.equal(result.kind, "output", `${way.join()} ${failureOf(result)}`);
    }
  });

  it("and fuel start anew with each call", () => {
    const guest = instantiateGuest(compileAdmitted(recurse(0)));
    const run = { input: new Uint8Array(4), fuel: 1_000_000n, maxOutputBytes: 100 };
    const [first, second] = [1, 2].map(() => runGuest(guest, { ...run, phase: "observe" }));
    assert.equal(first?.kind === "failed" && first.code, "depth-exceeded");
    assert.deepEqual(second, first);
  });
});

describe("NaN", () => {
  /** The bits of a float computation, as 16 hexadecimal digits. */
  const hex = (bits: bigint) => bits.toString(16).padStart(16, "0");
  const f64 = (value: number) => [op.f64, ...new Uint8Array(new Float64Array([value]).buffer)];
  const f32 = (value: number) => [op.f32, ...new Uint8Array(new Float32Array([value]).buffer)];
  /** Compares inside the guest, since NaN bytes are no UTF-8: answers 1 if the bits are the expected ones. */
  const equals64 = (code: readonly number[], bits: bigint) =>
    bitsOf([...code, op.i64FromF64, ...i64(BigInt.asIntN(64, bits)), 0x51, op.i64ExtendU]) === 1n;
  const equals32 = (code: readonly number[], bits: number) =>
    bitsOf([...code, 0xbc, ...i32(bits | 0), 0x46, op.i64ExtendU]) === 1n;
  /** A NaN with a payload and a sign, made from bits. */
  const odd64 = [...i64(BigInt.asIntN(64, 0xfff0_0000_0000_1234n)), 0xbf];
  const odd32 = [...i32(0xff80_1234 | 0), 0xbe];

  it("is canonical after arithmetic", () => {
    for (const opcode of [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5]) {
      assert.ok(equals64([...odd64, ...f64(1), opcode], 0x7ff8_0000_0000_0000n), opcode.toString(16));
    }
    for (const opcode of [0x9b, 0x9c, 0x9d, 0x9e, 0x9f])
      assert.ok(equals64([...odd64, opcode], 0x7ff8_0000_0000_0000n));
    for (const opcode of [0x92, 0x93, 0x94, 0x95, 0x96, 0x97])
      assert.ok(equals32([...odd32, ...f32(1), opcode], 0x7fc0_0000));
    for (const opcode of [0x8d, 0x8e, 0x8f, 0x90, 0x91]) assert.ok(equals32([...odd32, opcode], 0x7fc0_0000));
    assert.ok(equals64([...f64(0), ...f64(0), 0xa3], 0x7ff8_0000_0000_0000n));
    assert.ok(equals64([...odd32, 0xbb], 0x7ff8_0000_0000_0000n));
    assert.ok(equals32([...odd64, 0xb6], 0x7fc0_0000));
  });

  it("keeps its bits where only bits are moved", () => {
    assert.ok(equals64([...odd64, 0x9a], 0x7ff0_0000_0000_1234n));
    assert.ok(equals64(odd64, 0xfff0_0000_0000_1234n));
  });

  it("leaves numbers alone", () => {
    assert.equal(hex(bitsOf([...f64(1.5), ...f64(2), 0xa2, op.i64FromF64])), hex(0x4008_0000_0000_0000n));
    assert.equal(F32, 0x7d);
  });
});

describe("memory", () => {
  it("stops at the module's limit, and the guest sees -1", () => {
    const bytes = answering([...i32(3), op.memoryGrow, 0, 0xac], {});
    const run = (memoryPages: number) => runPhase(compileAdmitted(bytes, { memoryPages }));
    const value = (result: ReturnType<typeof run>) =>
      result.kind === "output" ? Buffer.from(result.output).readBigInt64LE() : failureOf(result);
    assert.equal(value(run(4)), 1n);
    // −1 is no UTF-8: the guest adds one.
    const plusOne = answering([...i32(3), op.memoryGrow, 0, ...i32(1), op.i32Add, 0xac]);
    assert.equal(value(runPhase(compileAdmitted(plusOne, { memoryPages: 3 }))), 0n);
  });

  it("that is refused and then missed is named as the cause", () => {
    const result = runPhase(
      compileAdmitted(fetcher({ observe: [...i32(9), op.memoryGrow, 0, op.drop, op.unreachable] }), { memoryPages: 4 }),
    );
    assert.equal(failureOf(result), "memory-exceeded");
    assert.equal(failureOf(observe(fetcher({ observe: [op.unreachable] }))), "trap");
  });

  it("takes growths of any size", () => {
    for (const pages of [-1, 65_536, 2 ** 31 - 1]) {
      const plusOne = answering([op.i32, ...leb(pages), op.memoryGrow, 0, ...i32(1), op.i32Add, op.i64ExtendU]);
      const result = observe(plusOne);
      assert.equal(result.kind === "output" && Buffer.from(result.output).readBigUInt64LE(), 0n, String(pages));
    }
  });
});
