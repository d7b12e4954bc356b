import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { admitModule, meterCore, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { generateGlue } from "../../../../node/sandbox/component/generator.ts";
import { glueBody } from "../../../../node/sandbox/component/glue.ts";
import { createProgram } from "../../../../node/sandbox/guest/create-program.ts";
import { compileProgram, type Program } from "../../../../node/sandbox/guest/program.ts";
import { ORDINARY_RUN } from "../support/run-phase.ts";
import { assembleComponent, createComponent, fetcherText, observe, type FetcherText } from "./support/components.ts";

const PAGE_BYTES = 65_536;
const TERMS = { folders: [], fileDescriptors: 16 };

interface CoresText {
  /** Core modules and instances; `$main` has the phases. */
  readonly cores: string;
  /** The instance whose memory they are lifted with. */
  readonly lifted: string;
}

function componentText({ cores, lifted }: CoresText): string {
  return `(component ${cores}
    (alias core export ${lifted} "memory" (core memory $memory))
    (alias core export $main "cabi_realloc" (core func $realloc))
    (alias core export $main "phase" (core func $phase))
    (type $bytes (list u8)) (type $phase (func (param "input" $bytes) (result $bytes)))
    (func $phase (type $phase) (canon lift (core func $phase) (memory $memory) (realloc $realloc)))
    (export "requests" (func $phase)) (export "observe" (func $phase)))`;
}

/** A module that owns a memory of three pages, and a core that imports it, grows it by two and exports it again. */
const OWNER = `(core module $part (memory (export "memory") 3) (func (export "grow") (param i32) (result i32)
  local.get 0 memory.grow))`;
const borrower = (imports: string, body: string) => `(core module $main ${imports}
  (func (export "phase") (param i32 i32) (result i32) ${body} i32.const 0)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64))`;
const SHARED = `${OWNER}
  ${borrower('(import "part" "memory" (memory 1)) (export "memory" (memory 0))', "(drop (memory.grow (i32.const 2)))")}
  (core instance $part (instantiate $part))
  (core instance $main (instantiate $main (with "part" (instance $part))))`;
/** The same owner twice; each instance has a memory that only its own functions can grow. */
const TWICE = `${OWNER}
  ${borrower('(import "a" "grow" (func $a (param i32) (result i32))) (import "b" "grow" (func $b (param i32) (result i32)))', "(drop (call $a (i32.const 1))) (drop (call $b (i32.const 1)))")}
  (core instance $a (instantiate $part))
  (core instance $b (instantiate $part))
  (core instance $main (instantiate $main (with "a" (instance $a)) (with "b" (instance $b))))`;

async function refusalOf(text: string, options: AdmissionOptions = {}): Promise<string> {
  try {
    await admitModule(await assembleComponent(text), options);
  } catch (error) {
    if (isModuleRefusal(error)) return `${error.data.rule} in ${error.data.stage ?? ""}: ${error.message}`;
    throw error;
  }
  return assert.fail("admitted");
}

const refusalOfFetcher = (text: FetcherText, options?: AdmissionOptions) => refusalOf(fetcherText(text), options);
const tiny = (count: number) => "(core instance (instantiate $tiny)) ".repeat(count);

describe("the memory of a component", () => {
  it("is one, however often its module is instantiated", async () => {
    assert.match(
      await refusalOf(componentText({ cores: TWICE, lifted: "$a" })),
      /^component in transpile: .*2 memories, one is admitted/,
    );
    const again = "(core instance $again (instantiate $main))";
    assert.match(await refusalOfFetcher({ more: again }), /2 memories/);
    assert.match(await refusalOfFetcher({ more: again.repeat(30).replaceAll("$again", "") }), /31 memories/);
  });

  it("is one, though it is seen by several names, and its size is reported", async () => {
    for (const lifted of ["$part", "$main"]) {
      const program = await createComponent(await assembleComponent(componentText({ cores: SHARED, lifted })));
      const { result, memoryBytes } = program.instantiate().run(ORDINARY_RUN);
      assert.equal(result.kind, "output");
      assert.equal(memoryBytes, 5 * PAGE_BYTES);
    }
    const aliased = '(alias core export $main "memory" (core memory)) (alias core export $main "memory" (core memory))';
    const program = await createComponent(await assembleComponent(fetcherText({ more: aliased })));
    assert.equal(program.instantiate().run(ORDINARY_RUN).memoryBytes, PAGE_BYTES);
  });

  it("keeps to its limit, whichever core grows it", async () => {
    const bytes = await assembleComponent(componentText({ cores: SHARED, lifted: "$part" }));
    const small = await createComponent(bytes, { admission: { limits: { memoryPages: 4 } } });
    assert.equal(small.instantiate().run(ORDINARY_RUN).memoryBytes, 3 * PAGE_BYTES);
    assert.match(
      await refusalOf(componentText({ cores: SHARED, lifted: "$part" }), { limits: { memoryPages: 2 } }),
      /^memory in sections/,
    );
  });

  it("is where the host can see it", async () => {
    const hidden = `(core module $main (memory 1) (func (export "run") (result i32) i32.const 0))
      (core instance $main (instantiate $main)) (alias core export $main "run" (core func $run))
      (func $run (result (result)) (canon lift (core func $run)))
      (instance $cli (export "run" (func $run))) (export "wasi:cli/run@0.2.0" (instance $cli))`;
    assert.match(await refusalOf(`(component ${hidden})`), /^component in transpile: .*keeps its memory to itself/);
  });
});

describe("the instances of a component's core modules", () => {
  it("have a bound", async () => {
    const more = (count: number) => `(core module $tiny) ${tiny(count)}`;
    await admitModule(await assembleComponent(fetcherText({ more: more(31) })));
    assert.match(await refusalOfFetcher({ more: more(32) }), /^component in transpile: .*more than 32 core instances/);
  });

  it("have no more table entries together than one module may have", async () => {
    const more = `(core module $tiny (table 100 funcref)) ${tiny(10)}`;
    await admitModule(await assembleComponent(fetcherText({ more })), { limits: { tableEntries: 1_000 } });
    assert.match(
      await refusalOfFetcher({ more }, { limits: { tableEntries: 999 } }),
      /^table in memory: .*have 1000 entries in all, at most 999/,
    );
  });

  it("have no more exports together than one module may have", async () => {
    const exports = Array.from({ length: 1_000 }, (_, at) => `(export "f${at}" (func $f))`).join(" ");
    const more = (count: number) => `(core module $tiny (func $f) ${exports}) ${tiny(count)}`;
    // Three of them are the fetcher's own.
    await admitModule(await assembleComponent(fetcherText({ more: more(9) })));
    assert.match(await refusalOfFetcher({ more: more(10) }), /export 10003 things, at most 10000/);
  });
});

/** What a component becomes if nobody counts its memories. */
async function unchecked(text: string): Promise<Program> {
  const generated = await generateGlue(await assembleComponent(text));
  assert.ok(generated.kind === "generated");
  const script = generated.files.find(([name]) => name.endsWith(".js"))?.[1];
  const cores = generated.files
    .filter(([name]) => name.endsWith(".wasm"))
    .map(([name, core]) => [name, meterCore(core, { meter: "shared" }).instrumented] as const);
  const glue = glueBody(new TextDecoder().decode(script));
  return createProgram(compileProgram({ shape: "component", glue, cores: Object.fromEntries(cores) }), TERMS);
}

describe("a second memory that admission missed", () => {
  it("is not made in advance", async () => {
    const program = await unchecked(componentText({ cores: TWICE, lifted: "$a" }));
    assert.throws(() => program.instantiate(), /made a second memory/);
  });

  it("ends the phase that is linked in it", async () => {
    // A start function that asks for the time.
    const cores = `(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
      (alias export $clock "now" (func $now)) (core func $now (canon lower (func $now)))
      (core module $asks (import "clock" "now" (func $now (result i64))) (func $start (drop (call $now))) (start $start))
      (core instance $given (export "now" (func $now)))
      (core instance (instantiate $asks (with "clock" (instance $given)))) ${TWICE}`;
    const program = await unchecked(componentText({ cores, lifted: "$a" }));
    const result = observe(program, "");
    assert.ok(result.kind === "failed" && result.code === "memory-exceeded", JSON.stringify(result.kind));
    assert.match(result.message, /made a second memory/);
  });
});
