import { QuorateError } from "../errors/quorate-error.ts";
import { assertFieldElement, FIELD_MODULUS } from "./field.ts";
import { type FullRound, type PoseidonTables, poseidonTables } from "./poseidon-tables.ts";

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

type State = readonly bigint[];

/** The first element of the permuted state. Sums of products are reduced once: a remainder costs three products. */
function permute(tables: PoseidonTables, start: State): bigint {
  const state = tables.before.reduce(fullRound, start);
  const [result = 0n] = tables.after.reduce(fullRound, partialRounds(tables, state));
  return result;
}

function fullRound(state: State, { constants, mix }: FullRound): State {
  const raised = state.map((value, i) => fifthPower(value + (constants[i] ?? 0n)));
  return mix.map((row) => {
    let sum = 0n;
    for (let i = 0; i < raised.length; i++) sum += (row[i] ?? 0n) * (raised[i] ?? 0n);
    return sum % FIELD_MODULUS;
  });
}

function partialRounds({ partial, corner }: PoseidonTables, state: State): State {
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
  return [first, ...rest];
}

/** x⁵ mod p, but not reduced in the end. */
function fifthPower(x: bigint): bigint {
  const square = (x * x) % FIELD_MODULUS;
  return x * ((square * square) % FIELD_MODULUS);
}
