import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { DevNetwork } from "../../devnet/network.ts";
import type { BenchError } from "../errors.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext, Measurement } from "../result.ts";
import { median } from "../statistics.ts";
import { type NodeUse, readNodeUse } from "./node-use.ts";

const MEBIBYTE = 1024 * 1024;
const POLL_MS = 2_000;
/** Garbage comes and goes: of several looks the lowest counts. */
const LOOKS = 5;
/** No round of any node in so long a time: none will come. */
const STALL_MS = 60_000;

export interface EnduranceOptions {
  /** Rounds after which memory is compared. */
  readonly early: number;
  readonly late: number;
  readonly directory: string;
}

/** What the nodes hold in memory after many rounds, against what they held after some. */
export async function measureEndurance(
  network: DevNetwork,
  { early, late, directory }: EnduranceOptions,
  context: BenchContext,
): Promise<Measurement[]> {
  const first = await residentAfter(network, { rounds: early, directory }, context);
  const last = await residentAfter(network, { rounds: late, directory }, context);
  const about = (rounds: number) => `resident in one node's process after ${rounds} rounds, median of the nodes`;
  const growth = median(last.map((bytes, node) => bytes / (first[node] ?? NaN)));
  return [
    figure(`rounds.endurance.memory.after${early}`, "MiB", { value: median(first) / MEBIBYTE, about: about(early) }),
    figure(`rounds.endurance.memory.after${late}`, "MiB", { value: median(last) / MEBIBYTE, about: about(late) }),
    figure("rounds.endurance.memory.growth", "×", {
      value: growth,
      about: `after ${late} rounds against after ${early}`,
    }),
  ];
}

function figure(name: string, unit: string, { value, about }: { value: number; about: string }): Measurement {
  return { name, value: Number(value.toFixed(2)), unit, about };
}

/** Per node the least resident memory of some looks, once each has seen so many finals. */
async function residentAfter(
  { nodes }: DevNetwork,
  { rounds, directory }: { rounds: number; directory: string },
  context: BenchContext,
): Promise<number[]> {
  let uses = await Promise.all(nodes.map(readNodeUse));
  let lastNews = Date.now();
  for (let seen = fewest(uses); seen < rounds; seen = fewest(uses)) {
    requireUnstopped(context.signal);
    await delay(POLL_MS);
    uses = await Promise.all(nodes.map(readNodeUse));
    if (fewest(uses) > seen) lastNews = Date.now();
    if (Math.floor(fewest(uses) / 500) > Math.floor(seen / 500))
      context.progress(`${fewest(uses)} of ${rounds} rounds`);
    if (Date.now() - lastNews > STALL_MS) {
      throw new QuorateError<BenchError>(
        { code: "rounds-stalled", directory, seconds: STALL_MS / 1000 },
        `no round became final for ${STALL_MS / 1000} s: see the logs in ${directory}`,
      );
    }
  }
  for (let look = 1; look < LOOKS; look++) {
    await delay(POLL_MS);
    const next = await Promise.all(nodes.map(readNodeUse));
    uses = uses.map((use, node) => {
      const other = next[node];
      return other !== undefined && other.residentBytes < use.residentBytes ? other : use;
    });
  }
  return uses.map(({ residentBytes }) => residentBytes);
}

function fewest(uses: readonly NodeUse[]): number {
  return Math.min(...uses.map(({ finals }) => finals));
}
