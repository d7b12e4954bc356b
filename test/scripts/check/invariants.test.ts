import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../scripts/check/invariants.ts";
import { plantTree } from "../../support/plant-tree.ts";

// Put together here, so that the real check does not take these for names of tests.
const [ONE, TWO] = ["INV-" + "Q1", "INV-" + "Q2"];
const TEST = `it("holds", () => undefined); it("${ONE} holds twice", () => undefined);`;
const GOOD = `# Invariants\n\n### ${ONE}: it holds\n\nBecause.\n\n- \`test/a.test.ts\`: "holds"; "${ONE} holds twice"\n`;

function problems(document: string, test = TEST): string[] {
  const tree = plantTree({ "docs/invariants.md": document, "test/a.test.ts": test });
  return checkInvariants(tree).map(({ path, problem }) => `${path}: ${problem}`);
}

describe("checkInvariants", () => {
  it("is content with invariants whose tests are there, and without a document", () => {
    assert.deepEqual(problems(GOOD), []);
    assert.deepEqual(problems(GOOD.replace('"; "', '";\n  "').replace("holds twice", "holds\n  twice")), []);
    assert.deepEqual(checkInvariants(plantTree({ "test/a.test.ts": TEST })), []);
  });

  it("finds a file and a name that are gone", () => {
    assert.deepEqual(problems(GOOD.replace("a.test", "b.test")), ["docs/invariants.md:7: test/b.test.ts is not there"]);
    assert.deepEqual(problems(GOOD.replace('"holds"', '"held"')), [
      'docs/invariants.md:7: test/a.test.ts holds no "held"',
    ]);
  });

  it("finds an invariant without a test, one that stands twice, and a bullet of another form", () => {
    assert.deepEqual(problems(`${GOOD}\n### ${TWO}: too\n`), [`docs/invariants.md: ${TWO} names no test`]);
    assert.deepEqual(problems(`${GOOD}\n${GOOD}`), [`docs/invariants.md: ${ONE} stands twice`]);
    assert.deepEqual(problems(`${GOOD}- see the tests\n`), ["docs/invariants.md:8: a bullet that names no tests"]);
  });

  it("finds a test whose invariant is not described", () => {
    assert.deepEqual(problems(GOOD, `${TEST} it("${TWO} holds", () => undefined);`), [
      `test/a.test.ts: ${TWO} is not in docs/invariants.md`,
    ]);
  });
});
