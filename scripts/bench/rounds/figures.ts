import { faultyOf } from "../../devnet/committee.ts";
import type { Measurement } from "../result.ts";
import { summarise, tail } from "../statistics.ts";
import type { RoundsMeasured } from "./measure-rounds.ts";
import type { NodeUse } from "./node-use.ts";
import { TIMED_STAGES } from "./round-recorder.ts";
import type { Setting, Variant } from "./settings.ts";

const MEBIBYTE = 1024 * 1024;

export type Measured = { readonly setting: Setting; readonly variant: Variant } & RoundsMeasured;

/** The figures of one variant, in the order in which they are read. */
export function figuresOf(measured: Measured): Measurement[] {
  const { variant } = measured;
  return [
    ...latencyOf(measured),
    ...ageOf(measured),
    ...(variant.detailed ? stagesOf(measured) : []),
    ...trafficOf(measured),
    ...useOf(measured),
  ];
}

function latencyOf({ setting, variant: { name, delayMs }, samples, lost }: Measured): Measurement[] {
  const latency = { unit: "ms", samples: samples.flatMap(({ times }) => times.final ?? []) };
  const about = `RoundStart sent → final at ${quorumText(setting)}; ${conditionsText(setting, delayMs)}`;
  return [
    summarise({ ...latency, name: `${name}.latency.p50`, about }),
    tail({ ...latency, name: `${name}.latency.p99`, about: "the same, 99th percentile" }, 0.99),
    { name: `${name}.lost`, value: lost, unit: "rounds", about: "started, never final" },
  ];
}

/** Nodes ask their sources before a round starts, so its latency does not tell how old its data is. */
function ageOf({ setting, variant: { name }, samples }: Measured): Measurement[] {
  const ages = samples.flatMap(({ age }) => age ?? []);
  const about = `first request to any source → final at ${quorumText(setting)}: what the oldest datum's age is at most`;
  return ages.length === 0 ? [] : [summarise({ name: `${name}.age.p50`, unit: "ms", about, samples: ages })];
}

function quorumText({ nodes }: Pick<Setting, "nodes">): string {
  return `${2 * faultyOf(nodes) + 1} of ${nodes} nodes`;
}

/** What a reader must know to compare: a node observes when all 32 answers of its sources are there, or have failed. */
function conditionsText({ sources }: Setting, delayMs: number | undefined): string {
  const market =
    sources === "calm"
      ? "sources answer at once, no faults"
      : "sources as recorded, 2 … 25 ms, 2 % faults up to the time-out of 500 ms";
  const links = delayMs === undefined ? "loopback" : `${delayMs} ms one-way between any two nodes`;
  return `8 feeds, each node waits for 4 sources per feed; ${market}; 20 ms grace included; ${links}; all on this machine`;
}

/** A stage that too few nodes told of has no figure. */
function stagesOf({ setting, variant: { name }, samples }: Measured): Measurement[] {
  const about = (stage: string) => `RoundStart sent → ${stage} at ${quorumText(setting)}`;
  return TIMED_STAGES.map((stage) => ({ stage, times: samples.flatMap(({ times }) => times[stage] ?? []) }))
    .filter(({ times }) => times.length > 0)
    .map(({ stage, times }) =>
      summarise({ name: `${name}.stage.${stage}`, unit: "ms", about: about(stage), samples: times }),
    );
}

/** Frames and their bytes as the protocol sends them: without Noise, Yamux and TCP around them. */
function trafficOf({ variant: { name }, uses }: Measured): Measurement[] {
  const perRound = (counter: (use: NodeUse) => number) =>
    uses.reduce(
      (sum, { before, after }) => sum + (counter(after) - counter(before)) / (after.finals - before.finals),
      0,
    );
  const [bytes, frames] = [perRound(({ bytesOut }) => bytesOut), perRound(({ framesOut }) => framesOut)];
  return [
    {
      name: `${name}.bytes`,
      value: Math.round(bytes),
      unit: "B/round",
      about: "sent by all nodes together, protocol frames",
    },
    { name: `${name}.frames`, value: Math.round(frames), unit: "frames/round", about: "sent by all nodes together" },
  ];
}

function useOf({ variant: { name, detailed }, uses }: Measured): Measurement[] {
  const cpu = (seconds: (use: NodeUse) => number | undefined) =>
    uses.flatMap(({ before, after }) => {
      const [from, to] = [seconds(before), seconds(after)];
      return from === undefined || to === undefined ? [] : [(1000 * (to - from)) / (after.finals - before.finals)];
    });
  const memory = (bytes: (use: NodeUse) => number | undefined) =>
    detailed ? uses.flatMap(({ after }) => (bytes(after) ?? NaN) / MEBIBYTE).filter(Number.isFinite) : [];
  const figures = [
    { name: "cpu.node", unit: "ms/round", samples: cpu((use) => use.cpuSeconds), about: "CPU of one node's process" },
    {
      name: "cpu.sandbox",
      unit: "ms/round",
      samples: cpu((use) => use.sandbox?.cpuSeconds),
      about: "CPU of its sandbox",
    },
    { name: "memory.node", unit: "MiB", samples: memory((use) => use.residentBytes), about: "resident, at the end" },
    {
      name: "memory.sandbox",
      unit: "MiB",
      samples: memory((use) => use.sandbox?.residentBytes),
      about: "resident, at the end",
    },
  ];
  return figures
    .filter(({ samples }) => samples.length > 0)
    .map((figure) => summarise({ ...figure, name: `${name}.${figure.name}`, digits: 1 }));
}
