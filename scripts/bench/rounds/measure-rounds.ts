import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Timing } from "../../../core/types/committee.ts";
import { FAULTY, type DevNetwork, startNetwork, type Stoppable } from "../../devnet/network.ts";
import { Timeline } from "../../devnet/timeline.ts";
import { ensureContracts } from "../../toolchain/contracts.ts";
import type { BenchError } from "../errors.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";
import { type NodeUse, readNodeUse } from "./node-use.ts";
import { RoundRecorder, type RoundSample } from "./round-recorder.ts";

/**
 * Rounds follow soon, so that many are measured, yet not so soon that one which waits for the sources' time limit (500 ms)
 * is given up for the next: the slowest rounds count too. The grace period is part of a latency and stays; the rest is in
 * the proportions of the development timing.
 */
const BENCH_TIMING: Timing = {
  deltaRound: 750,
  deltaGrace: 20,
  deltaProgress: 2_250,
  deltaResend: 750,
  deltaStage: 900,
  rMax: 100,
  window: 10,
};

export interface RoundsOptions {
  readonly rounds: number;
  /** Rounds before the measurement: compilers and pools are cold. */
  readonly warmUp: number;
  /** Sources answer at once and without faults. */
  readonly calm: boolean;
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
const READY_TIMEOUT_MS = 60_000;
/** Many epochs without a final round: none will come any more. */
const STALL_MS = 30_000;

/** Runs four real nodes on loopback and watches their rounds from outside. Stops all that it started. */
export async function measureRounds(options: RoundsOptions, context: BenchContext): Promise<RoundsMeasured> {
  const { calm, directory } = options;
  const owned: Stoppable[] = [];
  try {
    context.progress("building the contracts");
    await ensureContracts();
    context.progress(calm ? "starting four nodes, calm sources" : "starting four nodes");
    const network = await startNetwork(
      { directory, seed: "bench", scripts: new Map(), timing: BENCH_TIMING, proving: false, calm },
      { timeline: new Timeline({ now: Date.now }), own: (part) => owned.push(part) },
    );
    await untilReady(network, options, context);
    return await watchRounds(network, options, context);
  } finally {
    for (const part of owned.toReversed()) await part.stop();
  }
}

async function untilReady(
  { nodes }: DevNetwork,
  { directory }: RoundsOptions,
  { signal }: BenchContext,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await Promise.all(nodes.map(({ admin }) => admin.ready()))).every(Boolean)) {
    requireUnstopped(signal);
    if (Date.now() > deadline || nodes.some(({ running }) => !running)) {
      throw new QuorateError<BenchError>(
        { code: "nodes-not-ready", directory },
        `the nodes did not get ready within ${READY_TIMEOUT_MS / 1000} s: see the logs in ${directory}`,
      );
    }
    await delay(POLL_MS);
  }
}

async function watchRounds(
  network: DevNetwork,
  options: RoundsOptions,
  context: BenchContext,
): Promise<RoundsMeasured> {
  const { warmUp, rounds } = options;
  const recorder = new RoundRecorder({ quorum: 2 * FAULTY + 1 });
  const following = new AbortController();
  const followers = network.nodes.map(({ admin }, member) =>
    admin.follow((event) => {
      if (event.type === "stage")
        recorder.note({ member, sequence: BigInt(event.sequence), stage: String(event.stage), at: event.at });
    }, following.signal),
  );
  try {
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
  } finally {
    following.abort();
    await Promise.all(followers);
  }
}

async function untilFinal(
  recorder: RoundRecorder,
  { wanted, directory }: RoundsOptions & { readonly wanted: number },
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
