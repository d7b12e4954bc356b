import { mod } from "@noble/curves/abstract/modular.js";
import { quotient } from "../linear-form.ts";
import type { DifferenceEquation } from "./differences.ts";

/** Unknown wires of one block of equations: elimination is cubic, and a block that is larger has its cause elsewhere. */
const MAX_BLOCK = 100;

/** Coefficients by wire. */
type Row = Map<number, bigint>;

/**
 * What linear equations say together: the reduced echelon form of each block of equations that share wires. Larger blocks
 * than {@link MAX_BLOCK} wires are left out.
 */
export function eliminate(modulus: bigint, equations: readonly DifferenceEquation[]): DifferenceEquation[] {
  return blocksOf(equations).flatMap((block) => {
    const grounds = new Set(block.flatMap((equation) => [...equation.grounds]));
    return echelon(modulus, block).map((row) => ({
      terms: [...row].map(([wire, coefficient]) => ({ wire, coefficient })),
      grounds,
    }));
  });
}

function blocksOf(equations: readonly DifferenceEquation[]): DifferenceEquation[][] {
  const byWire = new Map<number, DifferenceEquation[]>();
  for (const equation of equations) {
    for (const { wire } of equation.terms) byWire.set(wire, [...(byWire.get(wire) ?? []), equation]);
  }
  const seen = new Set<DifferenceEquation>();
  const blocks: DifferenceEquation[][] = [];
  for (const start of equations) {
    if (seen.has(start)) continue;
    seen.add(start);
    const block = [start];
    const wires = new Set<number>();
    for (const equation of block) {
      for (const { wire } of equation.terms) {
        if (wires.has(wire)) continue;
        wires.add(wire);
        for (const neighbour of byWire.get(wire) ?? []) {
          if (!seen.has(neighbour)) block.push(neighbour);
          seen.add(neighbour);
        }
      }
    }
    if (block.length > 1 && wires.size <= MAX_BLOCK) blocks.push(block);
  }
  return blocks;
}

/** Gauss and Jordan: each row begins with 1 at a wire that no other row has. */
function echelon(modulus: bigint, equations: readonly DifferenceEquation[]): Row[] {
  const rows: { readonly pivot: number; readonly row: Row }[] = [];
  for (const { terms } of equations) {
    const row: Row = new Map(terms.map(({ wire, coefficient }) => [wire, coefficient]));
    for (const { pivot, row: other } of rows) subtract(modulus, row, [row.get(pivot) ?? 0n, other]);
    const [first] = row;
    if (first === undefined) continue;
    const [pivot, lead] = first;
    for (const [wire, coefficient] of row) row.set(wire, quotient(modulus, coefficient, lead));
    for (const { row: other } of rows) subtract(modulus, other, [other.get(pivot) ?? 0n, row]);
    rows.push({ pivot, row });
  }
  return rows.map(({ row }) => row);
}

/** row −= factor · other. */
function subtract(modulus: bigint, row: Row, [factor, other]: readonly [bigint, Row]): void {
  if (factor === 0n) return;
  for (const [wire, coefficient] of other) {
    const rest = mod((row.get(wire) ?? 0n) - factor * coefficient, modulus);
    if (rest === 0n) row.delete(wire);
    else row.set(wire, rest);
  }
}
