import type { Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import type { CircuitMeasured } from "./measure-circuit.ts";
import type { ProofSetting } from "./settings.ts";

const MEBIBYTE = 1024 * 1024;

/** The figures of one circuit, in the order in which they are read. */
export function circuitFigures({ name, instance }: ProofSetting, measured: CircuitMeasured): Measurement[] {
  return [
    { name: `${name}.constraints`, value: measured.constraints, unit: "constraints", about: instance },
    ...timesOf(name, measured),
    ...sizesOf(name, measured),
    ...setupOf(name, measured),
  ];
}

function timesOf(name: string, { witnessMs, proveMs, wholeMs, stockMs, verifyMs }: CircuitMeasured): Measurement[] {
  const times = [
    { figure: "witness", samples: witnessMs, about: "witness, program kept in memory" },
    {
      figure: "prove",
      samples: proveMs,
      about: "proof from the witness, proving key kept in memory, lowered priority",
    },
    {
      figure: "whole",
      samples: wholeMs,
      about: "statement to verified proof, witness and both ways between processes included",
    },
    {
      figure: "stock",
      samples: stockMs,
      about: "stock snarkjs' groth16.fullProve in turn with ours: witness and proof",
    },
    { figure: "verify", samples: verifyMs, about: "as a consumer of the SDK verifies, in this process" },
  ];
  return times.map(({ figure, ...rest }) => summarise({ ...rest, name: `${name}.${figure}`, unit: "ms", digits: 1 }));
}

function sizesOf(name: string, measured: CircuitMeasured): Measurement[] {
  const mebibytes = [
    { figure: "memory", bytes: measured.peakMemory, about: "the prover's process at its highest" },
    { figure: "memory.stock", bytes: measured.stockPeakMemory, about: "stock snarkjs' process at its highest" },
    { figure: "size.zkey", bytes: measured.zkeyBytes, about: "proving key" },
    { figure: "size.program", bytes: measured.programBytes, about: "witness program" },
  ];
  return [
    ...mebibytes.map(({ figure, bytes, about }) => ({
      ...{ name: `${name}.${figure}`, value: Number((bytes / MEBIBYTE).toFixed(1)), unit: "MiB", about },
    })),
    { name: `${name}.size.vkey`, value: measured.verificationKeyBytes, unit: "B", about: "verification key as JSON" },
    {
      ...{ name: `${name}.gas`, value: measured.gas, unit: "gas" },
      about: "a transaction to the generated verifier alone: 21,000, calldata and the check",
    },
  ];
}

function setupOf(name: string, { setup }: CircuitMeasured): Measurement[] {
  const seconds = (ms: number) => Number((ms / 1000).toFixed(1));
  return [
    { name: `${name}.setup.compile`, value: seconds(setup.compile), unit: "s", about: "circom, with simplification" },
    {
      ...{ name: `${name}.setup.keys`, value: seconds(setup.setup + setup.export), unit: "s" },
      about: "development setup, verification key and verifier contract",
    },
  ];
}
