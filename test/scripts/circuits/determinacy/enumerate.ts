import type { ConstraintSystem } from "../../../../scripts/circuits/determinacy/constraint-system.ts";
import type { Term } from "../../../../scripts/circuits/setup/r1cs-file.ts";

/** What is demanded of an assignment besides the constraints. */
export interface Demands {
  readonly given: readonly number[];
  readonly nonzero: readonly (readonly Term[])[];
}

/** Which wires are determined, by looking at all assignments: modulus^(wires - 1) of them. */
export function determinedByEnumeration(system: ConstraintSystem, { given, nonzero }: Demands): Set<number> {
  const seen = new Map<string, number[]>();
  const determined = new Set(Array.from({ length: system.wires }, (_, wire) => wire));
  const p = Number(system.modulus);
  const sums = system.constraints.map(({ a, b, c }) => [a, b, c].map(numbers));
  const excluded = nonzero.map(numbers);
  for (const assignment of assignments(p, system.wires)) {
    const value = (terms: readonly (readonly [number, number])[]) =>
      terms.reduce((sum, [wire, coefficient]) => sum + coefficient * (assignment[wire] ?? 0), 0) % p;
    const holds = sums.every(([a = [], b = [], c = []]) => (value(a) * value(b) - value(c)) % p === 0);
    if (!holds || excluded.some((terms) => value(terms) === 0)) continue;
    const key = given.map((wire) => assignment[wire]).join();
    const first = seen.get(key);
    if (first === undefined) seen.set(key, [...assignment]);
    else first.forEach((element, wire) => element === assignment[wire] || determined.delete(wire));
  }
  return determined;
}

const numbers = (terms: readonly Term[]) => terms.map(({ wire, coefficient }) => [wire, Number(coefficient)] as const);

/** All of them, in one array that changes. */
function* assignments(p: number, wires: number): Generator<readonly number[]> {
  const assignment = new Array<number>(wires).fill(0);
  assignment[0] = 1;
  for (let left = p ** (wires - 1); left > 0; left--) {
    yield assignment;
    for (let wire = 1; wire < wires; wire++) {
      assignment[wire] = ((assignment[wire] ?? 0) + 1) % p;
      if (assignment[wire] !== 0) break;
    }
  }
}
