import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readCase } from "../../node/app/authoring/test-case.ts";
import { testModule } from "../../node/app/authoring/test-module.ts";
import { silentLog } from "../support/silent-log.ts";

const FETCHERS = fileURLToPath(new URL("../../fetchers", import.meta.url));

for (const name of readdirSync(FETCHERS)) {
  describe(`the fetcher ${name}`, () => {
    const folder = path.join(FETCHERS, name);

    it("passes its cases, value, fuel and effects", async () => {
      const { cases } = await testModule({ folder }, { log: silentLog });
      for (const tested of cases) {
        assert.deepEqual(tested.differences, [], tested.name);
        assert.deepEqual(tested.notes, [], `${tested.name}: record the fuel again with module test --update`);
      }
    });

    it("has cases for values and for failures, with their exact fuel", async () => {
      const files = readdirSync(path.join(folder, "tests")).filter((file) => file.endsWith(".yaml"));
      const cases = await Promise.all(files.map((file) => readCase(path.join(folder, "tests", file))));
      const expected = cases.map(({ test }) => test.expect);
      assert.ok(expected.every(({ fuel, rules }) => fuel !== undefined && rules !== undefined));
      assert.ok(
        expected.some(({ value }) => value !== undefined) && expected.some(({ failure }) => failure !== undefined),
      );
    });
  });
}
