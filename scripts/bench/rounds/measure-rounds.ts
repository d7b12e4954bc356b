import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { DevNetwork } from "../../devnet/network.ts";
import type { BenchError } from "../errors.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";
import { type NodeUse, readNodeUse } from "./node-use.ts";
import { followRounds } from "./follow-rounds.ts";
import type { RoundRecorder, RoundSample } from "./round-recorder.ts";

export interface MeasureOptions {
  readonly rounds: number;
  /** Rounds before the measurement: compilers and pools are cold. */
  readonly warmUp: number;
  readonly directory: string;
}

export interface RoundsMeasured {
  readonly samples: readonly RoundSample[];
  /** Rounds that were started and never became final. */
  readonly lost: number;
  /** Per node, at the beginning and at the end of the measured rounds. */
  readonly uses: readonly { readonly before: NodeUse; readonly after: NodeUse }[];
}

const POLL_MS = 100;
/** Many epochs without a final round: none will come any more. */
const STALL_MS = 60_000;

/** Watches the rounds of a running network from outside. */
export async function measureRounds(
  network: DevNetwork,
  options: MeasureOptions,
  context: BenchContext,
): Promise<RoundsMeasured> {
  const { warmUp, rounds } = options;
  return followRounds(network, async (recorder) => {
    await untilFinal(recorder, { ...options, wanted: warmUp }, context);
    const lostBefore = recorder.lost();
    const before = await Promise.all(network.nodes.map(readNodeUse));
    await untilFinal(recorder, { ...options, wanted: warmUp + rounds }, context);
    const after = await Promise.all(network.nodes.map(readNodeUse));
    const uses = before.flatMap((use, member) => {
      const end = after[member];
      return end === undefined ? [] : [{ before: use, after: end }];
    });
    const samples = recorder.samples().slice(warmUp, warmUp + rounds);
    return { samples, lost: recorder.lost() - lostBefore, uses };
  });
}

async function untilFinal(
  recorder: RoundRecorder,
  { wanted, directory }: MeasureOptions & { readonly wanted: number },
  { progress, signal }: BenchContext,
): Promise<void> {
  let seen = recorder.samples().length;
  let lastNews = Date.now();
  while (seen < wanted) {
    requireUnstopped(signal);
    await delay(POLL_MS);
    const now = recorder.samples().length;
    if (now > seen) lastNews = Date.now();
    if (Math.floor(now / 10) > Math.floor(seen / 10)) progress(`${now} of ${wanted} rounds`);
    seen = now;
    if (Date.now() - lastNews <= STALL_MS) continue;
    throw new QuorateError<BenchError>(
      { code: "rounds-stalled", directory, seconds: STALL_MS / 1000 },
      `no round became final for ${STALL_MS / 1000} s: see the logs in ${directory}`,
    );
  }
}
