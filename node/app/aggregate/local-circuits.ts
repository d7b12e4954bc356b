import instances from "../../../circuits/instances.json" with { type: "json" };
import { type LocalCircuit, localCircuit, type LocalCircuitSpec } from "../../../core/aggregate/local-circuit.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CircuitName } from "../circuit-files.ts";

export interface LocalCircuitUnknown {
  readonly code: "local-circuit-unknown";
  readonly circuit: string;
  readonly known: readonly string[];
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
