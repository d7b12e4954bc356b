import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { admitModule, type AdmissionOptions } from "../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../node/sandbox/admission/refusal.ts";
import { METER_IMPORTS, RULES_VERSION } from "../../../node/sandbox/admission/rules.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { fetcherText, type FetcherText } from "./component/support/components.ts";

const component = (text?: FetcherText) => parse(fetcherText(text));

async function refusalOf(text: FetcherText, options?: AdmissionOptions) {
  const bytes = await component(text);
  try {
    await admitModule(bytes, options);
  } catch (error) {
    if (isModuleRefusal(error)) return { ...error.data, message: error.message };
    throw error;
  }
  return assert.fail("admitted");
}

describe("admission of a component", () => {
  it("meters its core modules, and reports on each", async () => {
    const bytes = await component();
    const { program, report } = await admitModule(bytes, { limits: { memoryPages: 9 } });
    assert.ok(program.shape === "component");
    const [path = "", core = new Uint8Array()] = Object.entries(program.cores)[0] ?? [];
    const { digest, stages, ...rest } = report;
    assert.match(digest, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      ...{ shape: "component", originalBytes: bytes.length, instrumentedBytes: core.length },
      ...{ imports: [], exports: rest.exports, leftOut: 0 },
      memory: { initial: 1, declaredMaximum: undefined, cap: 9 },
      ...{ functions: 2, features: [], host: [], rulesVersion: RULES_VERSION },
    });
    assert.deepEqual(
      stages.map(({ name, core: part = "" }) => `${name} ${part}`.trimEnd()),
      [
        ...["size", "format", "transpile", "imports", `validation ${path}`, `sections ${path}`, "memory"],
        ...[`exports ${path}`, `metering ${path}`, `metered-validation ${path}`, "metering"],
      ],
    );
  });

  it("gives its core modules one set of counters", async () => {
    const { program } = await admitModule(
      await component({ more: "(core module $two) (core instance (instantiate $two))" }),
    );
    assert.ok(program.shape === "component");
    const { module, ...names } = METER_IMPORTS;
    const cores = Object.values(program.cores);
    assert.equal(cores.length, 2);
    for (const core of cores) {
      const imports = webAssembly.Module.imports(new webAssembly.Module(core));
      assert.deepEqual(
        imports.map((entry) => [entry.module, entry.name]),
        Object.values(names).map((name) => [module, name]),
      );
    }
  });

  it("names the core module that breaks a rule, and the place in it", async () => {
    const { rule, stage, section, offset, core, message, stages } = await refusalOf({
      core: "(func v128.const i64x2 0 0 drop)",
    });
    assert.deepEqual([rule, stage, section], ["feature", "metering", "code"]);
    assert.ok(
      offset !== undefined && core !== undefined && message.endsWith(`at offset ${offset}] of ${core}`),
      message,
    );
    assert.equal(stages?.at(-1)?.name, "exports");
  });

  it("rules floats out in its core modules", async () => {
    const text = { core: "(func f32.const 0 drop)" };
    await admitModule(await component(text));
    const { rule, section } = await refusalOf(text, { floats: "refused" });
    assert.deepEqual([rule, section], ["floats", "code"]);
  });

  it("refuses one above its limits", async () => {
    assert.equal((await refusalOf({}, { limits: { moduleBytes: 100 } })).stage, "size");
    const { rule, section } = await refusalOf({ core: "(table 20 funcref)" }, { limits: { tableEntries: 19 } });
    assert.deepEqual([rule, section], ["table", "table"]);
  });

  it("refuses a second memory", async () => {
    const more = "(core module $two (memory 1)) (core instance (instantiate $two))";
    assert.match((await refusalOf({ more })).message, /2 memories/);
  });

  it("refuses what is no component behind its header", async () => {
    const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0x63, 0x7f]);
    await assert.rejects(admitModule(bytes), (error) => isModuleRefusal(error) && error.data.stage === "transpile");
  });
});
