import type fc from "fast-check";
import { templateCircuit } from "../../support/circuits.ts";
import type { TestCircuit } from "../../support/circuits.ts";
import type { SignalValue, SignalValues } from "../../../node/prover/witness-calculator.ts";

/** Inputs of a template and the outputs that its twin computes from them: undefined where no witness may exist. */
export interface Case {
  readonly inputs: SignalValues;
  readonly outputs: readonly bigint[] | undefined;
}

/** A template with the TypeScript that computes the same. */
export interface Twin {
  readonly call: string;
  readonly circuit: () => Promise<TestCircuit>;
  readonly cases: fc.Arbitrary<Case>;
  /** Cases that are always tried. */
  readonly edges: readonly Case[];
  /** How many cases are tried besides: fewer of a template that takes long. */
  readonly isSlow: boolean;
}

export interface TwinOptions<Inputs extends SignalValues> {
  readonly call: string;
  readonly publicInputs?: readonly string[];
  /** The circuit, where it need not be compiled for this. */
  readonly circuit?: () => Promise<TestCircuit>;
  readonly inputs: fc.Arbitrary<Inputs>;
  readonly edges?: readonly Inputs[];
  readonly isSlow?: boolean;
  /** The twin: production code where there is some. */
  outputs(inputs: Inputs): SignalValue | undefined;
}

export function twin<Inputs extends SignalValues>(options: TwinOptions<Inputs>): Twin {
  const { call, publicInputs = [], edges = [], isSlow = false } = options;
  const caseOf = (inputs: Inputs): Case => {
    const outputs = options.outputs(inputs);
    return { inputs, outputs: outputs === undefined ? undefined : flat(outputs) };
  };
  const circuit = options.circuit ?? (() => templateCircuit(call, publicInputs));
  return { call, circuit, isSlow, cases: options.inputs.map(caseOf), edges: edges.map(caseOf) };
}

function flat(value: SignalValue): bigint[] {
  return typeof value === "bigint" ? [value] : value.flatMap(flat);
}
