import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FUEL, METER_EXPORTS } from "../../../node/sandbox/admission/rules.ts";
import { F64, I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { assemble, ALLOC, fetcher, i32, i64, leb, op, phase, type FetcherSpec } from "./support/assemble.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { callObserve, metered } from "./support/metered.ts";

/** The constant that observe answers. */
const FRAME = 1n;

/** Fuel of a run beyond the frame. */
function fuelOf(spec: FetcherSpec): bigint {
  const { end, fuel } = callObserve(fetcher(spec));
  assert.equal(end, "returned");
  return fuel - FRAME;
}

/** A fetcher whose observe answers the i64 that `code` leaves. */
function answering(code: readonly number[], { locals = [], more = [], ...rest }: FetcherSpec = {}): Uint8Array {
  const observe = { export: "observe", params: [I32, I32], results: [I64], locals, code };
  return assemble({ memory: [0, 1], ...rest, functions: [ALLOC, phase("requests"), observe, ...more] });
}

function bitsOf(code: readonly number[], more: FetcherSpec = {}): bigint {
  const { end, value } = callObserve(answering(code, more));
  assert.equal(end, "returned");
  return BigInt.asUintN(64, value as bigint);
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
      const enough = callObserve(fetcher(spec), { fuel: fuel + FRAME });
      assert.deepEqual([enough.end, enough.fuel], ["returned", fuel + FRAME], what);
      assert.equal(callObserve(fetcher(spec), { fuel: fuel + FRAME - 1n }).end, "fuel", what);
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

describe("fuel at its edges", () => {
  const fill = (length: number) => [...i32(0), ...i32(0), ...i32(length), op.bulk, 11, 0];
  const all = 2n ** 28n - 1n;

  it("is charged for the whole length before a bulk operation traps", () => {
    const bytes = fetcher({ observe: fill(-1) });
    const spent = 4n + FRAME + BigInt(FUEL.bulkCall) + all;
    const end = (fuel: bigint) => callObserve(bytes, { fuel });
    assert.deepEqual([end(2n ** 40n).end, end(2n ** 40n).fuel], ["trap", spent]);
    assert.deepEqual([end(spent).end, end(spent - 1n).end], ["trap", "fuel"]);
  });

  it("that ran out stays out, and does not wrap", () => {
    const guest = metered(fetcher({ observe: fill(-1) }));
    const again = guest.exports.observe as (pointer: number, length: number) => bigint;
    const fuel = guest.exports[METER_EXPORTS.fuel] as { readonly value: bigint };
    assert.equal(guest.call("observe", { args: [0, 0], fuel: 100n }).end, "fuel");
    const left = fuel.value;
    for (let round = 1n; round <= 1_000n; round++) {
      assert.throws(() => again(0, 0), webAssembly.RuntimeError);
      assert.equal(fuel.value, left - round * (4n + FRAME), "the first block traps, the helper is not reached");
    }
  });

  it("is charged for data that is dropped, which is then missed", () => {
    const init = (length: number) => [...i32(0), ...i32(0), ...i32(length), op.bulk, 8, 0, 0];
    const drop = [op.bulk, 9, 0];
    const segment = { data: [[1, 2, 7, 7]], dataCount: 1 };
    assert.equal(fuelOf({ observe: [...drop, ...init(0)], ...segment }), 1n + 4n + BigInt(FUEL.bulkCall));
    assert.equal(callObserve(fetcher({ observe: [...drop, ...init(1)], ...segment })).end, "trap");
  });

  it("is charged per turn of a loop that takes and gives values", () => {
    const counted = {
      ...{ params: [I32], results: [I32] },
      code: [
        ...[op.get, 0, op.loop, ...leb(3), ...i32(1), op.i32Sub, op.tee, 0],
        ...[op.get, 0, op.get, 0, op.brIf, 0, op.i32Add, op.end],
      ],
    };
    const result = callObserve(answering([...i32(10), op.call, 3, op.i64ExtendU], { more: [counted] }));
    // Each turn leaves its copy for the next; the last adds two zeros.
    assert.deepEqual([result.end, result.value], ["returned", 0n]);
    assert.equal(result.fuel, 1n + 5n + 1n + 1n + 10n * 6n + 1n);
  });

  it("bounds a start function, which has none of the calls' fuel", () => {
    const endless = fetcher({ start: 3, more: [{ code: [op.loop, op.void, op.br, 0, op.end] }] });
    assert.throws(() => metered(endless), webAssembly.RuntimeError);
    const guest = metered(fetcher({ start: 3, more: [{ code: [...i32(1), op.drop] }] }));
    assert.equal((guest.exports[METER_EXPORTS.fuel] as { value: bigint }).value, FUEL.instantiation - 2n);
  });

  it("is not taken for what a trap leaves undone", () => {
    const trapping = [...i32(1), ...i32(0), 0x6d, op.drop];
    const result = callObserve(fetcher({ observe: [...trapping, op.block, op.void, op.end, ...i32(1), op.drop] }));
    assert.deepEqual([result.end, result.fuel], ["trap", 1n + 1n + 4n + 1n]);
  });
});

describe("call depth", () => {
  const recurse = (locals: number) =>
    fetcher({ observe: [op.call, 3], more: [{ locals: [[locals, I64]], code: [op.call, 3] }] });

  it("ends a recursion, after the same fuel each time", () => {
    for (const locals of [0, 10, 500]) {
      const runs = [1, 2, 3].map(() => callObserve(recurse(locals), { fuel: 50_000_000n }));
      assert.deepEqual(
        runs.map(({ end }) => end),
        Array(3).fill("depth"),
      );
      assert.equal(new Set(runs.map(({ fuel }) => fuel)).size, 1);
    }
  });

  it("counts locals and the operand stack", () => {
    const fuel = (bytes: Uint8Array) => callObserve(bytes, { fuel: 50_000_000n }).fuel;
    const operands = [...Array<number[]>(500).fill(i32(1)).flat(), op.call, 3, ...Array<number>(500).fill(op.drop)];
    assert.ok(fuel(recurse(500)) / 505n < 65_536n / 508n + 2n);
    const result = callObserve(fetcher({ observe: [op.call, 3], more: [{ code: operands }] }), { fuel: 50_000_000n });
    assert.equal(result.end, "depth");
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
      const { end, depth } = callObserve(
        fetcher({ locals: [[1, I32]], observe: loop, more: [{ code: [op.call, 4, ...way] }, { code: [] }] }),
        { fuel: 10_000_000n },
      );
      assert.deepEqual([end, depth], ["returned", 0], way.join());
    }
  });

  it("and fuel start anew with each call", () => {
    const guest = metered(recurse(0));
    const [first, second] = [1, 2].map(() => guest.call("observe", { args: [0, 0] }));
    assert.equal(first?.end, "depth");
    assert.deepEqual(second, first);
  });
});

describe("NaN", () => {
  /** The bits of a float computation, as 16 hexadecimal digits. */
  const hex = (bits: bigint) => bits.toString(16).padStart(16, "0");
  const f64 = (value: number) => [op.f64, ...new Uint8Array(new Float64Array([value]).buffer)];
  const f32 = (value: number) => [op.f32, ...new Uint8Array(new Float32Array([value]).buffer)];
  /** Compares inside the guest: the boundary to JavaScript may change a NaN's bits. */
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
  });
});

describe("memory", () => {
  const grow = (pages: number) => answering([...i32(pages), op.memoryGrow, 0, 0xac]);

  it("stops at the module's limit, and the guest sees -1", () => {
    const value = (memoryPages: number) => callObserve(grow(3), { admission: { limits: { memoryPages } } }).value;
    assert.equal(value(4), 1n);
    assert.equal(value(3), -1n);
  });

  it("that is refused and then missed is named as the cause", () => {
    const missing = fetcher({ observe: [...i32(9), op.memoryGrow, 0, op.drop, op.unreachable] });
    assert.equal(callObserve(missing, { admission: { limits: { memoryPages: 4 } } }).end, "memory-cap");
    assert.equal(callObserve(fetcher({ observe: [op.unreachable] })).end, "trap");
  });

  it("takes growths of any size", () => {
    for (const pages of [-1, 65_536, 2 ** 31 - 1]) assert.equal(callObserve(grow(pages)).value, -1n, String(pages));
  });
});
