import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { compileGlue, glueBody, type InstantiateGlue } from "../../../../node/sandbox/component/glue.ts";
import { permissionFlags } from "../../../../node/sandbox/process/permissions.ts";

const SOURCE = `"use components";
export function instantiate(getCoreModule, imports, instantiateCore) {
  const memory0 = { buffer: new Uint8Array(4) };
  return { taken: memory0.buffer.slice(1, 2) };
};

export const _util = {
}
`;

const GLOBALS = { DataView, TextDecoder, WebAssembly: {}, takeBytes: (_memory: object, ...range: number[]) => range };

function evaluate(body: string): Readonly<Record<string, unknown>> {
  const instantiate: InstantiateGlue = compileGlue(`return () => { ${body} };`)(GLOBALS);
  return instantiate(
    () => ({}),
    {},
    () => ({ exports: {} }),
  );
}

describe("generated code", () => {
  it("becomes the body of a function, copying memory through the host", () => {
    const instantiate = compileGlue(glueBody(SOURCE))(GLOBALS);
    assert.deepEqual(
      instantiate(
        () => ({}),
        {},
        () => ({ exports: {} }),
      ).taken,
      [1, 2],
    );
  });

  it("is refused in another form", () => {
    const wrong = [
      "",
      SOURCE.replace('"use components";', "globalThis.x = 1;"),
      SOURCE.replace("export const _util", ""),
      SOURCE + SOURCE,
    ];
    for (const source of wrong)
      assert.throws(() => glueBody(source), /another form than the generator's \[component\]|another form/);
  });

  it("is refused if it reaches for more than it is given", () => {
    const reaches = [
      "import('node:fs')",
      "require ('x')",
      "eval('1')",
      "Function('1')",
      "x.constructor('1')",
      "x['constructor']",
    ];
    for (const reach of reaches) {
      const source = SOURCE.replace("const memory0", `${reach}; const memory0`);
      assert.throws(() => glueBody(source), /reaches for more/, reach);
    }
  });
});

describe("the realm of generated code", () => {
  it("has the language and nothing of the platform", () => {
    const { names } = evaluate("return { names: Object.getOwnPropertyNames(globalThis) };");
    const platform = ["process", "require", "fetch", "Buffer", "performance", "structuredClone", "crypto", "URL"];
    const removed = ["Date", "Atomics", "SharedArrayBuffer", "WeakRef", "Intl", "eval", "Function"];
    for (const name of [...platform, ...removed]) assert.ok(!(names as string[]).includes(name), name);
    assert.ok((names as string[]).includes("Map"));
  });

  it("has no clock, no randomness and no timers", () => {
    const { random, timer, date } = evaluate(`
      return { random: typeof Math.random, timer: setTimeout(() => { throw 1; }, 0), date: typeof Date };`);
    assert.deepEqual([random, timer, date], ["undefined", undefined, "undefined"]);
  });

  it("evaluates no text and compiles no WebAssembly", () => {
    const { thrown } = evaluate(`
      const thrown = [];
      const make = Object.getPrototypeOf(() => 0)["const" + "ructor"];
      for (const attempt of [() => make("return 1"), () => new globalThis.WebAssembly.Module(new Uint8Array(8))]) {
        try { attempt(); thrown.push("ran"); } catch (error) { thrown.push(error.name); }
      }
      return { thrown };`);
    assert.deepEqual([...(thrown as string[])], ["EvalError", "CompileError"]);
  });

  it("shares nothing with the next evaluation", () => {
    const factory = compileGlue("let count = 0; return () => ({ count: ++count });");
    const instantiate = () =>
      factory(GLOBALS)(
        () => ({}),
        {},
        () => ({ exports: {} }),
      ).count;
    assert.deepEqual([instantiate(), instantiate()], [1, 1]);
  });
});

describe("the process around it", () => {
  it("evaluates no text either", async () => {
    // What a glue could reach through the host's own classes, were its names not checked.
    const attempt = "Error.constructor('return process')()";
    const run = promisify(execFile)(process.execPath, [...permissionFlags(), "--print", attempt]);
    await assert.rejects(run, /EvalError: Code generation from strings disallowed/);
  });
});
