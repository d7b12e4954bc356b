import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { MAX_VALUE_BYTES, type StorageSnapshot } from "../../../../core/ports/module-storage.ts";
import { HOST_CAPABILITIES, type GuestResult, type HostCapability } from "../../../../core/ports/sandbox.ts";
import { admitModule } from "../../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { HOST_FUNCTIONS } from "../../../../node/sandbox/component/host-interface.ts";
import type { Program } from "../../../../node/sandbox/guest/program.ts";
import { HOST_SIGNATURES } from "../../../../node/sandbox/host/signatures.ts";
import { committedProgram } from "./programs/build.ts";
import { assembleComponent, createComponent, fetcherText, observe, textOf } from "./support/components.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the host functions of a component", () => {
  let program: Program;
  before(async () => {
    program = await createComponent(await committedProgram("host"), { admission: { host: HOST_CAPABILITIES } });
  });
  const codeOf = (result: GuestResult) => (result.kind === "failed" ? result.code : "output");

  it("are those of core modules, for the same capabilities", () => {
    const expected = Object.entries(HOST_SIGNATURES).map(([name, { capability }]) => [
      name.replace("_", "-"),
      capability,
    ]);
    assert.deepEqual(
      Object.entries(HOST_FUNCTIONS).map(([name, { capability }]) => [name, capability]),
      expected,
    );
  });

  it("log: levels, and one printable line each", () => {
    const { effects } = observe(program, "Ltwo\nlines");
    const text = "two\ufffdlines";
    assert.deepEqual(
      effects?.logs,
      (["debug", "info", "warn", "error"] as const).map((level) => ({ level, text })),
    );
    assert.equal(observe(program, `L${"x".repeat(600)}`).effects?.logs[0]?.text.length, 510);
  });

  it("trap on a level, text or place that there is not", () => {
    for (const mode of ["E", "U", "P"]) assert.equal(codeOf(observe(program, mode)), "trap", mode);
  });

  it("metrics: counters and gauges, invalid ones dropped", () => {
    const { effects } = observe(program, "Mbook");
    assert.deepEqual(effects?.metrics, [
      { kind: "counter", name: "calls", label: "book", value: 0xffffffff + 2 },
      { kind: "gauge", name: "level", label: "", value: -2.25 },
    ]);
    assert.equal(effects.metricsDropped, 3);
  });

  it("storage: values are read, written and deleted, and all of it recorded", () => {
    const stored = bytes("stored");
    const snapshot: StorageSnapshot = [["key", stored]];
    const found = observe(program, "Gkey", { storage: snapshot });
    assert.equal(textOf(found), "stored");
    assert.deepEqual(found.effects?.reads, [{ key: "key", value: stored }]);
    assert.equal(textOf(observe(program, "Gother", { storage: snapshot })), "none");
    const written = observe(program, "Sk and more");
    assert.equal(textOf(written), "1");
    assert.deepEqual(written.effects?.writes, [{ key: "k", value: bytes("Sk and more") }]);
    const deleted = observe(program, "Dkey", { storage: snapshot });
    assert.equal(textOf(deleted), "10");
    assert.deepEqual(deleted.effects?.writes, [{ key: "key", value: undefined }]);
    assert.equal(textOf(observe(program, "B")), "00");
  });

  it("charge by their arguments and never by what is stored, and end with the fuel", () => {
    const some = observe(program, "Gkey", { storage: [["key", bytes("stored")]] });
    const none = observe(program, "Gkey");
    const most = observe(program, "Gkey", { storage: [["key", new Uint8Array(MAX_VALUE_BYTES).fill(0x61)]] });
    // The guest's own allocation, and the copy of its answer, are all the difference.
    assert.ok(some.fuel - none.fuel < 200n, `${some.fuel - none.fuel}`);
    assert.ok(most.fuel - some.fuel <= BigInt(MAX_VALUE_BYTES / 4), `${most.fuel - some.fuel}`);
    const forever = observe(program, "F");
    assert.deepEqual([codeOf(forever), forever.effects?.logs.length], ["fuel-exhausted", 64]);
    assert.deepEqual(observe(program, "F"), forever);
  });
});

describe("a component that imports host functions", () => {
  const refusalOf = async (component: Uint8Array, host: readonly HostCapability[]) => {
    const error: unknown = await admitModule(component, { host }).catch((cause: unknown) => cause);
    assert.ok(isModuleRefusal(error), String(error));
    return `${error.data.rule} in ${error.data.stage ?? ""}: ${error.message}`;
  };

  it("is admitted if its manifest asks for them, and reported with what it uses", async () => {
    const component = await committedProgram("host");
    const { report } = await admitModule(component, { host: HOST_CAPABILITIES });
    assert.deepEqual(report.host, ["log", "metrics", "storage"]);
    assert.ok(report.imports.includes("quorate:fetcher/host@1.0.0 storage-get"));
    const { detail } = report.stages.find(({ name }) => name === "imports") ?? {};
    assert.equal(detail, "6 functions; host functions: log, metrics, storage");
    for (const missing of HOST_CAPABILITIES) {
      const host = HOST_CAPABILITIES.filter((capability) => capability !== missing);
      assert.match(await refusalOf(component, host), /^capability in imports: .*add `host: \[/, missing);
    }
  });

  const importing = (name: string, declarations: string) =>
    assembleComponent(
      fetcherText({
        head: `(type $interface (instance ${declarations})) (import "${name}" (instance (type $interface)))`,
      }),
    );

  it("is refused with another version, function or type of them", async () => {
    const remove = '(export "storage-delete" (func (param "key" string) (result bool)))';
    await admitModule(await importing("quorate:fetcher/host@1.0.0", remove), { host: ["storage"] });
    for (const name of ["quorate:fetcher/host@1.0.1", "quorate:fetcher/host", "quorate:fetcher/more@1.0.0"]) {
      assert.match(await refusalOf(await importing(name, remove), HOST_CAPABILITIES), /^import in transpile: /, name);
    }
    const wrong = {
      "imports fetch": '(export "fetch" (func (param "key" string) (result bool)))',
      "is func\\(string\\) -> u8": '(export "storage-delete" (func (param "key" string) (result u8)))',
      "has no resource": '(export "store" (type (sub resource)))',
    };
    for (const [message, declaration] of Object.entries(wrong)) {
      const component = await importing("quorate:fetcher/host@1.0.0", declaration);
      assert.match(await refusalOf(component, HOST_CAPABILITIES), new RegExp(`^import in transpile: .*${message}`));
    }
  });
});
