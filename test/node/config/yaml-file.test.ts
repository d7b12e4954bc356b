import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { parseYaml, readYamlFile } from "../../../node/config/yaml-file.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const schema = z.strictObject({ a: z.int(), b: z.strictObject({ c: z.string() }).optional() });
const parse = (text: string) => parseYaml(text, { file: "some.yaml", schema });

const bomb = ["a: &a [1]", ...Array.from({ length: 20 }, (_, i) => `k${i}: &b${i} [*a, *a, *a, *a]`)].join("\n");

describe("YAML files", () => {
  it("are read into what their schema says", () =>
    assert.deepEqual(parse("a: 1\nb: { c: x }\n"), { a: 1, b: { c: "x" } }));

  for (const [name, text] of [
    ["a duplicate key", "a: 1\na: 2"],
    ["a duplicate key below", "a: 1\nb: { c: x, c: y }"],
    ["an alias", "a: &x 1\nb: *x"],
    ["an alias bomb", bomb],
    ["an alias to nothing", "a: *nowhere"],
    ["a tag", "a: !!js/function 'x'"],
    ["two documents", "a: 1\n---\na: 2"],
    ["a tab for indentation", "b:\n\tc: x"],
    ["an open bracket", "a: [1"],
    ["another YAML version", "%YAML 9.9\n---\na: 1"],
    ["more than anybody writes", `a: 1 # ${"x".repeat(256 * 1024)}`],
  ] as const) {
    it(`refuse ${name}, in one line that names the file`, () => {
      assert.throws(
        () => parse(text),
        (error) => withCode("config-syntax")(error) && /^some\.yaml .*$/.test((error as Error).message),
      );
    });
  }

  for (const [name, text, problems] of [
    ["an unknown key", "a: 1\nzz: 1", ["zz: unknown key"]],
    [
      "unknown keys below, each by its whole path",
      "a: 1\nb: { c: x, d: 1, e: 2 }",
      ["b.d: unknown key", "b.e: unknown key"],
    ],
    ["a wrong type", "a: one", ["a: Invalid input: expected number, received string"]],
    ["a missing key", "b: { c: x }", ["a: Invalid input: expected number, received undefined"]],
    ["no keys at all", "", ["(top level): Invalid input: expected object, received null"]],
    ["a list", "- a", ["(top level): Invalid input: expected object, received array"]],
    ["a prototype's name", "a: 1\n__proto__: { x: 1 }", ["__proto__: unknown key"]],
  ] as const) {
    it(`name ${name}`, () => {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof QuorateError);
          assert.deepEqual(error.data, { code: "config-invalid", file: "some.yaml", problems });
          assert.equal(error.message, `some.yaml: ${problems.join("; ")}`);
          return true;
        },
      );
    });
  }

  it("say how to mend one that is not there", async () => {
    const folder = scratchFolder();
    const read = readYamlFile(path.join(folder, "none.yaml"), { schema, ifMissing: "make one" });
    await assert.rejects(read, { code: "config-missing", message: `cannot read ${folder}/none.yaml: make one` });
    writeFileSync(path.join(folder, "some.yaml"), "a: 7");
    assert.deepEqual(await readYamlFile(path.join(folder, "some.yaml"), { schema, ifMissing: "" }), { a: 7 });
  });
});
