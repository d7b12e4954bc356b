import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { Deduction } from "./deduction.ts";
import type { NamedCircuit } from "./named-circuit.ts";
import type { Claim } from "./reasons.ts";
import { formsOf, signalsOf } from "./signal-patterns.ts";

export interface Determinacy {
  readonly signals: number;
  /** How many of them the inputs determine by the rules alone. */
  readonly byRules: number;
  /** How many more by what is claimed. */
  readonly byClaims: number;
  /** How many more once the prover has chosen what it may. */
  readonly byChoice: number;
  /** Names of signals that nothing says to be determined. */
  readonly undetermined: readonly string[];
  /** Claims that are not needed or speak of nothing, each with what is wrong. */
  readonly stale: readonly string[];
}

/**
 * Which signals of a circuit its inputs determine: by the rules, then with what is claimed, then with what is chosen. A
 * claim that the rules find themselves, that no signal needs, or whose signals do not exist is stale.
 */
export function checkDeterminacy(circuit: NamedCircuit, claims: readonly Claim[]): Determinacy {
  const { r1cs, wires } = circuit;
  const deduction = new Deduction({ modulus: FIELD_MODULUS, ...r1cs });
  const count = () => [...wires.values()].filter((wire) => deduction.isDetermined(wire)).length;
  const claimed = (wanted: Claim["kind"]) => claims.filter(({ kind }) => kind === wanted);

  deduction.give(Array.from({ length: r1cs.inputs }, (_, i) => 1 + r1cs.outputs + i));
  deduction.run();
  const byRules = count();
  const nonzero = claimed("nonzero");
  const refused = nonzero.map((claim, i) => assume(deduction, wires, { claim, number: i }));
  deduction.run();
  const known = claimed("determined").flatMap((claim) => give(deduction, wires, claim));
  const byClaims = count() - byRules;
  const chosen = claimed("chosen").flatMap((claim) => give(deduction, wires, claim));

  const unused = nonzero.filter((_, i) => refused[i] === undefined && !deduction.usedAssumptions.has(i));
  return {
    ...{ signals: wires.size, byRules, byClaims, byChoice: count() - byRules - byClaims },
    undetermined: [...wires].filter(([, wire]) => !deduction.isDetermined(wire)).map(([name]) => name),
    stale: [
      ...refused.filter((complaint) => complaint !== undefined),
      ...[...known, ...chosen],
      ...unused.map((claim) => complaintOf(claim, "need not be claimed: no signal needs it")),
    ],
  };
}

/** Takes a form not to be 0. Returns what is wrong with that, if anything. */
function assume(
  deduction: Deduction,
  wires: NamedCircuit["wires"],
  { claim, number }: { readonly claim: Claim; readonly number: number },
): string | undefined {
  const additions = formsOf(wires, claim).map((form) => deduction.assumeNonzero(form, number));
  if (additions.length === 0) return complaintOf(claim, "speaks of no signal");
  return additions.includes(true) ? undefined : complaintOf(claim, "is not 0 by the constraints alone");
}

/** Takes signals as determined, with all that follows. Returns what is wrong with that, if anything. */
function give(deduction: Deduction, wires: NamedCircuit["wires"], claim: Claim): string[] {
  const signals = signalsOf(wires, claim);
  if (signals.length === 0) return [complaintOf(claim, "is no signal")];
  const isNew = deduction.give(signals);
  deduction.run();
  return isNew ? [] : [complaintOf(claim, "is determined without being listed")];
}

function complaintOf({ at, template, text }: Claim, complaint: string): string {
  return `${template}: ${text} ${complaint} (${at})`;
}
