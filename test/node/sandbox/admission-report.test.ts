import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { admitCore, inspectModule, type AdmissionOptions } from "../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../node/sandbox/admission/refusal.ts";
import { CAPS, RULES_VERSION } from "../../../node/sandbox/admission/rules.ts";
import { HOST_SIGNATURES } from "../../../node/sandbox/host/signatures.ts";
import { WASI_SIGNATURES } from "../../../node/sandbox/wasi/signatures.ts";
import { I32, I64 } from "../../../node/sandbox/wasm/wasm-types.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { ALLOC, assemble, fetcher, i32, i64, op, phase, uleb } from "./support/assemble.ts";
import { ABORT, assertRefused, LOG, nested, reactor } from "./support/refused.ts";

describe("admission takes", () => {
  const admitted: Readonly<Record<string, readonly [Uint8Array, AdmissionOptions?]>> = {
    "the smallest fetcher": [fetcher()],
    "the smallest command": [assemble({ memory: [0, 1], functions: [{ export: "_start", code: [] }] })],
    "env.abort": [reactor({ imports: [ABORT] })],
    "all of WASI, under both its names, and the host's functions": [
      reactor({
        imports: [
          ...Object.entries(WASI_SIGNATURES).flatMap(([module, types]) =>
            Object.entries(types).map(([name, type]) => ({ module, name, ...type })),
          ),
          ...Object.entries(HOST_SIGNATURES).map(([name, { type }]) => ({ module: "quorate", name, ...type })),
        ],
      }),
      { host: ["log", "metrics", "storage"] },
    ],
    "an _initialize": [fetcher({ more: [{ export: "_initialize", code: [] }] })],
    "custom sections anywhere": [reactor({ trailing: [[0, [4, 110, 97, 109, 101, 1, 2, 3]]] })],
    "1000 locals": [fetcher({ locals: [[998, I64]] })],
    "4095 nested blocks": [fetcher({ observe: nested(CAPS.nesting - 1) })],
    "a start function": [fetcher({ start: 3, more: [{ code: [] }] })],
    "a name that begins with a byte order mark": [fetcher({ more: [{ export: "\ufeffmemory", code: [] }] })],
    "a table index of five bytes": [
      fetcher({
        table: [0x70, 0, 1],
        more: [{ params: [], code: [...i32(0), op.callIndirect, 3, 0x80, 0x80, 0x80, 0x80, 0] }],
      }),
    ],
    "multi-value": [
      fetcher({
        observe: [op.call, 3, op.drop, op.drop],
        more: [{ results: [I32, I64], code: [...i32(1), ...i64(2)] }],
      }),
    ],
    "5000 data segments": [fetcher({ data: Array<number[]>(5_000).fill([0, ...i32(0), op.end, 1, 7]) })],
    "integers, where floats are ruled out": [fetcher({ observe: [...i32(0), 0xc0, op.drop] }), { floats: "refused" }],
  };
  for (const [what, [bytes, options]] of Object.entries(admitted))
    it(what, () => assert.ok(webAssembly.validate(admitCore(bytes, options).emitted.bytes)));

  it("a larger module where the manifest allows it, up to 4 MiB", () => {
    const bytes = fetcher({
      data: [[0, ...i32(0), op.end, ...uleb(60_000), ...Array<number>(60_000).fill(7)]],
      trailing: [[0, [1, 120, ...Array<number>(80_000).fill(0)]]],
    });
    assertRefused(bytes, { rule: "size", at: [] });
    const { emitted } = admitCore(bytes, { limits: { moduleBytes: 256 * 1024 } });
    assert.ok(emitted.bytes.length < bytes.length, "custom sections are dropped");
    const huge = new Uint8Array(CAPS.mostModuleBytes + 1);
    assertRefused(huge, { rule: "size", at: [0], options: { limits: { moduleBytes: 2 ** 30 } } });
  });
});

describe("inspectModule", () => {
  it("reports", async () => {
    const bytes = reactor({
      memory: [1, 2, 100],
      imports: [ABORT, LOG],
      functions: [
        ALLOC,
        phase("requests"),
        phase("observe", [op.f64, 0, 0, 0, 0, 0, 0, 0, 0, op.drop, ...i32(0), 0xc0, op.drop]),
        { export: "extra", code: [] },
      ],
    });
    const options = { limits: { memoryPages: 64 }, host: ["storage", "log"] } as const;
    const { digest, stages, ...report } = await inspectModule(bytes, options);
    assert.match(digest, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(
      { ...report, instrumentedBytes: report.instrumentedBytes > bytes.length },
      {
        shape: "reactor",
        originalBytes: bytes.length,
        instrumentedBytes: true,
        imports: ["env.abort (i32, i32, i32, i32) → ()", "quorate.log (i32, i32, i32) → ()"],
        exports: [
          "memory memory",
          "alloc function (i32) → i32",
          "requests function (i32, i32) → i64",
          "observe function (i32, i32) → i64",
        ],
        leftOut: 1,
        memory: { initial: 2, declaredMaximum: 100, cap: 64 },
        functions: 4,
        features: ["floats", "sign-extension"],
        host: ["log"],
        rulesVersion: RULES_VERSION,
      },
    );
    const { instrumentedBytes } = report;
    const growth = (instrumentedBytes / bytes.length).toFixed(2);
    assert.deepEqual(
      stages.map(({ name, detail }) => `${name}: ${detail}`),
      [
        `size: ${bytes.length} of at most 131072 bytes`,
        "format: a core module",
        "validation: the original is valid",
        "sections: 6 types, 4 functions, 0 globals, 0 data segments",
        "shape: reactor: requests and observe are called",
        "imports: 2 functions; host functions: log",
        "exports: 4 of ABI fetcher/1, 1 others left out",
        "memory: 2 pages, at most 64",
        `metering: 12 instructions; ${bytes.length} → ${instrumentedBytes} bytes (×${growth})`,
        "metered-validation: the metered module is valid",
      ],
    );
  });

  it("tells which stages a refused module had passed", async () => {
    await assert.rejects(inspectModule(reactor({ imports: [LOG] })), (error) => {
      assert.ok(isModuleRefusal(error));
      assert.equal(error.data.stage, "imports");
      const names = error.data.stages?.map(({ name }) => name);
      assert.deepEqual(names, ["size", "format", "validation", "sections", "shape"]);
      assert.deepEqual(structuredClone(error.data), error.data);
      return true;
    });
  });

  it("gives the same bytes for the same module", () => {
    assert.deepEqual(admitCore(fetcher()).emitted.bytes, admitCore(fetcher()).emitted.bytes);
  });
});
