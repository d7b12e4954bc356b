import path from "node:path";
import { NODE_COUNT } from "../../devnet/network.ts";
import type { Bench, Measurement } from "../result.ts";
import { summarise, tail } from "../statistics.ts";
import { measureRounds, type RoundsMeasured } from "./measure-rounds.ts";
import type { NodeUse } from "./node-use.ts";
import { TIMED_STAGES } from "./round-recorder.ts";

const ROUNDS = 60;
const FULL_ROUNDS = 500;
const WARM_UP = 10;
const MEBIBYTE = 1024 * 1024;
const N = NODE_COUNT;
const QUORUM = "RoundStart sent → final at 3 of 4 nodes, 8 feeds, 20 ms grace included";

/** Rounds of real node processes over libp2p on loopback, with the replayed market. */
export const roundsBench: Bench = {
  name: "rounds",
  description: "latency, traffic, CPU and memory of rounds of four nodes on loopback",
  async run(context) {
    const options = { rounds: context.full ? FULL_ROUNDS : ROUNDS, warmUp: WARM_UP };
    const variant = (name: string, calm: boolean) =>
      measureRounds({ ...options, calm, directory: path.join(context.directory, name) }, context);
    const recorded = await variant("recorded", false);
    const calm = await variant("calm", true);
    return [
      ...figuresOf(`rounds.n${N}`, recorded, "sources as recorded: 2 … 25 ms, 2 % faults"),
      ...figuresOf(`rounds.n${N}.calm`, calm, "sources answer at once, no faults"),
    ];
  },
};

function figuresOf(prefix: string, measured: RoundsMeasured, sources: string): Measurement[] {
  const { samples, lost } = measured;
  const finals = samples.flatMap(({ times }) => times.final ?? []);
  const latency = { unit: "ms", samples: finals };
  return [
    summarise({ ...latency, name: `${prefix}.latency.p50`, about: `${QUORUM}; ${sources}` }),
    tail({ ...latency, name: `${prefix}.latency.p99`, about: "the same, 99th percentile" }, 0.99),
    { name: `${prefix}.lost`, value: lost, unit: "rounds", about: "started, never final" },
    ...TIMED_STAGES.map((stage) =>
      summarise({
        name: `${prefix}.stage.${stage}`,
        unit: "ms",
        about: `RoundStart sent → ${stage} at 3 of 4 nodes`,
        samples: samples.flatMap(({ times }) => times[stage] ?? []),
      }),
    ),
    ...trafficOf(prefix, measured),
    ...useOf(prefix, measured),
  ];
}

/** Frames and their bytes as the protocol sends them: without Noise, Yamux and TCP around them. */
function trafficOf(prefix: string, { uses }: RoundsMeasured): Measurement[] {
  const perRound = (counter: (use: NodeUse) => number) =>
    uses.reduce(
      (sum, { before, after }) => sum + (counter(after) - counter(before)) / (after.finals - before.finals),
      0,
    );
  const [bytes, frames] = [perRound(({ bytesOut }) => bytesOut), perRound(({ framesOut }) => framesOut)];
  return [
    {
      name: `${prefix}.bytes`,
      value: Math.round(bytes),
      unit: "B/round",
      about: "sent by all nodes together, protocol frames",
    },
    { name: `${prefix}.frames`, value: Math.round(frames), unit: "frames/round", about: "sent by all nodes together" },
  ];
}

function useOf(prefix: string, { uses }: RoundsMeasured): Measurement[] {
  const cpu = (seconds: (use: NodeUse) => number | undefined) =>
    uses.flatMap(({ before, after }) => {
      const [from, to] = [seconds(before), seconds(after)];
      return from === undefined || to === undefined ? [] : [(1000 * (to - from)) / (after.finals - before.finals)];
    });
  const memory = (bytes: (use: NodeUse) => number | undefined) =>
    uses.flatMap(({ after }) => {
      const value = bytes(after);
      return value === undefined ? [] : [value / MEBIBYTE];
    });
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
    .map((figure) => summarise({ ...figure, name: `${prefix}.${figure.name}`, digits: 1 }));
}
