import type { Random } from "../random.ts";

/** An integer in low…high. */
export function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[random.integer(choices.length)];
  if (choice === undefined) throw new RangeError("nothing to pick from");
  return choice;
}

export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** @param weighted choices with their weights, of any sum. */
export function pickWeighted<T>(random: Random, weighted: readonly (readonly [T, number])[]): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.next() * total;
  for (const [choice, weight] of weighted) {
    left -= weight;
    if (left < 0) return choice;
  }
  return weighted.at(-1)![0];
}

/** 32 hex bytes that mean nothing. */
export function randomHex(random: Random, bytes: number): `0x${string}` {
  let text = "";
  while (text.length < 2 * bytes) text += random.integer(256).toString(16).padStart(2, "0");
  return `0x${text}`;
}
