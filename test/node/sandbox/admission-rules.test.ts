import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RULE_NAMES } from "../../../node/sandbox/admission/refusal.ts";
import { CAPS } from "../../../node/sandbox/admission/rules.ts";
import { F64, I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { fetcher, i32, i64, op, phase, ALLOC, uleb, type FunctionSpec } from "./support/assemble.ts";
import { itRefuses, limits, nested, reactor, type RefusedModules } from "./support/refused.ts";

const simd = [0xfd, 0x0c, ...Array<number>(16).fill(0), op.drop];
const refused: RefusedModules = {
  "a module of 128 KiB and a byte": [
    new Uint8Array(CAPS.moduleBytes + 1),
    { rule: "size", at: [0], message: /131073.*131072.*limits\.moduleBytes/, stage: "size" },
  ],
  "a module beyond a limit of its own": [fetcher(), { rule: "size", at: [], ...limits({ moduleBytes: 90 }) }],
  "an empty file": [new Uint8Array(), { rule: "header", section: "header", at: [], stage: "format" }],
  "a file that is no WebAssembly": [
    new Uint8Array(Buffer.from("#!/bin/sh\necho hello")),
    { rule: "header", section: "header", at: [...Buffer.from("#!")] },
  ],
  "WebAssembly of version 2": [
    new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
    { rule: "header", section: "header", at: [2, 0, 0, 0], message: /another version/ },
  ],
  "a component, where a core module is asked for": [
    new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]),
    { rule: "component", section: "header", at: [0x0d, 0, 1, 0] },
  ],
  "a truncated section": [
    fetcher().subarray(0, 40),
    { rule: "malformed", section: "header", at: [], stage: "validation" },
  ],
  "sections out of order": [
    reactor({ trailing: [[5, [1, 0, 1]]] }),
    { rule: "section", section: "memory", at: [5, 3, 1, 0, 1] },
  ],
  "a tag section": [
    reactor({ trailing: [[13, [0]]] }),
    { rule: "section", section: "13", at: [13, 1, 0], message: /exceptions/ },
  ],
  SIMD: [
    fetcher({ observe: simd }),
    {
      rule: "feature",
      section: "code",
      at: [0xfd, 0x0c],
      message: /-msimd128.*simd128; Zig: -mcpu=generic/,
      stage: "metering",
    },
  ],
  atomics: [
    fetcher({ observe: [0xfe, 0x03, 0x00] }),
    { rule: "feature", section: "code", at: [0xfe, 3], message: /threads/, stage: "metering" },
  ],
  "tail calls": [
    fetcher({ observe: [0x12, 0] }),
    { rule: "feature", section: "code", at: [0x12, 0], message: /tail calls/ },
  ],
  exceptions: [
    fetcher({ observe: [0x08, 0] }),
    { rule: "feature", section: "code", at: [0x08, 0], message: /exceptions/ },
  ],
  "reference types": [
    fetcher({ observe: [0xd0, 0x70, op.drop] }),
    { rule: "feature", section: "code", at: [0xd0, 0x70], message: /reference types/ },
  ],
  "a typed select": [
    fetcher({ observe: [...i32(1), ...i32(1), ...i32(1), 0x1c, 1, I32, op.drop] }),
    { rule: "feature", section: "code", at: [0x1c, 1, I32] },
  ],
  "table.grow": [
    fetcher({ observe: [0xfc, 15, 0] }),
    { rule: "feature", section: "code", at: [0xfc, 15], message: /table operations/ },
  ],
  "table.init": [fetcher({ observe: [0xfc, 12, 0, 0] }), { rule: "feature", section: "code", at: [0xfc, 12] }],
  "garbage collection": [fetcher({ observe: [0xfb, 0x1c] }), { rule: "feature", section: "code", at: [0xfb] }],
  "a vector local": [
    fetcher({ locals: [[1, 0x7b]] }),
    { rule: "feature", section: "code", at: [0x7b], message: /SIMD/ },
  ],
  "a vector block": [
    fetcher({ observe: [op.block, 0x7b, op.unreachable, op.end, op.drop] }),
    { rule: "feature", section: "code", at: [0x7b] },
  ],
  "an access to a second memory": [
    fetcher({ observe: [...i32(0), 0x28, 0x42, 0, 0, op.drop] }),
    { rule: "feature", section: "code", at: [0x42], message: /several memories/ },
  ],
  "an unknown opcode": [
    fetcher({ observe: [0xff] }),
    { rule: "feature", section: "code", at: [0xff], message: /0xff/ },
  ],
  "a structure type": [
    Uint8Array.from([...fetcher().subarray(0, 8), 1, 3, 1, 0x5f, 0]),
    { rule: "feature", section: "type", at: [0x5f, 0], message: /garbage/ },
  ],
  "a type of 65 parameters": [
    fetcher({ more: [{ params: Array<number>(65).fill(I32), code: [] }] }),
    { rule: "type", section: "type", at: [65, I32], stage: "sections" },
  ],
  "1001 types": [
    reactor({
      functions: [ALLOC, phase("requests"), phase("observe"), ...Array<FunctionSpec>(998).fill({ code: [] })],
    }),
    { rule: "type", section: "type", at: uleb(1_001) },
  ],
  "10,001 functions": [
    Uint8Array.from(
      [...fetcher().subarray(0, 8), 1, 4, 1, 0x60, 0, 0, 3, ...uleb(10_003), ...uleb(10_001)].concat(
        Array<number>(10_001).fill(0),
      ),
    ),
    { rule: "functions", section: "function", at: uleb(10_001) },
  ],
  "a function of 512 KiB and a byte": [
    fetcher({ observe: Array<number>(CAPS.functionBytes - 3).fill(op.nop) }),
    { rule: "function-size", section: "code", at: uleb(CAPS.functionBytes + 1), ...limits({ moduleBytes: 2 ** 20 }) },
  ],
  "1001 globals": [
    fetcher({ globals: Array<number[]>(1_001).fill([I32, 0, ...i32(0), op.end]) }),
    { rule: "global", section: "global", at: uleb(1_001) },
  ],
  "a shared global": [
    fetcher({ globals: [[I32, 2, ...i32(0), op.end]] }),
    { rule: "feature", section: "global", at: [2, op.i32] },
  ],
  "shared memory": [
    reactor({ memory: [3, 1, 1] }),
    { rule: "feature", section: "memory", at: [3, 1, 1], message: /threads/ },
  ],
  "64-bit memory": [reactor({ memory: [4, 1] }), { rule: "feature", section: "memory", at: [4, 1] }],
  "two memories": [reactor({ secondMemory: [0, 1] }), { rule: "memory", section: "memory", at: [2, 0, 1, 0, 1] }],
  "a memory that is too large": [
    reactor({ memory: [0, ...uleb(2049)] }),
    { rule: "memory", section: "memory", at: [0, ...uleb(2049)], message: /2049.*2048/ },
  ],
  "a memory above the module's own limit": [
    reactor({ memory: [0, 3] }),
    {
      rule: "memory",
      section: "memory",
      at: [0, 3],
      message: /3 pages, its limit is 2/,
      ...limits({ memoryPages: 2 }),
    },
  ],
  "a table of 9 million": [
    reactor({ table: [0x70, 0, ...uleb(9_000_000)] }),
    { rule: "table", section: "table", at: [0x70, 0] },
  ],
  "a table above the module's own limit": [
    reactor({ table: [0x70, 0, 9] }),
    { rule: "table", section: "table", at: [0x70, 0, 9], ...limits({ tableEntries: 8 }) },
  ],
  "a table of references": [reactor({ table: [0x6f, 0, 1] }), { rule: "feature", section: "table", at: [0x6f, 0, 1] }],
  "1001 locals": [
    fetcher({ locals: [[1001, I64]] }),
    { rule: "locals", section: "code", at: uleb(1001), stage: "metering" },
  ],
  "50,000 locals": [
    fetcher({
      locals: [
        [25_000, I64],
        [25_000, F64],
      ],
    }),
    { rule: "locals", section: "code", at: uleb(25_000) },
  ],
  "4096 nested blocks": [
    fetcher({ observe: nested(CAPS.nesting) }),
    { rule: "nesting", section: "code", at: [op.block, op.void, op.end, op.end] },
  ],
  "40,000 nested blocks": [
    fetcher({ observe: nested(40_000) }),
    { rule: "nesting", section: "code", at: [op.block, op.void, op.block] },
  ],
  "a br_table of 5000": [
    fetcher({ observe: [...i32(0), op.brTable, ...uleb(5_000), ...Array<number>(5_001).fill(0)] }),
    { rule: "branch-table", section: "code", at: uleb(5_000) },
  ],
  "a br_table of 60,000": [
    fetcher({ observe: [...i32(0), op.brTable, ...uleb(60_000), ...Array<number>(60_001).fill(0)] }),
    { rule: "branch-table", section: "code", at: uleb(60_000) },
  ],
  "a data segment outside the memory": [
    fetcher({ data: [[0, ...i32(65_535), op.end, 2, 1, 1]] }),
    { rule: "data", section: "data", at: [0, ...i32(65_535)] },
  ],
  "a data segment at a negative offset": [
    fetcher({ data: [[0, ...i32(-1), op.end, 1, 1]] }),
    { rule: "data", section: "data", at: [0, ...i32(-1)] },
  ],
  "an element segment outside the table": [
    fetcher({ table: [0x70, 0, 1], elements: [[0, ...i32(1), op.end, 1, 0]] }),
    { rule: "element", section: "element", at: [0, ...i32(1)] },
  ],
  "a passive element segment": [
    fetcher({ table: [0x70, 0, 1], elements: [[1, 0, 1, 0]] }),
    { rule: "element", section: "element", at: [1, 0, 1, 0] },
  ],
  "an extended constant expression": [
    fetcher({ globals: [[I32, 0, ...i32(1), ...i32(1), op.i32Add, op.end]] }),
    { rule: "global", section: "global", at: [...i32(1), ...i32(1), op.i32Add] },
  ],
  "a global that takes its value from another": [
    fetcher({
      globals: [
        [I32, 0, ...i32(1), op.end],
        [I32, 0, op.globalGet, 0, op.end],
      ],
    }),
    { rule: "global", section: "global", at: [op.globalGet, 0] },
  ],
  "a metered module beyond its cap": [
    fetcher({ observe: [op.f64, 0, 0, 0, 0, 0, 0, 0, 0, ...Array<number>(300_000).fill(0x9b), op.drop] }),
    { rule: "metered-size", section: "code", stage: "metering", ...limits({ moduleBytes: 512 * 1024 }) },
  ],
  "a body that does not validate": [
    fetcher({ observe: [op.drop] }),
    { rule: "invalid", section: "code", at: [op.drop], stage: "validation" },
  ],
  "a global one past the guest's own": [
    fetcher({ observe: [...i64(1_000_000_000), op.globalSet, 0] }),
    { rule: "invalid", section: "code", at: [0], message: /Invalid global index/ },
  ],
  // Function 3 would be the meter's own charge, given a negative price.
  "a function one past the guest's own": [
    fetcher({ observe: [...i32(0), op.memoryGrow, 0, op.drop, ...i64(-1_000_000), op.call, 3] }),
    { rule: "invalid", section: "code", at: [3] },
  ],
  "a memory index of two bytes": [
    fetcher({ observe: [op.memorySize, 0x80, 0, op.drop] }),
    { rule: "feature", section: "code", at: [0x80, 0] },
  ],
};

describe("admission refuses", () => {
  itRefuses(refused);

  it("for every rule, here or in another test", () => {
    const abi = ["import", "export", "capability", "floats"];
    const atRunTime = ["instantiation", "admission-time"];
    const here = Object.values(refused).map(([, { rule }]) => rule);
    assert.deepEqual(new Set([...here, ...abi, ...atRunTime]), new Set(RULE_NAMES));
  });
});
