/** A small seeded generator (mulberry32): equal seeds give equal runs. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In 0…below−1. */
  integer(below: number): number;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}
