import { readFileSync } from "node:fs";

/** A file of `test/vectors`, whose integers beyond 2⁵³ are decimal strings. */
export function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
}

/** Decimal strings are bigints; everything else stays. */
export function revive(value: unknown): unknown {
  if (typeof value === "string") return /^-?\d+$/.test(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revive(member)]));
}
