import { QuorateError } from "../errors/quorate-error.ts";
import { poseidon } from "../crypto/poseidon.ts";
import type { Point } from "../types/observation.ts";

export interface SetRootErrorData {
  readonly code: "set-root-size";
  readonly members: number;
  readonly nMax: number;
}

/** Fills the key list up to the circuit's nMax. The identity: it has x = 0 and can therefore never be selected. */
export const PADDING_KEY: Point = { x: 0n, y: 1n };

/**
 * Commitment to the observation keys of a committee: s₀ = n, then s ← Poseidon(s, x₀, y₀, x₁, y₁), two keys a call,
 * padded with (0, 1) to nMax, and by one more where nMax is odd. Twins: `SetRoot` (circom), CommitteeRegistry (Solidity).
 * @param keys 1…nMax keys in committee order; else `set-root-size`. @param nMax the circuit's largest committee.
 */
export function setRoot(keys: readonly Point[], nMax: number): bigint {
  const n = keys.length;
  if (!Number.isInteger(nMax) || n < 1 || n > nMax) {
    throw new QuorateError<SetRootErrorData>(
      { code: "set-root-size", members: n, nMax },
      `a set root takes 1 to nMax keys, not ${n} of ${nMax}: choose a circuit with a larger nMax`,
    );
  }
  let state = BigInt(n);
  for (let j = 0; j < nMax; j += 2) {
    const [first, second] = [keys[j] ?? PADDING_KEY, keys[j + 1] ?? PADDING_KEY];
    state = poseidon([state, first.x, first.y, second.x, second.y]);
  }
  return state;
}
