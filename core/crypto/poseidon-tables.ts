import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";
import { FIELD_MODULUS } from "./field.ts";

type Vector = readonly bigint[];
type Matrix = readonly Vector[];

/** Full rounds before the partial ones, and as many after them. */
const HALF_FULL_ROUNDS = 4;
/** circomlib's partial rounds per width, from width 2 on. */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/** A partial round in sparse form: state₀ ← corner·s + row·rest, rest ← rest + column·s, with s = (state₀ + constant)⁵. */
export interface PartialRound {
  readonly constant: bigint;
  readonly row: Vector;
  readonly column: Vector;
}

/** A full round: add the constants, raise everything to the fifth power, mix. */
export interface FullRound {
  readonly constants: Vector;
  readonly mix: Matrix;
}

/** All that Poseidon needs for one width. */
export interface PoseidonTables {
  /** The last one's `mix` also prepares what makes the partial rounds sparse. */
  readonly before: readonly FullRound[];
  readonly partial: readonly PartialRound[];
  /** Upper left element of the mixing matrix. */
  readonly corner: bigint;
  /** The first one's constants take up what the partial rounds leave over; the last one mixes the result alone. */
  readonly after: readonly FullRound[];
}

const Fp = Field(FIELD_MODULUS);

/**
 * Poseidon's constants by its own generator (Grain), arranged for speed as in the paper's appendix B and circomlib's circuit.
 *
 * In a partial round only state₀ passes the S-box; the rest is linear. With M = [m₀₀ m; w H] and R partial rounds, let round r
 * work on z, rest = H^(r−R)·z, instead of the rest itself. Then z changes by a multiple of one column, H^(R−r−1)·w, and state₀ sees
 * it through one row, m·H^(r−R): 2t products per round instead of t². Before the first round z is H^R·rest, which the matrix
 * before it takes in; after the last one z is the rest. The constants added to the rest reach state₀ as constants, too.
 * @param width 2…17.
 */
export function poseidonTables(width: number): PoseidonTables {
  const partialRounds = PARTIAL_ROUNDS[width - 2] ?? 0;
  const shape = { Fp, t: width, roundsFull: 2 * HALF_FULL_ROUNDS, roundsPartial: partialRounds };
  const { roundConstants, mds: mix } = grainGenConstants(shape);
  const [end, total] = [HALF_FULL_ROUNDS + partialRounds, roundConstants.length];
  const { constants, left } = gatherConstants(mix, roundConstants.slice(HALF_FULL_ROUNDS, end));
  const { rows, columns, power } = sparseRounds(mix, partialRounds);
  const entry = [...mix.slice(0, 1), ...multiply(power, mix.slice(1))];
  const round = (added: Vector, i: number): FullRound => {
    if (i === HALF_FULL_ROUNDS - 1) return { constants: added, mix: entry };
    if (i === end) return { constants: add(added, left), mix };
    return { constants: added, mix: i === total - 1 ? mix.slice(0, 1) : mix };
  };
  const rounds = roundConstants.map(round);
  return {
    before: rounds.slice(0, HALF_FULL_ROUNDS),
    partial: constants.map((constant, r) => ({ constant, row: rows[r] ?? [], column: columns[r] ?? [] })),
    corner: mix[0]?.[0] ?? 0n,
    after: rounds.slice(end),
  };
}

/** What is added to state₀ before each partial round, and to the whole state after the last one. */
function gatherConstants(mix: Matrix, added: readonly Vector[]): { constants: Vector; left: Vector } {
  let left: Vector = mix.map(() => 0n);
  const constants = added.map((round) => {
    const [constant = 0n, ...rest] = add(left, round);
    left = apply(mix, [0n, ...rest]);
    return constant;
  });
  return { constants, left };
}

/** Rows m·H^(r−R) and columns H^(R−r−1)·w for r in 0…R−1, and H^R. */
function sparseRounds(mix: Matrix, rounds: number): { rows: Vector[]; columns: Vector[]; power: Matrix } {
  const [[, ...top] = [], ...below] = mix;
  const inner = below.map(([, ...row]) => row);
  const inverseColumns = transpose(invert(inner));
  const [rows, columns]: [Vector[], Vector[]] = [[], []];
  let [row, column, power]: [Vector, Vector, Matrix] = [
    top,
    below.map(([first = 0n]) => first),
    identity(inner.length),
  ];
  for (let r = rounds - 1; r >= 0; r--) {
    row = apply(inverseColumns, row);
    rows.unshift(row);
    columns.unshift(column);
    column = apply(inner, column);
    power = multiply(inner, power);
  }
  return { rows, columns, power };
}

function dot(a: Vector, b: Vector): bigint {
  return Fp.create(a.reduce((sum, value, i) => sum + value * (b[i] ?? 0n), 0n));
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, i) => Fp.add(value, b[i] ?? 0n));
}

function apply(matrix: Matrix, vector: Vector): Vector {
  return matrix.map((row) => dot(row, vector));
}

function transpose(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0n));
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

function identity(size: number): Matrix {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1n : 0n)));
}

/** Gauss and Jordan's method. The matrices here are Cauchy matrices: no pivot is ever 0. */
function invert(matrix: Matrix): Matrix {
  const unit = identity(matrix.length);
  let rows: Matrix = matrix.map((row, i) => [...row, ...(unit[i] ?? [])]);
  for (let i = 0; i < matrix.length; i++) {
    const inverse = Fp.inv(rows[i]?.[i] ?? 0n);
    const pivot = (rows[i] ?? []).map((value) => Fp.mul(value, inverse));
    rows = rows.map((row, j) => {
      const factor = row[i] ?? 0n;
      return j === i ? pivot : row.map((value, k) => Fp.create(value - factor * (pivot[k] ?? 0n)));
    });
  }
  return rows.map((row) => row.slice(matrix.length));
}
