import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { admitModule, inspectModule } from "../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal, type RuleName } from "../../../node/sandbox/admission/refusal.ts";
import { CAPS, RULES_VERSION } from "../../../node/sandbox/admission/rules.ts";
import { F64, I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { ALLOC, assemble, fetcher, i32, i64, op, phase, uleb, type ModuleSpec } from "./support/assemble.ts";

interface Expected {
  readonly rule: RuleName;
  readonly section?: string;
  readonly message?: RegExp;
}

function assertRefused(bytes: Uint8Array, { rule, section, message = /./ }: Expected): void {
  assert.throws(
    () => admitModule(bytes),
    (error) => {
      assert.ok(isModuleRefusal(error), String(error));
      assert.equal(error.data.rule, rule, error.message);
      if (section !== undefined) assert.equal(error.data.section, section);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"), "one line");
      return true;
    },
  );
}

const phases = [ALLOC, phase("requests"), phase("observe")] as const;
const reactor = (spec: ModuleSpec) => assemble({ memory: [0, 1], functions: phases, ...spec });
const simd = [0xfd, 0x0c, ...Array<number>(16).fill(0), op.drop];
const nested = (depth: number) => [
  ...Array<number[]>(depth).fill([op.block, op.void]).flat(),
  ...Array<number>(depth).fill(op.end),
];
const abort = { module: "env", name: "abort", params: [I32, I32, I32, I32], results: [] };

const refused: Readonly<Record<string, readonly [Uint8Array, Expected]>> = {
  "a module of 128 KiB and a byte": [new Uint8Array(CAPS.moduleBytes + 1), { rule: "size", message: /131073.*131072/ }],
  "an empty file": [new Uint8Array(), { rule: "header" }],
  "a file that is no WebAssembly": [new Uint8Array(Buffer.from("#!/bin/sh\necho hello")), { rule: "header" }],
  "WebAssembly of version 2": [new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), { rule: "header" }],
  "a component": [new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), { rule: "component", message: /core module/ }],
  "a truncated section": [fetcher().subarray(0, 40), { rule: "malformed" }],
  "sections out of order": [reactor({ trailing: [[5, [1, 0, 1]]] }), { rule: "section", section: "memory" }],
  "a tag section": [reactor({ trailing: [[13, [0]]] }), { rule: "section", message: /exceptions/ }],
  SIMD: [fetcher({ observe: simd }), { rule: "feature", section: "code", message: /-msimd128/ }],
  atomics: [fetcher({ observe: [0xfe, 0x03, 0x00] }), { rule: "feature", message: /threads/ }],
  "tail calls": [fetcher({ observe: [0x12, 0] }), { rule: "feature", message: /tail calls/ }],
  exceptions: [fetcher({ observe: [0x08, 0] }), { rule: "feature", message: /exceptions/ }],
  "reference types": [fetcher({ observe: [0xd0, 0x70, op.drop] }), { rule: "feature", message: /reference types/ }],
  "a typed select": [
    fetcher({ observe: [...i32(1), ...i32(1), ...i32(1), 0x1c, 1, I32, op.drop] }),
    { rule: "feature" },
  ],
  "table.grow": [fetcher({ observe: [0xfc, 15, 0] }), { rule: "feature", message: /table operations/ }],
  "table.init": [fetcher({ observe: [0xfc, 12, 0, 0] }), { rule: "feature" }],
  "garbage collection": [fetcher({ observe: [0xfb, 0x1c] }), { rule: "feature" }],
  "a vector local": [fetcher({ locals: [[1, 0x7b]] }), { rule: "feature", message: /SIMD/ }],
  "an unknown opcode": [fetcher({ observe: [0xff] }), { rule: "feature", message: /0xff/ }],
  "shared memory": [reactor({ memory: [3, 1, 1] }), { rule: "feature", section: "memory", message: /threads/ }],
  "64-bit memory": [reactor({ memory: [4, 1] }), { rule: "feature", section: "memory" }],
  "two memories": [reactor({ secondMemory: [0, 1] }), { rule: "memory", section: "memory" }],
  "a memory that is too large": [reactor({ memory: [0, ...uleb(2049)] }), { rule: "memory", message: /2049.*2048/ }],
  "no memory": [assemble({ functions: phases }), { rule: "export", message: /memory memory is missing/ }],
  "a table of 9 million": [reactor({ table: [0x70, 0, ...uleb(9_000_000)] }), { rule: "table", section: "table" }],
  "a table of references": [reactor({ table: [0x6f, 0, 1] }), { rule: "feature", section: "table" }],
  "an import that is not offered": [
    reactor({ imports: [{ ...abort, name: "seed" }] }),
    { rule: "import", message: /env\.seed.*env\.abort/ },
  ],
  "an import of WASI": [reactor({ imports: [{ ...abort, module: "wasi_snapshot_preview1" }] }), { rule: "import" }],
  "an import of the wrong type": [
    reactor({ imports: [{ ...abort, params: [I32] }] }),
    { rule: "import", message: /\(i32\) → \(\), it is \(i32, i32, i32, i32\) → \(\)/ },
  ],
  "an import with an escape sequence": [
    reactor({ imports: [{ ...abort, name: "\u001b[2J" }] }),
    { rule: "import", message: /env\.\?\[2J/ },
  ],
  "an extra export": [fetcher({ more: [{ export: "extra", code: [] }] }), { rule: "export", message: /extra/ }],
  "an export with the meter's name": [
    fetcher({ globals: [[I64, 1, ...i64(0), op.end]], exports: [{ name: "__meter_fuel", kind: 3, index: 0 }] }),
    { rule: "export" },
  ],
  "no observe": [
    assemble({ memory: [0, 1], functions: [ALLOC, phase("requests")] }),
    { rule: "export", message: /observe function \(i32, i32\) → i64 is missing/ },
  ],
  "an alloc of the wrong type": [
    fetcher({ alloc: { ...ALLOC, params: [I64] } }),
    { rule: "export", message: /alloc function \(i64\) → i32 should be alloc function \(i32\) → i32/ },
  ],
  "a memory under another kind": [
    assemble({ functions: [...phases, { export: "memory", code: [] }] }),
    { rule: "export" },
  ],
  "1001 locals": [fetcher({ locals: [[1001, I64]] }), { rule: "locals" }],
  "50,000 locals": [
    fetcher({
      locals: [
        [25_000, I64],
        [25_000, F64],
      ],
    }),
    { rule: "locals" },
  ],
  "1000 nested blocks": [fetcher({ observe: nested(1_000) }), { rule: "nesting" }],
  "40,000 nested blocks": [fetcher({ observe: nested(40_000) }), { rule: "nesting" }],
  "a br_table of 5000": [
    fetcher({ observe: [...i32(0), op.brTable, ...uleb(5_000), ...Array<number>(5_001).fill(0)] }),
    { rule: "branch-table" },
  ],
  "a br_table of 60,000": [
    fetcher({ observe: [...i32(0), op.brTable, ...uleb(60_000), ...Array<number>(60_001).fill(0)] }),
    { rule: "branch-table" },
  ],
  "a data segment outside the memory": [
    fetcher({ data: [[0, ...i32(65_535), op.end, 2, 1, 1]] }),
    { rule: "data", section: "data" },
  ],
  "a data segment at a negative offset": [fetcher({ data: [[0, ...i32(-1), op.end, 1, 1]] }), { rule: "data" }],
  "an element segment outside the table": [
    fetcher({ table: [0x70, 0, 1], elements: [[0, ...i32(1), op.end, 1, 0]] }),
    { rule: "element" },
  ],
  "a passive element segment": [fetcher({ table: [0x70, 0, 1], elements: [[1, 0, 1, 0]] }), { rule: "element" }],
  "an extended constant expression": [
    fetcher({ globals: [[I32, 0, ...i32(1), ...i32(1), op.i32Add, op.end]] }),
    { rule: "global", section: "global" },
  ],
  "a body that does not validate": [fetcher({ observe: [op.drop] }), { rule: "invalid" }],
  "a global one past the guest's own": [
    fetcher({ observe: [...i64(1_000_000_000), op.globalSet, 0] }),
    { rule: "invalid" },
  ],
  // Function 3 would be the meter's own charge, given a negative price.
  "a function one past the guest's own": [
    fetcher({ observe: [...i32(0), op.memoryGrow, 0, op.drop, ...i64(-1_000_000), op.call, 3] }),
    { rule: "invalid" },
  ],
};

