import { parseForm } from "../../../../scripts/circuits/determinacy/named-form.ts";
import { Deduction } from "../../../../scripts/circuits/determinacy/deduction.ts";
import type { ConstraintSystem } from "../../../../scripts/circuits/determinacy/constraint-system.ts";
import type { Constraint, Term } from "../../../../scripts/circuits/setup/r1cs-file.ts";

/** A system that is written down: signals by name, the given ones first, and constraints a · b = c as three linear forms. */
export interface SmallSystem {
  readonly modulus: bigint;
  readonly given: readonly string[];
  readonly others: readonly string[];
  readonly constraints: readonly (readonly [a: string, b: string, c: string])[];
  /** Forms that are taken not to be 0. */
  readonly nonzero?: readonly string[];
}

function wiresOf({ given, others }: SmallSystem): string[] {
  return ["", ...given, ...others];
}

function termsOf(system: SmallSystem, form: string): Term[] {
  const wires = wiresOf(system);
  return parseForm(form).map(({ name, coefficient }) => {
    const wire = wires.indexOf(name);
    if (wire === -1) throw new Error(`no signal ${name}`);
    return { wire, coefficient };
  });
}

function constraintsOf(system: SmallSystem): ConstraintSystem {
  const constraints = system.constraints.map(([a, b, c]): Constraint => ({
    a: termsOf(system, a),
    b: termsOf(system, b),
    c: termsOf(system, c),
  }));
  return { modulus: system.modulus, wires: wiresOf(system).length, constraints };
}

/** The signals that are not given, but determined. */
export function determined(system: SmallSystem): string[] {
  const deduction = deductionOf(system);
  return system.others.filter((_, i) => deduction.isDetermined(1 + system.given.length + i));
}

export function deductionOf(system: SmallSystem): Deduction {
  const deduction = new Deduction(constraintsOf(system));
  deduction.give(system.given.map((_, i) => 1 + i));
  for (const [i, form] of (system.nonzero ?? []).entries()) deduction.assumeNonzero(termsOf(system, form), i);
  deduction.run();
  return deduction;
}
