import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compileGlue } from "../../../../node/sandbox/component/glue.ts";
import { readComponent } from "../../../../node/sandbox/component/component-reader.ts";
import { generateGlue } from "../../../../node/sandbox/component/generator.ts";
import { withoutCustomSections } from "../../../../node/sandbox/component/strip.ts";
import { transpileComponent } from "../../../../node/sandbox/component/transpile.ts";
import { checkWorld } from "../../../../node/sandbox/component/world.ts";
import { admitModule } from "../../../../node/sandbox/admission/admit.ts";
import { CAPS } from "../../../../node/sandbox/admission/rules.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { committedProgram } from "./programs/build.ts";
import { assembleComponent, createComponent, fetcherText, observe, type FetcherText } from "./support/components.ts";

/** Asserts what a component is refused for, and that its reader, not the transpiler, did it. */
async function refuses(text: FetcherText | string, rule: string, message: RegExp): Promise<void> {
  const bytes = await assembleComponent(typeof text === "string" ? text : fetcherText(text));
  assert.throws(
    () => checkWorld(readComponent(bytes)),
    (error) => {
      assert.ok(isModuleRefusal(error), String(error));
      assert.equal(error.data.rule, rule, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

const importing = (name: string, declarations = "") => ({
  head: `(type $interface (instance ${declarations})) (import "${name}" (instance (type $interface)))`,
});

describe("a component is admitted", () => {
  it("if it is a fetcher, with a report of its parts", async () => {
    const { report, program } = await admitModule(await committedProgram("phases"));
    assert.equal(report.shape, "component");
    assert.deepEqual(report.imports, []);
    assert.deepEqual(report.exports, ["requests func(list<u8>) -> list<u8>", "observe func(list<u8>) -> list<u8>"]);
    assert.deepEqual(report.memory, { initial: 4, declaredMaximum: undefined, cap: 2048 });
    assert.ok(program.shape === "component");
    assert.deepEqual(Object.keys(program.cores), ["component.core.wasm"]);
  });

  it("if it exports wasi:cli/run, with what it imports", async () => {
    const { report } = await admitModule(await committedProgram("command"));
    assert.deepEqual(report.exports, ["wasi:cli/run@0.2.0 run"]);
    assert.ok(report.imports.includes("wasi:io/streams@0.2.0 [method]output-stream.blocking-write-and-flush"));
  });

  it("if it is written by hand and minimal", async () => {
    const program = await createComponent(await assembleComponent(fetcherText()));
    assert.equal(observe(program, "").kind, "output");
  });

  it("of any version of WASI 0.2", async () => {
    const now = '(export "now" (func (result u64)))';
    for (const version of ["0.2.0", "0.2.3", "0.2.12"]) {
      const bytes = await assembleComponent(fetcherText(importing(`wasi:clocks/monotonic-clock@${version}`, now)));
      assert.equal(checkWorld(readComponent(bytes)), "fetcher");
    }
  });

  it("always in the same form", async () => {
    const bytes = withoutCustomSections(await committedProgram("command"));
    const [first, second] = [await generateGlue(bytes), await transpileComponent(await committedProgram("command"))];
    assert.ok(first.kind === "generated");
    const third = await transpileComponent(await committedProgram("command"), {
      generate: () => Promise.resolve(first),
    });
    assert.deepEqual(third, second);
  });
});

describe("a component is refused that imports", () => {
  it("interfaces that are not offered", async () => {
    await refuses(
      importing("wasi:http/types@0.2.0"),
      "import",
      /wasi:http\/types@0\.2\.0: a fetcher may import wasi:cli/,
    );
    await refuses(importing("wasi:sockets/network@0.2.0"), "import", /wasi:sockets/);
    await refuses(importing("evil:own/interface@0.2.0"), "import", /evil:own/);
    await refuses(importing("wasi:clocks/monotonic-clock@0.3.0"), "import", /@0\.3\.0/);
    await refuses(importing("wasi:clocks/monotonic-clock"), "import", /each @0\.2\.x/);
  });

  it("functions that are not offered, or of another type", async () => {
    const clock = (declaration: string) => importing("wasi:clocks/monotonic-clock@0.2.0", declaration);
    await refuses(clock('(export "then" (func (result u64)))'), "import", /imports then/);
    await refuses(
      clock('(export "now" (func (result u32)))'),
      "import",
      /is func\(\) -> u32, it should be func\(\) -> u64/,
    );
    await refuses(clock('(export "to-string" (func (result u64)))'), "import", /imports to-string/);
  });

  it("an interface with resources that are not its own", async () => {
    const own = '(export "input-stream" (type $own (sub resource))) (export "get-stdin" (func (result (own $own))))';
    await refuses(importing("wasi:cli/stdin@0.2.0", own), "import", /has no resource input-stream/);
  });

  it("functions, or modules, by themselves", async () => {
    await refuses({ head: '(import "now" (func (result u64)))' }, "import", /imports function now/);
    await refuses({ head: '(import "code" (core module))' }, "component", /"core type" where none/);
  });
});

describe("a component is refused that exports", () => {
  it("another world", async () => {
    await refuses({ exports: '(export "observe" (func $phase))' }, "export", /exports observe:/);
    await refuses({ exports: "" }, "export", /exports nothing/);
    const three = '(export "requests" (func $phase)) (export "observe" (func $phase)) (export "more" (func $phase))';
    await refuses({ exports: three }, "export", /exports more, observe, requests/);
  });

  it("a phase of another type", async () => {
    const exports = `(alias core export $main "memory" (core memory $same))
      (type $text (func (param "input" string) (result string)))
      (func $text (type $text) (canon lift (core func $phase) (memory $memory) (realloc $realloc)))
      (export "requests" (func $phase)) (export "observe" (func $text))`;
    await refuses(
      { exports },
      "export",
      /observe is func\(string\) -> string, it should be func\(list<u8>\) -> list<u8>/,
    );
  });
});

describe("a component is refused whose parts are", () => {
  it("too many", async () => {
    const cores = Array.from({ length: 16 }, (_, at) => `(core module $more${at})`).join(" ");
    await refuses({ more: cores }, "component", /more than 16 core modules/);
    const shims = Array.from({ length: 5 }, (_, at) => `(component $shim${at})`).join(" ");
    await refuses({ more: shims }, "component", /more than 4 components inside/);
    const types = Array.from({ length: 5_000 }, () => "(core module)").join(" ");
    await refuses({ more: types }, "component", /more than 16 core modules/);
  });

  it("nested, or memories twice", async () => {
    await refuses({ more: "(component (core module))" }, "component", /section "core module" where none is expected/);
    await refuses({ more: "(component (component))" }, "component", /section "component" where none/);
    await refuses({ more: "(core module (memory 1))" }, "component", /2 memories/);
  });

  it("types that double with each level", async () => {
    const levels = Array.from({ length: 20 }, (_, at) => `(type $t${at + 1} (tuple $t${at} $t${at}))`).join(" ");
    await refuses({ head: `(type $t0 (tuple u8 u8)) ${levels}` }, "component", /takes \d+ characters/);
  });

  it("asynchronous, or of resources of its own", async () => {
    await refuses({ head: '(type (func async (param "input" u8)))' }, "component", /form 0x43/);
    await refuses({ head: "(type (stream u8))" }, "component", /form 0x66/);
    await refuses({ head: "(type $own (resource (rep i32)))" }, "component", /form 0x3f/);
    await refuses({ more: "(core func (canon backpressure.inc))" }, "component", /built-in function/);
    await refuses({ head: "(core type (func))" }, "component", /"core type" where none/);
  });

  it("counters of the meter", async () => {
    const core = '(import "quorate:meter" "fuel" (global (mut i64)))';
    await refuses({ more: `(core module ${core})` }, "import", /quorate:meter, the meter's own/);
  });
});

/**
 * jco 0.15.0 writes these names into JavaScript as they are. Each of the first would run as code when the component is
 * instantiated.
 */
const HOSTILE_NAMES = [
  "x'];globalThis.pwned=1;//",
  "x'+(globalThis.pwned=1)+'",
  "x\\\\'];globalThis.pwned=1;//",
  "x\\0a globalThis.pwned=1;//",
  "x`${globalThis.pwned=1}`",
  "x*/globalThis.pwned=1;/*",
  "x\\22",
  "x\\e2\\80\\a8y",
  "\\ef\\bb\\bfx",
  "\\00",
  "x y",
  "__proto__",
  "constructor",
  "x".repeat(300),
];

describe("a component is refused with a name that could become code", () => {
  for (const name of HOSTILE_NAMES) {
    it(JSON.stringify(name.slice(0, 40)), async () => {
      const rule = name.length > 256 ? "malformed" : "component";
      await refuses({ core: `(func (export "${name}"))` }, rule, /name/);
      await refuses({ more: `(core module (import "${name}" "f" (func)))` }, rule, /name/);
      await refuses({ more: `(core module (import "m" "${name}" (func)))` }, rule, /name/);
      await refuses({ more: `(core instance (export "${name}" (func $phase)))` }, rule, /name/);
    });
  }

  it("and admitted with any other, which stays a name", async () => {
    const letters = Array.from("abcXYZ019_.:/@#$|[]<>+-");
    const name = fc.string({ unit: fc.constantFrom(...letters), maxLength: 40 });
    const named = fc.uniqueArray(name, { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(named, async ([memory = "", field = "", module = ""]) => {
        fc.pre(![memory, field].some((own) => ["memory", "phase", "cabi_realloc"].includes(own)));
        const text = fetcherText({
          core: `(export "${memory}" (memory 0)) (func (export "${field}"))`,
          more: `(alias core export $main "${memory}" (core memory))
            (core module $other (import "${module}" "${field}" (func)))
            (alias core export $main "${field}" (core func $field))
            (core instance $given (export "${field}" (func $field)))
            (core instance (instantiate $other (with "${module}" (instance $given))))`,
        });
        const transpiled = await transpileComponent(await assembleComponent(text), { generate: generateGlue });
        assert.doesNotThrow(() => compileGlue(transpiled.glue));
        assert.ok(transpiled.glue.includes(field));
      }),
      { numRuns: 60 },
    );
  });

  it("and never sees names that only a debugger reads", async () => {
    const marker = "pwned'];";
    const named = `(core module (@custom "name" "${marker}") (func $"${marker}"))`;
    const bytes = await assembleComponent(fetcherText({ more: `${named} (@custom "component-name" "${marker}")` }));
    assert.ok(Buffer.from(bytes).includes(marker));
    assert.ok(!Buffer.from(withoutCustomSections(bytes)).includes(marker));
    const { glue, cores } = await transpileComponent(bytes);
    assert.ok(!glue.includes("pwned"));
    assert.ok(Object.values(cores).every((core) => !Buffer.from(core).includes(marker)));
  });
});

describe("what the generator makes of a component", () => {
  it("is a refusal if it fails", async () => {
    const generate = () => Promise.resolve({ kind: "failed", message: "no\nway" } as const);
    await assert.rejects(transpileComponent(await committedProgram("phases"), { generate }), /transpiled \(no\?way\)/);
  });

  it("is a refusal if it is too long", async () => {
    const component = await committedProgram("phases");
    const generated = await generateGlue(withoutCustomSections(component));
    assert.ok(generated.kind === "generated");
    const script = generated.files.find(([name]) => name.endsWith(".js"))?.[1] ?? new Uint8Array();
    const transpiled = (length: number) => {
      const longer = new Uint8Array(length).fill(0x20);
      longer.set(script);
      const generate = () => Promise.resolve({ kind: "generated", files: [["component.js", longer]] } as const);
      return transpileComponent(component, { generate });
    };
    await transpiled(CAPS.glueBytes);
    await assert.rejects(
      transpiled(CAPS.glueBytes + 1),
      (error) => isModuleRefusal(error) && error.message.includes("takes 2097153 bytes of JavaScript"),
    );
  });

  it("is a refusal if the component does not validate", async () => {
    const bytes = await assembleComponent(fetcherText());
    const other = Uint8Array.from(bytes);
    // The alias now names nothing.
    other.set(Buffer.from("cabi_reallox"), Buffer.from(bytes).lastIndexOf("cabi_realloc"));
    await assert.rejects(
      transpileComponent(other),
      (error) => isModuleRefusal(error) && error.data.rule === "component",
    );
  });
});