describe("admission refuses", () => {
  for (const [what, [bytes, expected]] of Object.entries(refused)) {
    it(`${what}: ${expected.rule}`, () => assertRefused(bytes, expected));
  }

  it("an instrumented module that grew beyond its cap", () => {
    const returns = Array<number[]>(CAPS.moduleBytes * 2)
      .fill([...i32(0), op.brIf, 0])
      .flat();
    const bytes = fetcher({ observe: [op.block, op.void, ...returns, op.end] });
    assert.throws(() => admitModule(bytes, { maxModuleBytes: 16 * CAPS.moduleBytes }), {
      message: /instrumented-size/,
    });
  });

  it("an initial memory above the module's own limit", () => {
    assert.throws(() => admitModule(fetcher({ memory: [0, 3] }), { memoryPages: 2 }), {
      message: /3 pages, its limit is 2/,
    });
  });
});

describe("admission takes", () => {
  const admitted: Readonly<Record<string, Uint8Array>> = {
    "the smallest fetcher": fetcher(),
    "env.abort": reactor({ imports: [abort], functions: [ALLOC, phase("requests"), phase("observe")] }),
    "what linkers export": fetcher({
      globals: [[I32, 0, ...i32(1), op.end]],
      table: [0x70, 0, 1],
      exports: [
        { name: "__heap_base", kind: 3, index: 0 },
        { name: "__indirect_function_table", kind: 1, index: 0 },
      ],
    }),
    "custom sections anywhere": reactor({ trailing: [[0, [4, 110, 97, 109, 101, 1, 2, 3]]] }),
    "1000 locals": fetcher({ locals: [[998, I64]] }),
    "998 nested blocks": fetcher({ observe: nested(998) }),
    "a start function": fetcher({ start: 3, more: [{ code: [] }] }),
    "multi-value": fetcher({
      observe: [op.call, 3, op.drop, op.drop],
      more: [{ results: [I32, I64], code: [...i32(1), ...i64(2)] }],
    }),
  };
  for (const [what, bytes] of Object.entries(admitted))
    it(what, () => assert.ok(admitModule(bytes).instrumented.length > bytes.length / 2));

  it("a larger module where the manifest allows it", () => {
    const bytes = fetcher({
      data: [[0, ...i32(0), op.end, ...uleb(60_000), ...Array<number>(60_000).fill(7)]],
      trailing: [[0, [1, 120, ...Array<number>(80_000).fill(0)]]],
    });
    assertRefused(bytes, { rule: "size" });
    assert.ok(
      admitModule(bytes, { maxModuleBytes: 256 * 1024 }).instrumented.length < bytes.length,
      "custom sections are dropped",
    );
  });
});

describe("inspectModule", () => {
  it("reports", () => {
    const bytes = fetcher({
      memory: [1, 2, 100],
      observe: [op.f64, 0, 0, 0, 0, 0, 0, 0, 0, op.drop, ...i32(0), 0xc0, op.drop],
    });
    const { digest, ...report } = inspectModule(bytes, { memoryPages: 64 });
    assert.match(digest, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(
      { ...report, instrumentedBytes: report.instrumentedBytes > bytes.length },
      {
        originalBytes: bytes.length,
        instrumentedBytes: true,
        imports: [],
        exports: [
          "memory memory",
          "alloc function (i32) → i32",
          "requests function (i32, i32) → i64",
          "observe function (i32, i32) → i64",
        ],
        memory: { initial: 2, declaredMaximum: 100, cap: 64 },
        functions: 3,
        features: ["floats", "sign-extension"],
        rulesVersion: RULES_VERSION,
      },
    );
  });

  it("gives the same bytes for the same module", () => {
    assert.deepEqual(admitModule(fetcher()).instrumented, admitModule(fetcher()).instrumented);
  });
});
