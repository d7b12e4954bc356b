import Table from "cli-table3";
import type { Host } from "../bench/host.ts";
import { amountText } from "./amount.ts";
import type { NodeSample } from "./node-sample.ts";
import type { SoakRun } from "./soak.ts";
import type { Judgement } from "./verdict.ts";

/** What ran, and where. */
export interface SoakSubject {
  readonly minutes: number;
  readonly warmUp: number;
  readonly nodes: number;
  readonly commit: string;
  readonly host: Host;
}

export interface SoakDocument {
  readonly soak: SoakSubject & { readonly rounds: number; readonly lost: number };
  readonly passed: boolean;
  readonly failures: readonly string[];
  /** Growths and slopes are in bytes, or handles; a limit is null where the run was too short to judge. */
  readonly nodes: readonly {
    readonly name: string;
    readonly judgements: readonly Judgement[];
    /** The last one of each minute. */
    readonly samples: readonly NodeSample[];
    readonly missed: number;
  }[];
}

/** What `--json` prints. */
export function documentOf(
  { minutes, warmUp, nodes, commit, host }: SoakSubject,
  { verdict, rounds, records }: SoakRun,
): SoakDocument {
  return {
    soak: { minutes, warmUp, nodes, commit, host, rounds: rounds.started, lost: rounds.lost },
    passed: verdict.failures.length === 0,
    failures: verdict.failures,
    nodes: records.map(({ name, samples, missed }) => ({
      name,
      judgements: verdict.nodes.find((node) => node.name === name)?.judgements ?? [],
      samples: perMinute(samples),
      missed,
    })),
  };
}

/** What a person reads. */
export function tableOf({ verdict, rounds }: SoakRun): string {
  const table = new Table({
    head: ["node", "figure", "after warm-up", "growth", "per hour", "limit", ""],
    colAligns: ["left", "left", "right", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, judgements } of verdict.nodes)
    for (const judgement of judgements) table.push([name, ...rowOf(judgement)]);
  return `${table.toString()}\n${rounds.started} rounds, ${rounds.lost} lost`;
}

function rowOf({ figure, start, growth, slopePerHour, slopeError, limit, flat, unit }: Judgement): string[] {
  const show = (value: number) => amountText(value, unit);
  const judged = Number.isFinite(limit) ? [show(limit), flat ? "flat" : "GROWS"] : ["", "too short to judge"];
  return [figure, show(start), show(growth), `${show(slopePerHour)} ± ${show(slopeError)}`, ...judged];
}

function perMinute(samples: readonly NodeSample[]): NodeSample[] {
  return [...new Map(samples.map((sample) => [Math.floor(sample.minute), sample])).values()];
}
