import Table from "cli-table3";
import type { Host } from "./host.ts";
import type { BenchResult, Measurement } from "./result.ts";

export interface BenchDocument {
  readonly bench: string;
  readonly commit: string;
  readonly host: Host;
  readonly results: readonly BenchResult[];
}

export interface Findings extends Omit<BenchDocument, "results"> {
  readonly measurements: readonly Measurement[];
}

/** What `--json` prints. */
export function documentOf({ bench, commit, host, measurements }: Findings): BenchDocument {
  return { bench, commit, host, results: measurements.map(resultOf) };
}

/** In the order in which the figures are read, and without the words. */
function resultOf({ name, value, unit, ...rest }: Measurement): BenchResult {
  const { runs, min, max } = rest;
  return {
    name,
    value,
    unit,
    ...(runs !== undefined && { runs }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

/** Characters: the figures beside it need about as many. */
const ABOUT_COLUMNS = 64;

/** What a person reads. */
export function tableOf({ bench, commit, host, measurements }: Findings): string {
  const table = new Table({
    head: ["figure", "value", "min … max", "runs", "what it covers"],
    colAligns: ["left", "right", "right", "right", "left"],
    colWidths: [null, null, null, null, ABOUT_COLUMNS],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const measurement of measurements) table.push(rowOf(measurement));
  const { cpu, cores, node } = host;
  return `${bench} at ${commit}, ${cpu}, ${cores} cores, Node ${node}\n${table.toString()}`;
}

function rowOf({ name, value, unit, min, max, runs, about }: Measurement): string[] {
  const range = min === undefined || max === undefined ? "" : `${format(min)} … ${format(max)}`;
  return [name, `${format(value)} ${unit}`, range, runs === undefined ? "" : String(runs), about];
}

function format(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
