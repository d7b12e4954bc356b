import { readFile } from "node:fs/promises";
import { z } from "zod";
import { localCircuit } from "../../core/aggregate/local-circuit.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "./errors.ts";
import { INSTANCES_FILE } from "./paths.ts";

const named = {
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Built when it is asked for, and not with the rest. */
  onDemand: z.boolean().default(false),
};

const medianProof = z
  .strictObject({
    ...named,
    template: z.literal("MedianProof"),
    nMax: z.int().min(4).max(31),
    k: z.int().min(3).max(21),
    lanes: z.int().min(1).max(32),
  })
  .refine(({ nMax, k }) => k % 2 === 1 && k <= nMax, "k = 2f + 1 must be odd and at most nMax");

const localAggregate = z.strictObject({
  ...named,
  template: z.literal("LocalAggregate"),
  // Bounds are `localCircuit`'s.
  samples: z.int(),
  bits: z.int(),
  epsilon: z.string(),
  deltaBits: z.int(),
});

const instanceSchema = z.discriminatedUnion("template", [medianProof, localAggregate]);

/** A circuit that is built: a template with its parameters. */
export type CircuitInstance = Readonly<z.infer<typeof instanceSchema>>;
type Template = CircuitInstance["template"];
export type InstanceOf<T extends Template> = Extract<CircuitInstance, { template: T }>;

/** How a template becomes a circuit. */
interface Main<T extends Template> {
  /** In the order in which verifiers take them. */
  readonly publicInputs: readonly string[];
  /** Of the template, as circom writes them. */
  readonly parameters: (instance: InstanceOf<T>) => readonly unknown[];
  /** Whether contracts verify its proofs. */
  readonly onChain: boolean;
}

const MAINS: { readonly [T in Template]: Main<T> } = {
  MedianProof: {
    publicInputs: ["C", "x", "y"],
    parameters: ({ nMax, k, lanes }) => [nMax, k, lanes],
    onChain: true,
  },
  LocalAggregate: {
    publicInputs: ["context", "commitment", "value"],
    parameters(instance) {
      const { samples, bits, noise } = localCircuit(instance);
      return [samples, bits, noise.length - 2, `[${noise.join(", ")}]`];
    },
    onChain: false,
  },
};

export async function readInstances(): Promise<readonly CircuitInstance[]> {
  return z.array(instanceSchema).parse(JSON.parse(await readFile(INSTANCES_FILE, "utf8")));
}

/** Those that every checkout builds. */
export async function usualInstances(): Promise<readonly CircuitInstance[]> {
  return (await readInstances()).filter(({ onDemand }) => !onDemand);
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

/** One that proves medians. Throws `circuit-other-template` for any other. */
export async function findMedianInstance(name: string): Promise<InstanceOf<"MedianProof">> {
  const instance = await findInstance(name);
  if (instance.template === "MedianProof") return instance;
  throw new QuorateError<CircuitBuildErrorData>(
    { code: "circuit-other-template", instance: name, template: instance.template },
    `${name} is a circuit of ${instance.template}, which proves no medians: name one of MedianProof`,
  );
}

/** The only place where `component main` exists: a build product. */
export function mainSource(instance: CircuitInstance): string {
  const { publicInputs, parameters } = mainOf(instance);
  const values = parameters(instance).join(", ");
  return `pragma circom 2.1.6;

include "${instance.template}.circom";

component main {public [${publicInputs.join(", ")}]} = ${instance.template}(${values});
`;
}

/** Whether contracts verify a circuit's proofs, with a verifier that is generated for it. */
export function hasVerifier(instance: CircuitInstance): boolean {
  return mainOf(instance).onChain;
}

/** `median-n4-k3-v8` → `Groth16VerifierMedianN4K3V8`. */
export function verifierName({ name }: CircuitInstance): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Groth16Verifier${words.join("")}`;
}

function mainOf<T extends Template>(instance: InstanceOf<T>): Main<T> {
  return MAINS[instance.template];
}
