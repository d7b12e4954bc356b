import { readFileSync } from "node:fs";

/** A file of `test/vectors`, whose integers beyond 2⁵³ are decimal strings. */
export function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
}
