import { type AggregateMeasurement, measureLocalAggregate } from "../../../node/app/aggregate/measure.ts";
import { type BuiltInstance, ensureInstance } from "../../circuits/ensure-circuits.ts";
import type { BenchContext, Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import type { ProofSetting } from "./settings.ts";

const MEBIBYTE = 1024 * 1024;

/** What an edge device pays to publish a sum of its private samples, and what a reader gets. */
export async function localFigures(
  setting: ProofSetting,
  runs: number,
  context: BenchContext,
): Promise<readonly Measurement[]> {
  context.progress(`${setting.name}: ${setting.instance}`);
  const circuit = await ensureInstance({ instance: setting.instance });
  const { artifacts } = circuit;
  return figuresOf(setting, circuit, await measureLocalAggregate(setting.instance, { artifacts, runs }));
}

function figuresOf(
  { name, instance }: ProofSetting,
  { record }: BuiltInstance,
  measured: AggregateMeasurement,
): Measurement[] {
  const { samples, documentBytes, rawBytes, residentBytes, peakBytes } = measured;
  const times = [
    { figure: "witness", samples: measured.witnessMs, about: "witness, warm" },
    { figure: "prove", samples: measured.proveMs, about: "proof from the witness, warm" },
    { figure: "total", samples: measured.totalMs, about: `witness and proof of ${samples} samples, warm` },
    { figure: "verify", samples: measured.verifyMs, about: "a node's whole check of the document" },
  ];
  const mebibytes = (bytes: number) => Number((bytes / MEBIBYTE).toFixed(1));
  const sizes = [
    { figure: "memory", value: mebibytes(residentBytes), unit: "MiB", about: "resident after the last proof" },
    { figure: "memory.peak", value: mebibytes(peakBytes), unit: "MiB", about: "resident at its highest" },
    {
      figure: "document",
      value: documentBytes,
      unit: "B",
      about: "what the device uploads, JSON: proof and statement",
    },
    { figure: "samples", value: rawBytes, unit: "B", about: `what ${samples} samples take in binary, unpublished` },
    {
      ...{ figure: "upload", value: Number((documentBytes / rawBytes).toFixed(2)), unit: "ratio" },
      about: "document to samples: below 1 from some 185 samples on",
    },
  ];
  return [
    { name: `${name}.constraints`, value: record.constraints, unit: "constraints", about: instance },
    ...times.map(({ figure, ...rest }) => summarise({ ...rest, name: `${name}.${figure}`, unit: "ms", digits: 1 })),
    ...sizes.map(({ figure, ...rest }) => ({ ...rest, name: `${name}.${figure}` })),
  ];
}
