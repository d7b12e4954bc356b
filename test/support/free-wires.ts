import assert from "node:assert/strict";
import { Field } from "@noble/curves/abstract/modular.js";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import type { Constraint, R1cs, Term } from "../../scripts/circuits/setup/r1cs-file.ts";

const FIELD = Field(FIELD_MODULUS);

/** By how much a wire may change, besides 0: by anything, by one amount, or not at all. */
type Steps = "any" | bigint | undefined;

/** What ⟨a, w⟩, ⟨b, w⟩ and ⟨c, w⟩ gain for each unit that a wire gains. */
type Slope = readonly [a: bigint, b: bigint, c: bigint];

/**
 * Wires that can have another value, whatever it is, while all the others keep theirs and all constraints hold. Exact: along
 * one wire a constraint is an equation of degree two, of which the witness is one root.
 * @param witness a valid one: asserted.
 */
export function freeWires({ constraints, wires }: R1cs, witness: readonly bigint[]): number[] {
  const free = new Map<number, Steps>(Array.from({ length: wires - 1 }, (_, i) => [i + 1, "any"]));
  for (const constraint of constraints) {
    const row = [constraint.a, constraint.b, constraint.c].map((terms) => valueOf(terms, witness)) as [
      bigint,
      bigint,
      bigint,
    ];
    assert.equal(FIELD.mul(row[0], row[1]), row[2], "the witness itself is valid");
    for (const [wire, slope] of slopesOf(constraint)) {
      const steps = common(free.get(wire), stepsAlong(row, slope));
      if (steps === undefined) free.delete(wire);
      else free.set(wire, steps);
    }
  }
  return [...free.keys()];
}

/** Solutions but 0 of (row₀ + a·t)(row₁ + b·t) = row₂ + c·t, where row₀·row₁ = row₂. */
function stepsAlong([first, second]: readonly bigint[], [a, b, c]: Slope): Steps {
  const linear = FIELD.create(c - (first ?? 0n) * b - (second ?? 0n) * a);
  const square = FIELD.mul(a, b);
  if (square === 0n) return linear === 0n ? "any" : undefined;
  return linear === 0n ? undefined : FIELD.div(linear, square);
}

function common(one: Steps, other: Steps): Steps {
  if (one === "any") return other;
  return other === "any" || one === other ? one : undefined;
}

/** Of the wires in a constraint, but for the constant 1. */
function slopesOf({ a, b, c }: Constraint): Map<number, Slope> {
  const slopes = new Map<number, [bigint, bigint, bigint]>();
  for (const [side, terms] of [a, b, c].entries()) {
    for (const { wire, coefficient } of terms) {
      if (wire === 0) continue;
      const slope = slopes.get(wire) ?? [0n, 0n, 0n];
      slope[side] = FIELD.add(slope[side] ?? 0n, coefficient);
      slopes.set(wire, slope);
    }
  }
  return slopes;
}

function valueOf(terms: readonly Term[], witness: readonly bigint[]): bigint {
  return terms.reduce((sum, { wire, coefficient }) => FIELD.create(sum + coefficient * (witness[wire] ?? 0n)), 0n);
}
