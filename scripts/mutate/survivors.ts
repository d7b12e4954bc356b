import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { keyOf, type MutantName } from "./mutant.ts";

const survivorSchema = z.strictObject({
  file: z.string(),
  within: z.string(),
  operator: z.string(),
  original: z.string(),
  replacement: z.string().default(""),
  occurrence: z.int().positive().default(1),
  /** Why no test can tell it apart. */
  reason: z.string().min(1),
});

const fileSchema = z.strictObject({
  /** Tests that measure gas or code: they fail of contracts with mutants in them, even with none switched on. */
  leftOut: z.array(z.strictObject({ test: z.string(), reason: z.string().min(1) })),
  survivors: z.array(survivorSchema),
});

export type Survivor = MutantName & { readonly reason: string };

/** Known exceptions, each with its reason. */
export interface Exceptions {
  readonly leftOut: readonly { readonly test: string; readonly reason: string }[];
  /** By `keyOf`. */
  readonly survivors: ReadonlyMap<string, Survivor>;
}

/** @throws ZodError where the file has another form, TypeError where it names a mutant twice. */
export function readExceptions(file: string): Exceptions {
  const { leftOut, survivors } = fileSchema.parse(parse(readFileSync(file, "utf8")));
  const byKey = new Map(survivors.map((survivor) => [keyOf(survivor), survivor]));
  if (byKey.size < survivors.length) throw new TypeError(`${file} names a mutant twice`);
  return { leftOut, survivors: byKey };
}
