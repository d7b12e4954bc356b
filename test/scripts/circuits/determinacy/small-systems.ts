import fc from "fast-check";
import type { ConstraintSystem } from "../../../../scripts/circuits/determinacy/constraint-system.ts";
import type { Constraint, Term } from "../../../../scripts/circuits/setup/r1cs-file.ts";

/** A system that can be enumerated, and what a deduction is told of it. */
export interface RandomSystem {
  readonly system: ConstraintSystem;
  readonly given: readonly number[];
  readonly nonzero: readonly (readonly Term[])[];
}

/** By modulus, how many wires besides the constant: below 20,000 assignments. */
const SIZES: readonly (readonly [modulus: bigint, wires: number])[] = [
  [2n, 8],
  [3n, 7],
  [5n, 6],
  [7n, 5],
  [11n, 4],
  [13n, 3],
  [31n, 2],
];

/** Systems of the shapes that circuits are made of, whole and broken, over small fields. */
export const randomSystem: fc.Arbitrary<RandomSystem> = fc.constantFrom(...SIZES).chain(([modulus, wires]) =>
  fc.record({
    system: fc
      .array(shapes(modulus, wires), { minLength: 1, maxLength: 4 })
      .map((parts) => ({ modulus, wires: wires + 1, constraints: parts.flat() })),
    given: fc.uniqueArray(wire(wires), { maxLength: 2 }),
    nonzero: fc.array(form(modulus, wires), { maxLength: 1 }),
  }),
);

const wire = (wires: number) => fc.integer({ min: 1, max: wires });
const coefficient = (modulus: bigint) => fc.bigInt({ min: 0n, max: modulus - 1n });
const single = (at: number, factor = 1n): Term => ({ wire: at, coefficient: factor });

function form(modulus: bigint, wires: number): fc.Arbitrary<Term[]> {
  const term = fc.record({ wire: fc.integer({ min: 0, max: wires }), coefficient: coefficient(modulus) });
  return fc.array(term, { minLength: 1, maxLength: 3 });
}

function shapes(modulus: bigint, wires: number): fc.Arbitrary<Constraint[]> {
  const [one, any] = [wire(wires), form(modulus, wires)];
  const minus = modulus - 1n;
  const several = fc.uniqueArray(one, { minLength: 1, maxLength: 4 });
  const product = fc.record({ a: any, b: any, c: any });
  const linear = any.map((c): Constraint => ({ a: [], b: [], c }));
  const bit = (at: number, [low, high] = [0n, minus]): Constraint => ({
    a: [single(at), single(0, low)],
    b: [single(at), single(0, high)],
    c: [],
  });
  return fc.oneof(
    product.map((constraint) => [constraint]),
    linear.map((constraint) => [constraint]),
    // Two wires that are equal, or a number apart.
    fc
      .tuple(one, one, coefficient(modulus))
      .map(([x, y, gap]) => [{ a: [], b: [], c: [single(x), single(y, minus), single(0, gap % 3n)] }]),
    fc.tuple(one, coefficient(modulus), coefficient(modulus)).map(([x, low, high]) => [bit(x, [low, high])]),
    // Bits of a sum, each of them or all but the last.
    fc
      .tuple(several, one, fc.boolean())
      .map(([bits, sum, isWhole]) => [
        ...bits.slice(0, isWhole ? undefined : -1).map((at) => bit(at)),
        { a: [], b: [], c: [...bits.map((at, i) => single(at, 2n ** BigInt(i) % modulus)), single(sum, minus)] },
      ]),
    // A test for zero, whole or half.
    fc
      .tuple(any, one, one, fc.boolean())
      .map(([x, inverse, out, isWhole]) => [
        { a: x, b: [single(inverse)], c: [single(0), single(out, minus)] },
        ...(isWhole ? [{ a: x, b: [single(out)], c: [] }] : []),
      ]),
    // A row that an index selects, or two by turns.
    fc.tuple(several, fc.tuple(one, one), coefficient(modulus)).map(([row, indices, gap]) => [
      ...row.map((at, i) => ({
        a: [single(at)],
        b: [single(indices[i % 2] ?? 1), single(0, (gap * BigInt(i)) % modulus)],
        c: [],
      })),
      { a: [], b: [], c: [...row.map((at) => single(at)), single(0, minus)] },
    ]),
    // Quotients, by what (x - factor) * y = rest says of x as well, and a product that is 0.
    fc.tuple(any, one, any).map(([b, q, c]) => [{ a: [single(q)], b, c }]),
    fc
      .tuple(fc.tuple(one, one, one), any, coefficient(modulus), coefficient(modulus))
      .map(([[x, y, q], c, factor, rest]) => [
        { a: [single(x)], b: [single(y)], c: [single(y, factor), single(0, rest)] },
        { a: [single(q)], b: [single(x), single(0, (modulus - factor) % modulus)], c },
      ]),
    fc.tuple(any, any).map(([a, b]) => [{ a, b, c: [] }]),
  );
}
