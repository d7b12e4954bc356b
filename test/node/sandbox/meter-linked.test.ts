import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { meterCore, type MeterCoreOptions } from "../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../node/sandbox/admission/refusal.ts";
import { DEPTH, FUEL, METER_EXPORTS, METER_IMPORTS } from "../../../node/sandbox/admission/rules.ts";
import { I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { webAssembly, type WasmImports } from "../../../node/sandbox/wasm/web-assembly.ts";
import { assemble, i32, i64, op, type ImportSpec, type ModuleSpec } from "./support/assemble.ts";
import { text } from "./support/refused.ts";
import { Metered } from "./support/metered.ts";

/** Memory, table and globals of one module that others use. */
const OWNER: ModuleSpec = {
  memory: [1, 1, 4],
  table: [0x70, 0, 8],
  globals: [
    [I32, 0, ...i32(7), op.end],
    [I64, 1, ...i64(5), op.end],
  ],
  exports: [
    { name: "table", kind: 1, index: 0 },
    { name: "seven", kind: 3, index: 0 },
    { name: "count", kind: 3, index: 1 },
  ],
  functions: [
    { export: "bump", code: [op.globalGet, 1, ...i64(1), 0x7c, op.globalSet, 1] },
    { export: "through", params: [I32], results: [I32], code: [op.get, 0, op.callIndirect, 2, 0] },
    { params: [], results: [I32], code: i32(1) },
  ],
};

const USER_IMPORTS: readonly ImportSpec[] = [
  { module: "owner", name: "memory", memory: [0, 1] },
  { module: "owner", name: "table", table: [0x70, 0, 1] },
  { module: "owner", name: "seven", global: [I32, 0] },
  { module: "owner", name: "bump", params: [], results: [] },
];

const set = (value: number): readonly number[] => [...i32(value), op.globalSet, 2];

/** Uses the owner's parts, and has globals of its own behind the imported one. */
const USER: ModuleSpec = {
  imports: USER_IMPORTS,
  globals: [
    [I32, 0, op.globalGet, 0, op.end],
    [I32, 1, ...i32(40), op.end],
  ],
  exports: [{ name: "own", kind: 3, index: 2 }],
  functions: [
    { export: "sum", results: [I32], code: [op.globalGet, 0, op.globalGet, 1, op.i32Add, op.globalGet, 2, op.i32Add] },
    { export: "set", code: set(50) },
    { export: "grow", params: [I32], results: [I32], code: [op.get, 0, op.memoryGrow, 0] },
    { export: "bump", code: [op.call, 0] },
    { results: [I32], code: i32(99) },
  ],
  elements: [[0, op.globalGet, 0, op.end, 1, 5]],
};

const meter = (spec: ModuleSpec, options: MeterCoreOptions = {}) => meterCore(assemble(spec), options).instrumented;

/** One set of counters for all parts, as the host of a component makes them. */
class Shared {
  readonly fuel = new webAssembly.Global<bigint>({ value: "i64", mutable: true }, FUEL.instantiation);
  readonly depth = new webAssembly.Global<number>({ value: "i32", mutable: true }, DEPTH.slots);
  readonly fault = new webAssembly.Global({ value: "i32", mutable: true }, 0);

  instantiate(bytes: Uint8Array, imports: WasmImports = {}): Record<string, (...args: number[]) => number> {
    const { fuel, depth, fault } = this;
    const all = { ...imports, [METER_IMPORTS.module]: { fuel, depth, fault } };
    return new webAssembly.Instance(new webAssembly.Module(bytes), all).exports as never;
  }

  /** Fuel that it takes; undefined if it traps. */
  spend(call: () => void, given = 1_000_000n): bigint | undefined {
    [this.fuel.value, this.depth.value, this.fault.value] = [given, DEPTH.slots, 0];
    try {
      call();
    } catch (error) {
      assert.ok(error instanceof webAssembly.RuntimeError, String(error));
      return undefined;
    }
    assert.equal(this.depth.value, DEPTH.slots);
    return given - this.fuel.value;
  }
}

describe("a module that is linked with others", () => {
  for (const counters of ["own", "shared"] as const) {
    it(`imports memory, table, globals and functions, with ${counters} counters`, () => {
      const shared = new Shared();
      const owner = shared.instantiate(meter(OWNER, { meter: counters }));
      const user = shared.instantiate(meter(USER, { meter: counters }), { owner });
      assert.equal(user.sum?.(), 7 + 7 + 40);
      user.set?.();
      assert.equal(user.sum(), 7 + 7 + 50, "its own globals stand behind the meter's");
      assert.equal((user.own as unknown as { value: number }).value, 50);
      user.bump?.();
      assert.equal((owner.count as unknown as { value: bigint }).value, 6n);
      assert.equal(owner.through?.(7), 99, "its elements stand in the owner's table");
    });
  }

  it("keeps all its exports", () => {
    const { exports } = new Metered(meter(OWNER));
    const names = ["memory", "bump", "through", "table", "seven", "count"];
    assert.deepEqual(Object.keys(exports).sort(), [...names, ...Object.values(METER_EXPORTS)].sort());
    assert.deepEqual(Object.keys(new Shared().instantiate(meter(OWNER, { meter: "shared" }))).sort(), names.sort());
  });

  it("leaves segments that lie outside to its instantiation", () => {
    const bytes = meter({ memory: [0, 1], data: [[0, ...i32(65_536), op.end, 1, 1]] });
    assert.throws(() => new Metered(bytes), webAssembly.RuntimeError);
  });
});

describe("shared counters", () => {
  const link = () => {
    const shared = new Shared();
    const owner = shared.instantiate(meter(OWNER, { meter: "shared" }));
    const user = shared.instantiate(meter(USER, { meter: "shared", limits: { memoryPages: 4 } }), { owner });
    return { shared, owner, user };
  };

  it("add up what all parts spend", () => {
    const { shared, user } = link();
    // bump: a call; and in the owner: get, constant, add, set.
    assert.equal(
      shared.spend(() => user.bump?.()),
      5n + 4n,
    );
    assert.equal(
      shared.spend(() => user.bump?.(), 9n),
      9n,
    );
    assert.equal(
      shared.spend(() => user.bump?.(), 8n),
      undefined,
    );
    assert.equal(shared.fuel.value, -1n);
  });

  it("cap the memory that one part owns and another grows", () => {
    const { shared, user } = link();
    const grow = (pages: number) => shared.spend(() => assert.equal(user.grow?.(pages), pages === 3 ? 1 : -1));
    assert.equal(grow(4), BigInt(2 + FUEL.growCall));
    assert.equal(shared.fault.value, 2);
  });

  it("end a recursion through two modules as they end one through one", () => {
    const ping = (imports: ModuleSpec["imports"], callee: number): ModuleSpec => ({
      ...(imports && { imports }),
      functions: [{ export: "go", params: [I32], results: [I32], code: [op.get, 0, op.call, callee] }],
    });
    const shared = new Shared();
    const forward: { go?: (value: number) => number } = {};
    const host = { go: (value: number) => forward.go?.(value) };
    const imports = [{ module: "host", name: "go", params: [I32], results: [I32] }];
    const a = shared.instantiate(meter(ping(imports, 0), { meter: "shared" }), { host });
    const b = shared.instantiate(meter(ping(imports, 0), { meter: "shared" }), { host: { go: a.go ?? assert.fail() } });
    if (b.go !== undefined) forward.go = b.go;
    assert.equal(
      shared.spend(() => a.go?.(1)),
      undefined,
    );
    assert.ok(shared.depth.value < 0, "the depth ended it, not the engine's stack");
    const frames = (1_000_000n - shared.fuel.value) / 6n;
    const weight = BigInt(DEPTH.frameBase + DEPTH.foreignCall + 2);
    assert.equal(frames, BigInt(DEPTH.slots) / weight, "each pays for the host's frames on the way");
  });
});

describe("a module that is linked with others is refused", () => {
  const refused = (spec: ModuleSpec, options?: MeterCoreOptions) => {
    try {
      meter(spec, options);
    } catch (error) {
      if (isModuleRefusal(error)) return { ...error.data, bytes: assemble(spec) };
      throw error;
    }
    return assert.fail("admitted");
  };
  const at = ({ bytes, offset = 0 }: { bytes: Uint8Array; offset?: number }, length: number) => [
    ...bytes.subarray(offset, offset + length),
  ];

  it("if it names the meter", () => {
    const imported = refused({ imports: [{ module: METER_IMPORTS.module, name: "fuel", global: [I64, 1] }] });
    assert.deepEqual([imported.rule, imported.section], ["import", "import"]);
    assert.deepEqual(at(imported, 14), text(METER_IMPORTS.module));
    const exported = refused({ functions: [{ export: METER_EXPORTS.fuel, code: [] }] });
    assert.deepEqual([exported.rule, exported.section], ["export", "export"]);
    assert.deepEqual(at(exported, 13), text(METER_EXPORTS.fuel));
  });

  it("if it has a second memory or table, imported ones included", () => {
    const memory = { module: "m", name: "", memory: [0, 1] };
    const own = refused({ imports: [memory], memory: [0, 1] });
    assert.deepEqual([own.rule, own.section, at(own, 2)], ["memory", "memory", [0, 1]]);
    const both = refused({ imports: [memory, { module: "m", name: "", memory: [0, 2] }] });
    assert.deepEqual([both.rule, both.section], ["memory", "import"]);
    const tables = refused({ imports: [{ module: "m", name: "", table: [0x70, 0, 1] }], table: [0x70, 0, 1] });
    assert.deepEqual([tables.rule, tables.section], ["table", "table"]);
  });

  it("if what it imports is beyond the limits", () => {
    const limits = { memoryPages: 4, tableEntries: 4 };
    const memory = refused({ imports: [{ module: "m", name: "", memory: [0, 5] }] }, { limits });
    assert.deepEqual([memory.rule, memory.section, at(memory, 2)], ["memory", "import", [0, 5]]);
    const table = refused({ imports: [{ module: "m", name: "", table: [0x70, 0, 5] }] }, { limits });
    assert.deepEqual([table.rule, table.section, at(table, 3)], ["table", "import", [0x70, 0, 5]]);
  });

  it("if a global takes its value from one of its own", () => {
    const globals = [
      [I32, 0, ...i32(1), op.end],
      [I32, 0, op.globalGet, 0, op.end],
    ];
    assert.equal(refused({ globals }).rule, "global");
    const imports = [{ module: "m", name: "", global: [I32, 0] }];
    meter({ imports, globals: [[I32, 0, op.globalGet, 0, op.end]] });
  });

  it("if it imports a float, where floats are ruled out", () => {
    const found = refused({ imports: [{ module: "m", name: "", global: [0x7c, 0] }] }, { floats: "refused" });
    assert.deepEqual([found.rule, found.section, at(found, 2)], ["floats", "import", [0x7c, 0]]);
  });
});
