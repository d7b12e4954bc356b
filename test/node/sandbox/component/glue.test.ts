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
    const removed = ["Date", "Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry", "Intl"];
    const compilers = ["eval", "Function", "WebAssembly"];
    for (const name of [...platform, ...removed, ...compilers]) assert.ok(!(names as string[]).includes(name), name);
    assert.ok((names as string[]).includes("Map"));
  });

  it("lets nothing be reached that it does not name", () => {
    // Everything that an own property, a getter or a prototype leads to, from the global object and from what syntax makes.
    const { reached } = evaluate(`
      const seen = new Set(), names = [];
      const waiting = [globalThis, async () => 0, function* () {}, async function* () {}, /x/, [].values(), new Map().keys()];
      for (let thing; waiting.length > 0; ) {
        thing = waiting.pop();
        if ((typeof thing !== "object" && typeof thing !== "function") || thing === null || seen.has(thing)) continue;
        seen.add(thing);
        if (typeof thing === "function") names.push(thing.name);
        waiting.push(Object.getPrototypeOf(thing));
        for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(thing))) waiting.push(value, get, set);
      }
      return { reached: names };`);
    const names = reached as string[];
    assert.ok(names.includes("Promise") && names.includes("AsyncGeneratorFunction"));
    const gone = ["Date", "now", "Module", "Instance", "Memory", "instantiate", "eval", "SharedArrayBuffer"];
    const told = ["WeakRef", "deref", "FinalizationRegistry", "register", "wait", "notify", "random", "Segmenter"];
    for (const name of [...gone, ...told]) assert.ok(!names.includes(name), name);
  });

  it("has no clock, no randomness and no timers", () => {
    const { random, timer, date } = evaluate(`
      return { random: typeof Math.random, timer: setTimeout(() => { throw 1; }, 0), date: typeof Date };`);
    assert.deepEqual([random, timer, date], ["undefined", undefined, "undefined"]);
  });

  it("evaluates no text", () => {
    const { thrown } = evaluate(`
      const thrown = [];
      for (const syntax of [() => 0, async () => 0, function* () {}, async function* () {}]) {
        const make = Object.getPrototypeOf(syntax)["const" + "ructor"];
        try { make("return 1"); thrown.push("ran"); } catch (error) { thrown.push(error.name); }
      }
      return { thrown };`);
    assert.deepEqual(
      [...(thrown as string[])],
      Array.from({ length: 4 }, () => "EvalError"),
    );
  });

  it("has of WebAssembly what it is given", () => {
    const source = SOURCE.replace("const memory0", "return { given: globalThis.WebAssembly }; const memory0");
    const { given } = compileGlue(glueBody(source))(GLOBALS)(
      () => ({}),
      {},
      () => ({ exports: {} }),
    );
    assert.equal(given, GLOBALS.WebAssembly);
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
