import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { admitCore, type AdmissionOptions } from "../../../node/sandbox/admission/admit.ts";
import { METER_EXPORTS } from "../../../node/sandbox/admission/rules.ts";
import { opcodeOf } from "../../../node/sandbox/wasm/opcodes.ts";
import { F32, F64, I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { ALLOC, assemble, fetcher, i32, i64, op, phase, uleb } from "./support/assemble.ts";
import {
  ABORT,
  assertRefused,
  itRefuses,
  LOG,
  reactor,
  text,
  ZERO_32,
  type RefusedModules,
} from "./support/refused.ts";

interface ModuleReflection {
  new (bytes: Uint8Array): object;
  exports(module: object): { readonly name: string }[];
}
const WebAssemblyModule = webAssembly.Module as unknown as ModuleReflection;

const wasi = (name: string, params: readonly number[], results: readonly number[]) => ({
  ...{ module: "wasi_snapshot_preview1", name },
  ...{ params, results },
});

const STORAGE_DELETE = { module: "quorate", name: "storage_delete", params: [I32, I32], results: [I32] };

const foreign: RefusedModules = {
  "no memory": [
    assemble({ functions: [ALLOC, phase("requests"), phase("observe")] }),
    { rule: "export", section: "export", at: [3, ...text("alloc")], message: /memory memory is missing/ },
  ],
  "an import that is not offered": [
    reactor({ imports: [{ ...ABORT, name: "seed" }] }),
    {
      rule: "import",
      section: "import",
      at: [...text("env"), ...text("seed")],
      message: /env\.seed: env offers abort alone; host functions are imported from `quorate`/,
    },
  ],
  "an import of WASI that there is not": [
    reactor({ imports: [ABORT, wasi("fd_teleport", [I32], [I32])] }),
    {
      ...{ rule: "import", section: "import", at: [...text("wasi_snapshot_preview1"), ...text("fd_teleport")] },
      ...{ message: /wasi_snapshot_preview1 has no such/, stage: "imports" },
    },
  ],
  "an import of the other WASI's": [
    reactor({ imports: [{ ...wasi("sock_accept", [I32, I32, I32], [I32]), module: "wasi_unstable" }] }),
    { rule: "import", section: "import", at: text("wasi_unstable") },
  ],
  "an import that names a property of every object": [
    reactor({ imports: [{ ...ABORT, module: "__proto__", name: "constructor" }] }),
    { rule: "import", section: "import", at: text("__proto__") },
  ],
  "an import of the wrong type": [
    reactor({ imports: [{ ...ABORT, params: [I32] }] }),
    {
      ...{ rule: "import", section: "import", at: text("env") },
      message: /\(i32\) → \(\), it is \(i32, i32, i32, i32\) → \(\)/,
    },
  ],
  "fd_write of the wrong type": [
    reactor({ imports: [wasi("fd_write", [I32], [I32])] }),
    { rule: "import", section: "import", at: text("wasi_snapshot_preview1"), message: /fd_write as \(i32\) → i32/ },
  ],
  "a host function that its manifest does not ask for": [
    reactor({ imports: [ABORT, LOG] }),
    {
      ...{ rule: "capability", section: "import", at: [...text("quorate"), ...text("log")] },
      ...{ message: /add `host: \[storage, log\]` to the manifest/, options: { host: ["storage"] }, stage: "imports" },
    },
  ],
  "host functions of several kinds, all named at once": [
    reactor({ imports: [LOG, STORAGE_DELETE, LOG] }),
    {
      ...{ rule: "capability", section: "import", at: [...text("quorate"), ...text("log")] },
      message: /imports quorate\.log and quorate\.storage_delete: add `host: \[log, storage\]` to/,
    },
  ],
  "a host function of the wrong type": [
    reactor({ imports: [{ ...LOG, results: [I32] }] }),
    { rule: "import", section: "import", at: text("quorate"), options: { host: ["log"] } },
  ],
  "an import with an escape sequence": [
    reactor({ imports: [{ ...ABORT, name: "\u001b[2J" }] }),
    { rule: "import", section: "import", at: text("env"), message: /env\.\?\[2J/ },
  ],
  "129 imports": [
    reactor({ imports: Array(129).fill(ABORT) }),
    { rule: "import", section: "import", at: uleb(129), stage: "sections" },
  ],
  "an imported memory": [
    Uint8Array.from([...fetcher().subarray(0, 8), 2, 10, 1, ...text("env"), ...text("m"), 2, 0, 1]),
    { rule: "import", section: "import", at: text("env"), message: /imports a memory/ },
  ],
  "no entry point": [
    assemble({ memory: [0, 1], functions: [ALLOC] }),
    { rule: "export", section: "export", at: [2, ...text("memory")], message: /no entry point/, stage: "shape" },
  ],
  "no exports at all": [
    assemble({ functions: [{ code: [] }] }),
    { rule: "export", section: "export", message: /no entry point/ },
  ],
  "no observe": [
    assemble({ memory: [0, 1], functions: [ALLOC, phase("requests")] }),
    {
      ...{ rule: "export", section: "export", at: [3, ...text("memory")], stage: "exports" },
      message: /observe function \(i32, i32\) → i64 is missing/,
    },
  ],
  "an alloc of the wrong type": [
    fetcher({ alloc: { ...ALLOC, params: [I64] } }),
    {
      ...{ rule: "export", section: "export", at: text("alloc") },
      message: /alloc function \(i64\) → i32 should be alloc function \(i32\) → i32/,
    },
  ],
  "an _initialize of the wrong type": [
    fetcher({ more: [{ export: "_initialize", params: [I32], code: [] }] }),
    { rule: "export", section: "export", at: text("_initialize") },
  ],
  "a _start of the wrong type": [
    assemble({ memory: [0, 1], functions: [{ export: "_start", results: [I32], code: i32(0) }] }),
    { rule: "export", section: "export", at: text("_start"), message: /should be _start function \(\) → \(\)/ },
  ],
  "a command without memory": [
    assemble({ functions: [{ export: "_start", code: [] }] }),
    { rule: "export", section: "export", at: [1, ...text("_start")], message: /memory memory is missing.*command/ },
  ],
  "a memory under another kind": [
    assemble({ functions: [ALLOC, phase("requests"), phase("observe"), { export: "memory", code: [] }] }),
    { rule: "export", section: "export", at: text("memory") },
  ],
};

const noFloats = { options: { floats: "refused" }, message: /floats in the manifest/ } as const;

const floating: RefusedModules = {
  "a float opcode, where floats are ruled out": [
    fetcher({ observe: [...ZERO_32, op.drop] }),
    { rule: "floats", section: "code", at: ZERO_32, stage: "metering", ...noFloats },
  ],
  "a conversion from a float": [
    fetcher({ observe: [op.unreachable, 0xfc, 0, op.drop] }),
    { rule: "floats", section: "code", at: [0xfc, 0], ...noFloats },
  ],
  "a load of a float": [
    fetcher({ observe: [...i32(0), 0x2b, 3, 0, op.drop] }),
    { rule: "floats", section: "code", at: [0x2b, 3, 0], ...noFloats },
  ],
  "a float in a type": [
    fetcher({ more: [{ results: [F32], code: [op.unreachable] }] }),
    { rule: "floats", section: "type", at: [F32], stage: "sections", ...noFloats },
  ],
  "a float local": [fetcher({ locals: [[1, F64]] }), { rule: "floats", section: "code", at: [F64], ...noFloats }],
  "a float global": [
    fetcher({ globals: [[F32, 0, ...ZERO_32, op.end]] }),
    { rule: "floats", section: "global", at: [F32, 0], ...noFloats },
  ],
  "a float block": [
    fetcher({ observe: [op.block, F64, op.unreachable, op.end, op.drop] }),
    { rule: "floats", section: "code", at: [F64, op.unreachable], ...noFloats },
  ],
};

describe("admission refuses imports and exports:", () => itRefuses(foreign));

describe("where floats are ruled out, admission", () => {
  itRefuses(floating);

  it("refuses every float instruction, and no other", () => {
    const options = { floats: "refused" } as const satisfies AdmissionOptions;
    const onIntegers = [0xa7, 0xac, 0xad];
    for (let code = 0x45; code <= 0xc4; code++) {
      const { pushes } = opcodeOf(code) ?? assert.fail(code.toString(16));
      const bytes = fetcher({ observe: [op.unreachable, code, ...Array<number>(pushes).fill(op.drop)] });
      const floats = (code >= 0x5b && code <= 0x66) || (code >= 0x8b && code <= 0xbf && !onIntegers.includes(code));
      if (floats) assertRefused(bytes, { rule: "floats", section: "code", at: [code], options });
      else admitCore(bytes, options);
    }
  });
});

describe("exports outside the ABI", () => {
  const exportsOf = (bytes: Uint8Array) => {
    const { kept, emitted } = admitCore(bytes);
    const described = WebAssemblyModule.exports(new WebAssemblyModule(emitted.bytes)).map(({ name }) => name);
    assert.deepEqual(described, [...kept.map(({ name }) => name), ...Object.values(METER_EXPORTS)]);
    return described.slice(0, -3);
  };
  const more = ["_start", "_initialize", "extra", "malloc"].map((name) => ({ export: name, code: [] }));
  const linker = {
    globals: [[I64, 1, ...i64(0), op.end]],
    table: [0x70, 0, 1],
    exports: [
      { name: "__meter_fuel", kind: 3, index: 0 },
      { name: "__heap_base", kind: 3, index: 0 },
      { name: "__indirect_function_table", kind: 1, index: 0 },
    ],
  };

  it("are left out of a reactor", () => {
    assert.deepEqual(exportsOf(fetcher({ ...linker, more })), [
      "memory",
      "alloc",
      "requests",
      "observe",
      "_initialize",
    ]);
  });

  it("are left out of a command", () => {
    assert.deepEqual(exportsOf(assemble({ memory: [0, 1], ...linker, functions: [ALLOC, ...more] })), [
      "memory",
      "_start",
    ]);
  });

  it("may be thousands", () => {
    const entries = Array.from({ length: 9_000 }, (_, at) => ({ name: `debug${at}`, kind: 0, index: 0 }));
    const { emitted, decoded } = admitCore(fetcher({ exports: entries }), { limits: { moduleBytes: 2 ** 20 } });
    assert.equal(decoded.exports.length, 9_004);
    assert.ok(emitted.bytes.length < 400);
  });
});
