import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readInstances } from "../../../scripts/circuits/instances.ts";
import { isWanted, LOCAL_SETTINGS, PROOF_SETTINGS } from "../../../scripts/bench/proof/settings.ts";
import { statementMaker } from "../../../scripts/bench/proof/statements.ts";
import { circuitInputs } from "../../../core/proof/circuit-inputs.ts";

describe("the proof benchmark", () => {
  it("measures every circuit of the release once", async () => {
    const measured = [...PROOF_SETTINGS, ...LOCAL_SETTINGS].map(({ instance }) => instance);
    const known = (await readInstances()).map(({ name }) => name);
    assert.deepEqual(measured.toSorted(), known.toSorted());
  });

  it("measures what is asked for: a prefix of names, or a part of one circuit's figures", () => {
    const wanted = (only: string) => PROOF_SETTINGS.map(({ name }) => name).filter((name) => isWanted(name, only));
    assert.deepEqual(wanted("proof.n4"), ["proof.n4k8", "proof.n4k32"]);
    assert.deepEqual(wanted("proof.n4k8.prove"), ["proof.n4k8"]);
    assert.equal(wanted("").length, PROOF_SETTINGS.length);
    assert.deepEqual(wanted("proof.local4"), []);
  });

  it("proves statements that circuits take, another one in each round", () => {
    for (const shape of [
      { nMax: 4, k: 3, lanes: 8 },
      { nMax: 7, k: 5, lanes: 8 },
      { nMax: 4, k: 3, lanes: 32 },
    ]) {
      const statementOf = statementMaker(shape);
      const [first, second] = [1, 2].map((round) => circuitInputs(statementOf(round), shape));
      assert.notEqual(first?.C, second?.C);
    }
  });
});
