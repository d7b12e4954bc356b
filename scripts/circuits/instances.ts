import { readFile } from "node:fs/promises";
import { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "./errors.ts";
import { INSTANCES_FILE } from "./paths.ts";

const instanceSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/),
    template: z.string().regex(/^[A-Z]\w*$/),
    nMax: z.int().min(4).max(31),
    k: z.int().min(3).max(21),
    lanes: z.int().min(1).max(32),
  })
  .refine(({ nMax, k }) => k % 2 === 1 && k <= nMax, "k = 2f + 1 must be odd and at most nMax");

/** A circuit that is built: a template with its parameters. */
export type CircuitInstance = Readonly<z.infer<typeof instanceSchema>>;

export async function readInstances(): Promise<readonly CircuitInstance[]> {
  return z.array(instanceSchema).parse(JSON.parse(await readFile(INSTANCES_FILE, "utf8")));
}

export async function findInstance(name: string): Promise<CircuitInstance> {
  const instances = await readInstances();
  const found = instances.find((instance) => instance.name === name);
  if (found !== undefined) return found;
  const known = instances.map((instance) => instance.name);
  throw new QuorateError<CircuitBuildErrorData>(
    { code: "circuit-unknown", instance: name, known },
    `no circuit is named ${name}: circuits/instances.json has ${known.join(", ")}`,
  );
}

/** The only place where `component main` exists: a build product. The order of the public inputs is C, x, y. */
export function mainSource({ template, nMax, k, lanes }: CircuitInstance): string {
  return `pragma circom 2.1.6;

include "${template}.circom";

component main {public [C, x, y]} = ${template}(${nMax}, ${k}, ${lanes});
`;
}

/** `median-n4-k3-v8` → `Groth16VerifierMedianN4K3V8`. */
export function verifierName({ name }: CircuitInstance): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Groth16Verifier${words.join("")}`;
}
