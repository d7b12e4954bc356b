import { createHash } from "node:crypto";

/** What can be done to a byte; there are eight bits to flip. */
const KINDS = ["truncated", "random", ...Array<"flipped">(8).fill("flipped")] as const;

export interface Mutant {
  readonly bytes: Uint8Array;
  /** `byte 17 random`: with the seed's name, enough to make it again. */
  readonly what: string;
}

/** How many different mutants there are: each byte cut off with all that follows, made random, each bit flipped. */
export function mutantCount({ length }: Uint8Array): number {
  return length * KINDS.length;
}

/** Numbers of `count` mutants: every byte has its turn where the count allows, else they are spread over the module. */
export function* chooseMutants({ length }: Uint8Array, count: number): Generator<number> {
  const stride = count >= length ? 1 : (length * KINDS.length) / count;
  for (let step = 0; step < count; step++) yield Math.floor(step * stride);
}

/** The mutant of that number. Numbers go through the bytes, and from byte to byte and round to round through the kinds. */
export function mutant(original: Uint8Array, number: number): Mutant {
  const at = number % original.length;
  const turn = (Math.floor(number / original.length) + at) % KINDS.length;
  const kind = KINDS[turn] ?? "random";
  const what = `byte ${at} ${kind}, mutant ${number}`;
  if (kind === "truncated") return { bytes: Uint8Array.from(original.subarray(0, at)), what };
  // A copy, whatever kind of array it is: a Buffer's slice would be a view.
  const bytes = Uint8Array.from(original);
  if (kind === "random") bytes[at] = createHash("sha256").update(`mutant ${number}`).digest()[0] ?? 0;
  else bytes[at] = (original[at] ?? 0) ^ (1 << (turn - 2));
  return { bytes, what };
}
