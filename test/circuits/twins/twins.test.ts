import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import fc from "fast-check";
import { TEMPLATES } from "../../../scripts/circuits/paths.ts";
import { templateOf } from "../../../scripts/circuits/template-source.ts";
import { witnessOf } from "../../support/circuits.ts";
import { trials } from "../../support/depth.ts";
import { LOCAL_TWINS } from "./local-aggregate.ts";
import { LIST_TWINS } from "./lists.ts";
import { medianProofTwin } from "./median-proof.ts";
import { SIGNATURE_TWINS } from "./signatures.ts";
import { VALUE_TWINS } from "./values.ts";

const TWINS = [...VALUE_TWINS, ...LIST_TWINS, ...SIGNATURE_TWINS, ...LOCAL_TWINS, medianProofTwin];
const RUNS = trials({ slice: 12, full: 2_000 });
const SLOW_RUNS = trials({ slice: 4, full: 500 });

it("every template has a twin", async () => {
  const twins = new Set(TWINS.map(({ call }) => `${templateOf(call)}.circom`));
  assert.deepEqual([...twins].sort(), (await readdir(TEMPLATES)).sort());
});

describe("a template and its twin agree on outputs, and on what has no witness", () => {
  for (const { call, circuit, cases, edges, isSlow } of TWINS) {
    it(`of ${call}`, async () => {
      const template = await circuit();
      let accepted = 0;
      fc.assert(
        fc.property(cases, ({ inputs, outputs }) => {
          const witness = witnessOf(template, inputs);
          assert.deepEqual(witness?.slice(1, 1 + (outputs ?? []).length), outputs);
          accepted += Number(witness !== undefined);
        }),
        { numRuns: (isSlow ? SLOW_RUNS : RUNS) + edges.length, examples: edges.map((edge) => [edge]) },
      );
      assert.ok(accepted > 0, "some inputs have a witness");
    });
  }
});
