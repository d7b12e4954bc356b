import instances from "../../../circuits/instances.json" with { type: "json" };
import { type LocalCircuit, localCircuit, type LocalCircuitSpec } from "../../../core/aggregate/local-circuit.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { type CircuitName, digestOfKey } from "../circuit-files.ts";

export interface LocalCircuitUnknown {
  readonly code: "local-circuit-unknown";
  readonly circuit: string;
  readonly known: readonly string[];
}

/** `circuit` and `samples` as a source declares them, and as this release's circuit has them. */
export interface LocalCircuitMismatch {
  readonly code: "local-circuit-mismatch";
  readonly source: string;
  readonly declared: LocalCircuitClaim;
  readonly released: LocalCircuitClaim;
}

export interface LocalCircuitClaim {
  readonly circuit: string;
  /** k. */
  readonly samples: number;
}

type KnownSpec = LocalCircuitSpec & { readonly name: CircuitName };

const SPECS = instances.filter(({ template }) => template === "LocalAggregate") as KnownSpec[];

/** A circuit of this release for aggregates. @throws QuorateError<LocalCircuitUnknown> */
export function findLocalCircuit(name: string): LocalCircuit & { readonly name: CircuitName } {
  const spec = SPECS.find((one) => one.name === name);
  if (spec !== undefined) return { ...spec, noise: localCircuit(spec).noise };
  const known = SPECS.map((one) => one.name);
  const message = `this release has no circuit ${name} for aggregates: \`circuit\` may be ${known.join(", ")}`;
  throw new QuorateError<LocalCircuitUnknown>({ code: "local-circuit-unknown", circuit: name, known }, message);
}

/** What of a source's declaration says which circuit its device proves with. */
export interface DeclaredLocalCircuit {
  readonly id: string;
  readonly keyDigest: Hex;
  readonly samples: number;
  readonly terms: { readonly circuit: string };
}

/**
 * Holds a declaration against this release's circuits, where its key or its name is one of theirs: with another k the mean of
 * valid aggregates would be wrong. Of other circuits nothing is known here, and the manifest's publisher answers for k.
 * @throws QuorateError<LocalCircuitMismatch>
 */
export function requireLocalCircuit({ id, keyDigest, samples, terms: { circuit } }: DeclaredLocalCircuit): void {
  const known = SPECS.find(({ name }) => digestOfKey(name) === keyDigest) ?? SPECS.find(({ name }) => name === circuit);
  if (known === undefined || (known.name === circuit && known.samples === samples)) return;
  const [declared, released] = [
    { circuit, samples },
    { circuit: known.name, samples: known.samples },
  ];
  const message = `source ${id} declares ${samples} samples of the circuit ${circuit}, but its key or name is that of ${known.name}, of ${known.samples}: correct \`samples\`, \`circuit\` or \`keyDigest\``;
  throw new QuorateError<LocalCircuitMismatch>(
    { code: "local-circuit-mismatch", source: id, declared, released },
    message,
  );
}
