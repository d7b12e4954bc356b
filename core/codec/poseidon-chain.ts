import { QuorateError } from "../errors/quorate-error.ts";
import { poseidon } from "../crypto/poseidon.ts";

export interface PoseidonChainErrorData {
  readonly code: "poseidon-chain-input";
  readonly tag: number;
  readonly length: number;
}

/** What a chain commits to; the tag enters the first state, so chains of different kinds never collide. */
export const CHAIN_TAG = { observation: 1, statement: 2, seed: 3, noise: 4 } as const;

/** New elements per call: the state takes the sixteenth input. */
const ELEMENTS_PER_CALL = 15;
/** The length shares the first state with the tag. */
const MAX_LENGTH = 2 ** 32 - 1;

/**
 * Commitment to a list of field elements: state₀ = tag·2³² + length, then state ← Poseidon(state, next 15 elements);
 * the last call is shorter. The circuit's twin is `PoseidonChain`.
 * @param tag 1…2³²−1. @param elements at least one canonical field element.
 */
export function poseidonChain(tag: number, elements: readonly bigint[]): bigint {
  const { length } = elements;
  if (!Number.isInteger(tag) || tag < 1 || tag > MAX_LENGTH || length < 1 || length > MAX_LENGTH) {
    throw new QuorateError<PoseidonChainErrorData>(
      { code: "poseidon-chain-input", tag, length },
      `a Poseidon chain needs a tag from 1 to 2³²−1 and at least one element, not tag ${tag} over ${length} elements`,
    );
  }
  let state = (BigInt(tag) << 32n) + BigInt(length);
  for (let from = 0; from < length; from += ELEMENTS_PER_CALL) {
    state = poseidon([state, ...elements.slice(from, from + ELEMENTS_PER_CALL)]);
  }
  return state;
}
