import { QuorateError } from "../errors/quorate-error.ts";
import { assertFieldElement, FIELD_MODULUS } from "./field.ts";
import { HALF_FULL_ROUNDS, type PoseidonTables, poseidonTables } from "./poseidon-tables.ts";

export interface PoseidonErrorData {
  readonly code: "poseidon-arity";
  readonly arity: number;
}

/** circomlib's `poseidon.circom` has constants up to this width. */
export const MAX_POSEIDON_INPUTS = 16;

/** Per number of inputs, made when first needed: some 30 ms each. */
const tables: (PoseidonTables | undefined)[] = [];

/**
 * Poseidon over BN254's scalar field with circomlib's constants (x⁵ S-box, 8 full rounds).
 * The arity is part of the function: hashes of different lengths are unrelated.
 * @param inputs 1…16 canonical field elements; else `poseidon-arity` or `field-element-out-of-range`.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const { length } = inputs;
  if (length < 1 || length > MAX_POSEIDON_INPUTS) {
    throw new QuorateError<PoseidonErrorData>(
      { code: "poseidon-arity", arity: length },
      `Poseidon takes 1 to ${MAX_POSEIDON_INPUTS} inputs, not ${length}: chain longer lists with poseidonChain`,
    );
  }
  inputs.forEach(assertFieldElement);
  return permute((tables[length] ??= poseidonTables(length + 1)), [0n, ...inputs]);
}

/** The first element of the permuted state. Sums of products are reduced once: a remainder costs three products. */
function permute({ before, after, mix, entry, corner, partial }: PoseidonTables, start: readonly bigint[]): bigint {
  let state = start;
  for (let round = 0; round < HALF_FULL_ROUNDS; round++)
    state = mixed(round === HALF_FULL_ROUNDS - 1 ? entry : mix, boxed(state, before[round] ?? []));
  const rest = state.slice(1);
  let first = state[0] ?? 0n;
  for (const { constant, row, column } of partial) {
    const s = fifthPower(first + constant) % FIELD_MODULUS;
    let sum = corner * s;
    for (let i = 0; i < rest.length; i++) {
      const value = rest[i] ?? 0n;
      sum += (row[i] ?? 0n) * value;
      // Not reduced: it grows by some bits over all rounds, which costs less.
      rest[i] = value + (column[i] ?? 0n) * s;
    }
    first = sum % FIELD_MODULUS;
  }
  state = [first, ...rest];
  for (let round = 0; round < HALF_FULL_ROUNDS; round++)
    state = mixed(round === HALF_FULL_ROUNDS - 1 ? mix.slice(0, 1) : mix, boxed(state, after[round] ?? []));
  return state[0] ?? 0n;
}

/** The S-box of a full round; below p², as the mixing reduces anyway. */
function boxed(state: readonly bigint[], constants: readonly bigint[]): bigint[] {
  return state.map((value, i) => fifthPower(value + (constants[i] ?? 0n)));
}

/** x⁵ mod p, but not reduced in the end. */
function fifthPower(x: bigint): bigint {
  const square = (x * x) % FIELD_MODULUS;
  return x * ((square * square) % FIELD_MODULUS);
}

function mixed(matrix: readonly (readonly bigint[])[], state: readonly bigint[]): bigint[] {
  return matrix.map((row) => {
    let sum = 0n;
    for (let i = 0; i < state.length; i++) sum += (row[i] ?? 0n) * (state[i] ?? 0n);
    return sum % FIELD_MODULUS;
  });
}
