import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIELD_MODULUS } from "../../../../core/crypto/field.ts";
import { deductionOf, determined } from "./small-system.ts";
import type { SmallSystem } from "./small-system.ts";

type Constraint = SmallSystem["constraints"][number];
type Partial = Pick<SmallSystem, "given" | "others" | "constraints"> & { readonly nonzero?: readonly string[] };

const over = (modulus: bigint, system: Partial) => determined({ modulus, ...system });
const inField = (system: Partial) => over(FIELD_MODULUS, system);

const bit = (name: string): Constraint => [name, `${name} - 1`, "0"];
const linear = (form: string): Constraint => ["0", "0", form];
const bitNames = (count: number, name = "b") => Array.from({ length: count }, (_, i) => `${name}${i}`);
/** Σ 2^i · bit. */
const weighted = (bits: readonly string[]) => bits.map((name, i) => `${2n ** BigInt(i)} * ${name}`).join(" + ");

/** circomlib's Num2Bits. */
function num2Bits(count: number): Partial {
  const bits = bitNames(count);
  return { given: ["in"], others: bits, constraints: [...bits.map(bit), linear(`${weighted(bits)} - in`)] };
}

/** All others are determined; without any one of the constraints that `needed` names, not all. */
function holds(system: Partial, needed = system.constraints): void {
  assert.deepEqual(inField(system), system.others);
  for (const constraint of needed) {
    const rest = { ...system, constraints: system.constraints.filter((one) => one !== constraint) };
    assert.notDeepEqual(inField(rest), system.others, `without ${constraint.join(" | ")}`);
  }
}

