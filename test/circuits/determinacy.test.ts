import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, it } from "node:test";
import { checkDeterminacy } from "../../scripts/circuits/determinacy/check.ts";
import type { Determinacy } from "../../scripts/circuits/determinacy/check.ts";
import { compileNamed } from "../../scripts/circuits/determinacy/named-circuit.ts";
import type { NamedCircuit } from "../../scripts/circuits/determinacy/named-circuit.ts";
import { claimsOn, readReasons } from "../../scripts/circuits/determinacy/reasons.ts";
import type { Reasons } from "../../scripts/circuits/determinacy/reasons.ts";
import { groupsOf } from "../../scripts/circuits/determinacy/summary.ts";
import { DETERMINACY_FILE, TEMPLATES } from "../../scripts/circuits/paths.ts";
import { templateOf, templateSource } from "../../scripts/circuits/template-source.ts";
import { SUBGROUP_ORDER } from "../../core/crypto/babyjubjub.ts";
import { rewrite, statementsOf } from "../support/circom/statements.ts";
import type { Statement } from "../support/circom/statements.ts";
import { specimenOf } from "../support/circom/soundness.ts";
import { listedCircuit } from "../support/circuits.ts";
import { trials } from "../support/depth.ts";
import { challengeScalar, E_HINT, QUOTIENT_HINT } from "./soundness/arithmetic.ts";
import { TARGETS } from "./soundness/targets.ts";

/** Statements of each template that are left out, one at a time. */
const REMOVED = trials({ slice: 2, full: Infinity });
/** Templates whose compilation takes half a second or less. */
const SMALL = TARGETS.filter(({ call }) => !/^(EddsaPoseidon|ObservationSignature|MedianProof)\(/.test(call));

let reasons: Reasons;
before(async () => {
  reasons = await readReasons(DETERMINACY_FILE);
});

async function check(call: string, circuit: NamedCircuit): Promise<Determinacy> {
  return checkDeterminacy(circuit, await claimsOn(templateOf(call), reasons));
}

describe("the inputs determine every signal", () => {
  for (const { call, publicInputs } of TARGETS) {
    it(`of ${call}`, async () => {
      const { signals, byRules, byClaims, byChoice, undetermined, stale } = await check(
        call,
        await listedCircuit(call, templateSource(call, publicInputs)),
      );
      assert.deepEqual(undetermined, []);
      assert.deepEqual(stale, []);
      assert.equal(byRules + byClaims + byChoice, signals);
    });
  }

  it("but for the choice that ChallengeScalar leaves: e or e + l", async () => {
    const scalar = await specimenOf(challengeScalar);
    // 2e + (quotient - 1) * l - C with a small e.
    const challenge = 2000n + 6n * SUBGROUP_ORDER - (SUBGROUP_ORDER - ((2n ** 251n + 1n) % SUBGROUP_ORDER));
    const one = scalar.assign({ challenge });
    const other = scalar.assign({ challenge }, { [E_HINT]: { 0: SUBGROUP_ORDER }, [QUOTIENT_HINT]: { 0: -2n } });
    assert.deepEqual([one.read("e"), other.read("e")], [[1000n], [1000n + SUBGROUP_ORDER]]);
    assert.deepEqual([scalar.broken(one), scalar.broken(other)], [0, 0]);
  });
});

describe("a signal that is assigned and not constrained is reported", () => {
  for (const { call } of SMALL) {
    it(`whichever statement of ${call} it is`, async () => {
      const source = await readFile(path.join(TEMPLATES, `${templateOf(call)}.circom`), "utf8");
      const statements = statementsOf(source);
      for (const removed of statements.filter(fixes).slice(0, REMOVED)) {
        const rest = rewrite(source, statements, (statement) =>
          statement === removed ? asHint(statement) : source.slice(statement.from, statement.to),
        );
        const { undetermined } = await check(call, await compileNamed(call, `${rest}\ncomponent main = ${call};\n`));
        const names = [...groupsOf(undetermined).keys()];
        const isReported = names.some((name) => name.startsWith(signalOf(removed)));
        assert.ok(isReported, `${removed.text}: reported are ${names.join(", ")}`);
      }
    });
  }
});

/** Whether a statement fixes a signal: all that assign and constrain, and those that hold a hint to what it stands for. */
function fixes({ operator, left }: Statement): boolean {
  return operator === "<==" || (operator === "===" && /^(slope \*|\(slope|challenge)/.test(left));
}

function asHint({ operator, left, right }: Statement): string {
  return operator === "<==" ? `${left} <-- ${right};` : "";
}

/** What a statement fixes, with `[*]` for indices: `main.slope`. */
function signalOf({ operator, left }: Statement): string {
  if (operator === "<==") return `main.${left.replaceAll(/\[[^\]]*\]/g, "[*]")}`;
  return left === "challenge" ? "main.quotient" : left.startsWith("slope") ? "main.slope" : "main.secondSlope";
}
