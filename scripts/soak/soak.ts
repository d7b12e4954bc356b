import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Timing } from "../../core/types/committee.ts";
import { followRounds } from "../bench/rounds/follow-rounds.ts";
import type { RoundRecorder } from "../bench/rounds/round-recorder.ts";
import { type DevNetwork, startNetwork, type Stoppable } from "../devnet/network.ts";
import { Timeline } from "../devnet/timeline.ts";
import { ensureContracts } from "../toolchain/contracts.ts";
import type { SoakError } from "./errors.ts";
import { type NodeSample, sampleNode } from "./node-sample.ts";
import { judge, type NodeRecord, type RoundCount, type Verdict } from "./verdict.ts";

/** Five times as many rounds an hour as the development timing has, and time left for a machine of two cores. */
const SOAK_TIMING: Timing = {
  deltaRound: 750,
  deltaGrace: 20,
  deltaProgress: 2_250,
  deltaResend: 750,
  deltaStage: 900,
  rMax: 100,
  window: 10,
};

const MS_PER_MINUTE = 60_000;
/** Several per minute, since the least of each minute counts. */
const SAMPLE_MS = 5_000;
const READY_TIMEOUT_MS = 90_000;
const POLL_MS = 250;

export interface SoakOptions {
  readonly minutes: number;
  /** Minutes at the beginning that do not count. */
  readonly warmUp: number;
  readonly nodes: number;
  /** Scratch folder of this run. */
  readonly directory: string;
}

export interface SoakDeps {
  readonly signal: AbortSignal;
  /** One line about what goes on. */
  progress(line: string): void;
}

export interface SoakRun {
  readonly verdict: Verdict;
  readonly rounds: RoundCount;
  /** Per node, in committee order. */
  readonly records: readonly NodeRecord[];
}

/** Runs a network of real node processes for some time and watches what they hold. Stops all that it started. */
export async function runSoak(options: SoakOptions, deps: SoakDeps): Promise<SoakRun> {
  requireProc();
  const owned: Stoppable[] = [];
  try {
    deps.progress(`starting ${options.nodes} nodes in ${options.directory}`);
    await ensureContracts();
    const network = await startNetwork(
      { ...options, seed: "soak", scripts: new Map(), timing: SOAK_TIMING, proving: false },
      { timeline: new Timeline({ now: Date.now }), own: (part) => owned.push(part) },
    );
    await untilReady(network, options, deps);
    return await followRounds(network, (recorder) => sampleAll(network, { ...options, recorder }, deps));
  } finally {
    deps.progress("stopping");
    for (const part of owned.toReversed()) await part.stop();
  }
}

async function untilReady(network: DevNetwork, { directory }: SoakOptions, deps: SoakDeps): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await Promise.all(network.nodes.map(({ admin }) => admin.ready()))).every(Boolean)) {
    requireGoingOn(network, deps);
    if (Date.now() > deadline) {
      const message = `the nodes did not get ready within ${READY_TIMEOUT_MS / 1000} s: see the logs in ${directory}`;
      throw new QuorateError<SoakError>({ code: "nodes-not-ready", directory }, message);
    }
    await delay(POLL_MS);
  }
}

async function sampleAll(
  network: DevNetwork,
  { minutes, warmUp, recorder }: SoakOptions & { readonly recorder: RoundRecorder },
  deps: SoakDeps,
): Promise<SoakRun> {
  const records = network.nodes.map(({ name }) => ({ name, samples: Array<NodeSample>(), missed: 0 }));
  const begin = Date.now();
  const minute = () => (Date.now() - begin) / MS_PER_MINUTE;
  let reported = 0;
  let before: RoundCount | undefined;
  while (minute() < minutes) {
    await delay(SAMPLE_MS, undefined, { signal: deps.signal }).catch(() => undefined);
    requireGoingOn(network, deps);
    const now = minute();
    if (before === undefined && now >= warmUp) before = countOf(recorder);
    const taken = await Promise.all(network.nodes.map((node) => sampleNode(node, now)));
    for (const [node, record] of records.entries()) {
      const sample = taken[node];
      if (sample === undefined) record.missed += 1;
      else record.samples.push(sample);
    }
    if (Math.floor(now) <= reported) continue;
    reported = Math.floor(now);
    deps.progress(`minute ${reported} of ${minutes}: ${describe(taken, countOf(recorder))}`);
  }
  const after = countOf(recorder);
  const rounds = { started: after.started - (before?.started ?? 0), lost: after.lost - (before?.lost ?? 0) };
  return { records, rounds, verdict: judge(records, { warmUp, rounds }) };
}

function countOf(recorder: RoundRecorder): RoundCount {
  const lost = recorder.lost();
  return { started: recorder.samples().length + lost, lost };
}

function describe(taken: readonly (NodeSample | undefined)[], { started, lost }: RoundCount): string {
  const show = (of: (sample: NodeSample) => number, digits = 0) =>
    taken.map((sample) => (sample === undefined ? "?" : of(sample).toFixed(digits))).join("/");
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  return [
    `${started} rounds, ${lost} lost`,
    `resident ${show((s) => mebibytes(s.resident))} MiB`,
    `heap ${show((s) => mebibytes(s.heap))}`,
    `sandbox ${show((s) => mebibytes(s.sandboxResident))}`,
    `descriptors ${show((s) => s.descriptors)}`,
    `loop p99 ${show((s) => s.loopDelayMs)} ms`,
    `database ${show((s) => mebibytes(s.database), 1)}`,
  ].join(", ");
}

function requireGoingOn({ nodes }: DevNetwork, { signal }: SoakDeps): void {
  if (signal.aborted) throw new QuorateError<SoakError>({ code: "interrupted" }, "stopped before the time was over");
  const ended = nodes.find(({ running }) => !running);
  if (ended === undefined) return;
  const { name: node, logFile } = ended;
  throw new QuorateError<SoakError>(
    { code: "node-ended", node, logFile },
    `${node} ended unexpectedly: see ${logFile}`,
  );
}

function requireProc(): void {
  if (process.platform === "linux") return;
  throw new QuorateError<SoakError>({ code: "no-proc" }, "processes are watched through /proc: run this on Linux");
}