describe("Deduction", () => {
  it("follows sums and products of what is determined", () => {
    holds({
      given: ["a", "b"],
      others: ["c", "d", "e"],
      constraints: [["a", "b + 3", "c - a"], ["c", "c", "2 * d"], linear("c + d - 5 * e")],
    });
  });

  it("takes equal wires as one, and constants as numbers", () => {
    const constraints: Constraint[] = [linear("x - y"), linear("k - 4"), ["k - 3", "z", "y"], ["a", "a", "x"]];
    holds({ given: ["a"], others: ["x", "y", "k", "z"], constraints });
  });

  it("does not take wires as one that are a number apart", () => {
    const constraints = [linear("x - 4"), linear("x - y - 1"), ["q", "y - 3", "a"] as const];
    assert.deepEqual(inField({ given: ["a"], others: ["x", "y", "q"], constraints }), ["x", "y"]);
  });

  it("solves linear equations of several unknowns together", () => {
    const constraints = [linear("x + y + z - a"), linear("x - y + 2 * z - b"), linear("x + y - z")];
    holds({ given: ["a", "b"], others: ["x", "y", "z"], constraints });
  });

  it("reads the bits of a sum below the modulus, and no more of a longer one than there are readings", () => {
    holds(num2Bits(5));
    assert.equal(inField(num2Bits(253)).length, 253);
    assert.deepEqual(inField(num2Bits(254)), []);
    assert.deepEqual(over(7n, num2Bits(2)), ["b0", "b1"]);
    assert.deepEqual(over(7n, num2Bits(3)), []); // 0 is 000 and 111
    assert.deepEqual(over(11n, num2Bits(3)), ["b0", "b1", "b2"]);
  });

  it("reads bits only where no sum has two readings", () => {
    const constraints = [bit("b0"), bit("b1"), bit("b2")];
    const given = ["in"];
    const others = ["b0", "b1", "b2"];
    assert.deepEqual(
      inField({ given, others, constraints: [...constraints, linear("b0 + 2 * b1 + 3 * b2 - in")] }),
      [],
    );
    // Also in units of something else, with signs, and of bits that are -1 or 1.
    const scaled = linear("12345678901234567890123 * b0 - 24691357802469135780246 * b1 - in");
    assert.deepEqual(inField({ given, others: ["b0", "b1"], constraints: [bit("b0"), bit("b1"), scaled] }), [
      "b0",
      "b1",
    ]);
    const signs: Constraint[] = [["b0 + 1", "b0 - 1", "0"], bit("b1"), linear("b0 + b1 - in")];
    assert.deepEqual(inField({ given, others: ["b0", "b1"], constraints: signs }), ["b0", "b1"]);
  });

  it("knows a quotient and a remainder by their ranges", () => {
    const [q, r] = [bitNames(4, "q"), bitNames(3, "r")];
    const constraints: Constraint[] = [
      ...[...q, ...r].map(bit),
      linear(`${weighted(q)} - quotient`),
      linear(`${weighted(r)} - rest`),
      linear("8 * quotient + rest - in"),
    ];
    holds({ given: ["in"], others: ["quotient", "rest", ...q, ...r], constraints });
    // By 7, as 7 = 7 · 1 + 0 = 7 · 0 + 7.
    const bySeven = constraints.with(-1, linear("7 * quotient + rest - in"));
    assert.deepEqual(inField({ given: ["in"], others: ["quotient", "rest", ...q, ...r], constraints: bySeven }), []);
  });

  it("divides by what is not 0: a constant, what is assumed, what a constraint or a range says", () => {
    const quotient = (b: string, c: string): Constraint => ["q", b, c];
    const base = { given: ["a", "b"], others: ["q"] };
    assert.deepEqual(inField({ ...base, constraints: [quotient("3", "a")] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [quotient("b", "a")] }), []);
    assert.deepEqual(inField({ ...base, constraints: [quotient("b", "a")], nonzero: ["5 * b"] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [quotient("b", "1")] }), ["q"]);
    // Where 1 - b is 0, 1 + b is 2.
    assert.deepEqual(inField({ ...base, constraints: [quotient("1 - b", "1 + b")] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [quotient("b", "a")], nonzero: ["a"] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [bit("b"), quotient("b + 1", "a")] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [bit("b"), quotient("b - 1", "a")] }), []);
    // Where b is 2, the first says 0 = 5.
    assert.deepEqual(inField({ ...base, constraints: [["b", "a", "2 * a + 5"], quotient("b - 2", "1 + a")] }), ["q"]);
    assert.deepEqual(inField({ ...base, constraints: [["b", "a", "2 * a + 5"], quotient("b + 2", "1 + a")] }), []);
  });

  it("takes a wire out of both sides", () => {
    const constraints: Constraint[] = [["a", "x + b", "3 * x"]];
    assert.deepEqual(inField({ given: ["a", "b"], others: ["x"], constraints }), []);
    assert.deepEqual(inField({ given: ["a", "b"], others: ["x"], constraints, nonzero: ["a - 3"] }), ["x"]);
  });

  it("knows what is 0 because the other factor is not, without knowing that factor", () => {
    const constraints: Constraint[] = [
      ["u", "v", "1"],
      ["u", "x - a", "0"],
    ];
    assert.deepEqual(inField({ given: ["a"], others: ["u", "v", "x"], constraints }), ["x"]);
  });

  it("knows the result of a test for zero, not the hint of 0's inverse", () => {
    const isZero: Constraint[] = [
      ["in", "inverse", "1 - out"],
      ["in", "out", "0"],
    ];
    const system = { given: ["in"], others: ["inverse", "out"], constraints: isZero };
    assert.deepEqual(inField(system), ["out"]);
    assert.deepEqual(inField({ ...system, constraints: isZero.slice(0, 1) }), []);
    assert.deepEqual(inField({ ...system, constraints: isZero.slice(1) }), []);
  });

  it("knows a one-hot row by its index", () => {
    const row = (roots: readonly number[]): Constraint[] => roots.map((root, i) => [`h${i}`, `in - ${root}`, "0"]);
    const others = ["h0", "h1", "h2"];
    const sum = linear("h0 + h1 + h2 - 1");
    assert.deepEqual(inField({ given: ["in"], others, constraints: [...row([0, 1, 2]), sum] }), others);
    assert.deepEqual(inField({ given: ["in"], others, constraints: row([0, 1, 2]) }), []);
    assert.deepEqual(inField({ given: ["in"], others, constraints: [...row([0, 1, 1]), sum] }), []);
    const byTwo = row([0, 1, 2]).with(1, ["h1", "other - 1", "0"]);
    assert.deepEqual(inField({ given: ["in", "other"], others, constraints: [...byTwo, sum] }), []);
    // circomlib's Decoder: what its sum is, nobody says.
    const decoder = [...row([0, 1, 2]), linear("h0 + h1 + h2 - success"), bit("success")];
    assert.deepEqual(inField({ given: ["in"], others: [...others, "success"], constraints: decoder }), []);
  });

  it("says which assumptions it used, and which follow anyway", () => {
    const system = {
      modulus: FIELD_MODULUS,
      given: ["a", "b"],
      others: ["q"],
      constraints: [["q", "b", "a"] as const],
    };
    assert.deepEqual([...deductionOf({ ...system, nonzero: ["a - 1", "b"] }).usedAssumptions], [1]);
    const deduction = deductionOf(system);
    assert.equal(deduction.assumeNonzero([{ wire: 2, coefficient: 1n }], 0), true);
    assert.equal(deduction.assumeNonzero([{ wire: 2, coefficient: 2n }], 1), false);
    assert.equal(deduction.give([3]), true);
    assert.equal(deduction.give([1, 3]), false);
  });
});
