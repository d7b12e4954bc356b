import type { Product } from "../constraint-system.ts";
import { PROVEN } from "../knowledge.ts";
import type { Knowledge } from "../knowledge.ts";
import { keyOf, quotient } from "../linear-form.ts";
import type { LinearForm } from "../linear-form.ts";
import type { Term } from "../../setup/r1cs-file.ts";

/** factor · other = result, where the factor is the known form that all constraints of a split share. */
interface Shared {
  readonly other: LinearForm;
  readonly result: LinearForm;
}

/**
 * A known form that may be 0, and is a factor of several constraints, is 0 in both assignments or in neither. What is fixed
 * either way is fixed: the pattern of circomlib's `IsZero`. Returns whether anything was learned.
 */
export function splitCases(knowledge: Knowledge, products: readonly Product[]): boolean {
  let isNew = false;
  for (const shared of sharedFactors(knowledge, products)) {
    const fixedOtherwise = fixedWhereNot(knowledge, shared);
    for (const wire of fixedWhereZero(knowledge, shared)) {
      if (fixedOtherwise.has(wire)) isNew = knowledge.learn(wire, PROVEN) || isNew;
    }
  }
  return isNew;
}

/** Constraints by their known factor, scaled so that it is the same form. */
function sharedFactors(knowledge: Knowledge, products: readonly Product[]): Shared[][] {
  const { modulus } = knowledge;
  const groups = new Map<string, { readonly lead: bigint; readonly shared: Shared[] }>();
  for (const { a, b, c } of products) {
    for (const [factor, other] of [[a, b] as const, [b, a] as const]) {
      const [first] = factor.terms;
      if (first === undefined || knowledge.unknownOf(factor).length > 0) continue;
      if (knowledge.unknownOf(other).length + knowledge.unknownOf(c).length === 0) continue;
      const key = keyOf(modulus, factor);
      const group = groups.get(key) ?? { lead: first.coefficient, shared: [] };
      const scale = quotient(modulus, first.coefficient, group.lead);
      group.shared.push({ other: scaled(modulus, other, scale), result: c });
      groups.set(key, group);
    }
  }
  return [...groups.values()].flatMap(({ shared }) => (shared.length > 1 ? [shared] : []));
}

function scaled(modulus: bigint, { constant, terms }: LinearForm, factor: bigint): LinearForm {
  return {
    constant: (constant * factor) % modulus,
    terms: terms.map(({ wire, coefficient }) => ({ wire, coefficient: (coefficient * factor) % modulus })),
  };
}

/** 0 · other = result: each result is 0. */
function fixedWhereZero(knowledge: Knowledge, shared: readonly Shared[]): Set<number> {
  return fixedBy(knowledge, (unknown) => shared.map(({ result }) => unknown(result)));
}

/** Where the factor is not 0, one side's difference is 0 if and only if the other's is. */
function fixedWhereNot(knowledge: Knowledge, shared: readonly Shared[]): Set<number> {
  return fixedBy(knowledge, (unknown) =>
    shared.flatMap(({ other, result }) => {
      const [left, right] = [unknown(other), unknown(result)];
      return left.length === 0 ? [right] : right.length === 0 ? [left] : [];
    }),
  );
}

/** Wires that have no difference in this case, given equations that may say more as more wires have none. */
function fixedBy(knowledge: Knowledge, equations: (unknown: (form: LinearForm) => Term[]) => Term[][]): Set<number> {
  const fixed = new Set<number>();
  const unknown = (form: LinearForm) => knowledge.unknownOf(form).filter(({ wire }) => !fixed.has(wire));
  for (let before = -1; before < fixed.size;) {
    before = fixed.size;
    for (const terms of equations(unknown)) {
      const [only, ...more] = terms;
      if (only !== undefined && more.length === 0) fixed.add(only.wire);
    }
  }
  return fixed;
}
