import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { TEMPLATES } from "../../../scripts/circuits/paths.ts";
import { trials } from "../../support/depth.ts";
import { specimenOf } from "../../support/circom/soundness.ts";
import type { Specimen } from "../../support/circom/soundness.ts";
import { TARGETS } from "./targets.ts";

/** Statements of a template that are removed one by one; the others' forgeries are held against the whole template alone. */
const REMOVED = trials({ slice: 8, full: Infinity });
const REMOVED_OF_LARGE = trials({ slice: 1, full: Infinity });

it("every template is a target", async () => {
  const targets = TARGETS.map(({ call }) => `${call.slice(0, call.indexOf("("))}.circom`);
  assert.deepEqual(targets.sort(), (await readdir(TEMPLATES)).sort());
});

for (const target of TARGETS) {
  const removable = target.isLarge === true ? REMOVED_OF_LARGE : REMOVED;
  describe(`the statements of ${target.call}`, () => {
    let specimen: Specimen;
    before(async () => {
      specimen = await specimenOf(target);
    });

    it("hold for an honest prover, as does the template's promise", () => {
      const honest = specimen.assign(target.honest);
      assert.equal(specimen.broken(honest), 0);
      assert.ok(target.promise(honest.read));
    });

    it("are each attacked, and nothing else is", () => {
      const attacked = new Set(target.attacks.map(({ statement }) => statement));
      assert.deepEqual([...attacked].sort(), specimen.statements.map(({ text }) => text).sort());
    });

    for (const [i, { statement: text, lie, inputs, forge, harmless }] of target.attacks.entries()) {
      it(`${text}: without it ${lie}`, async () => {
        const forged = specimen.assign(inputs ?? target.honest, forge);
        assert.ok(specimen.broken(forged) > 0, "the circuit refuses the forgery");
        assert.equal(target.promise(forged.read), harmless !== undefined, "the forgery breaks the template's promise");
        if (i >= removable) return;
        const statement = specimen.statements.find((one) => one.text === text);
        assert.ok(statement);
        assert.equal(await specimen.brokenWithout(statement, forged), 0, "nothing but this statement is in its way");
      });
    }
  });
}
