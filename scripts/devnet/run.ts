import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { ensureContracts } from "../toolchain/contracts.ts";
import { ensureCircuits } from "../circuits/ensure-circuits.ts";
import { ChainObserver } from "./chain/chain-observer.ts";
import { type MarketState, readMarket } from "./chain/market.ts";
import { circuitOf, USUAL_CIRCUIT } from "./committee.ts";
import { FIRST_MEMBERS } from "./committee-change.ts";
import type { Episode } from "./episode.ts";
import { scriptsOf, startEpisodes } from "./episodes.ts";
import { Ledger } from "./ledger.ts";
import { type DevNetwork, startNetwork, type Stoppable } from "./network.ts";
import type { NodeEvent, NodeStatus } from "./nodes/admin-client.ts";
import type { NodeProcess } from "./nodes/node-process.ts";
import { type DevnetOptions, processesOf, whyUnproven } from "./options.ts";
import { RoundBook } from "./round-book.ts";
import { Timeline } from "./timeline.ts";

export type DevnetError =
  | { readonly code: "node-ended"; readonly node: string; readonly logFile: string }
  | { readonly code: "nodes-not-ready"; readonly directory: string }
  | { readonly code: "stalled"; readonly directory: string; readonly seconds: number };

/** Everything about a run that a view, a check or the final document may want. Updated in place. */
export interface DevnetRun {
  readonly options: DevnetOptions;
  /** Whether its reports are proven. */
  readonly proving: boolean;
  readonly directory: string;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly book: RoundBook;
  stage: string;
  /** How much of the stage is done, 0…1, where that is known. */
  progress: number | undefined;
  network: DevNetwork | undefined;
  statuses: readonly (NodeStatus | undefined)[];
  market: MarketState;
  episodes: readonly Episode[];
}

export interface DevnetDeps {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Something changed. */
  onChange(run: DevnetRun): void;
}

const POLL_MS = 150;
/** Seven processes on a slow and busy machine. */
const READY_TIMEOUT_MS = 120_000;
/** Fifteen rounds without a new report or proof: nothing will come any more. */
const STALL_MS = 60_000;
const REFOLLOW_MS = 250;

/** Builds, starts, watches until the wanted rounds are proven, and hands the finished run to `finish` while all still runs. */
export async function runDevnet(
  setup: { options: DevnetOptions; directory: string },
  deps: DevnetDeps,
  finish: (run: DevnetRun) => Promise<void>,
): Promise<DevnetRun> {
  const run = newRun(setup, deps);
  const owned: Stoppable[] = [];
  try {
    await build(run, deps);
    enter(run, deps, "starting the network");
    const network = await startNetwork(networkOptions(run), {
      timeline: run.timeline,
      own: (part) => void owned.push(part),
    });
    run.network = network;
    await watch(run, network, deps);
    if (deps.signal.aborted) return run;
    run.timeline.reach("done");
    await finish(run);
    return run;
  } catch (error) {
    // A Ctrl-C reaches the children too: one that ends while it is still waited for is no failure then.
    if (!deps.signal.aborted) throw error;
    return run;
  } finally {
    enter(run, deps, "stopping");
    // Nodes first, then what they stand on; each ends its own children.
    for (const part of owned.toReversed()) await part.stop();
  }
}

function newRun(setup: { options: DevnetOptions; directory: string }, deps: DevnetDeps): DevnetRun {
  return {
    ...setup,
    proving: whyUnproven(setup.options) === undefined,
    timeline: new Timeline(deps),
    ledger: new Ledger({ endless: setup.options.rounds === undefined }),
    book: new RoundBook(),
    stage: "",
    progress: undefined,
    network: undefined,
    statuses: [],
    market: { price: undefined, refusal: undefined },
    episodes: [],
  };
}

function networkOptions({ options, directory, proving }: DevnetRun) {
  return {
    ...{ directory, seed: options.seed, proving, nodes: processesOf(options), scripts: scriptsOf(options) },
    publish: true,
    ...(options.changeCommittee ? { members: FIRST_MEMBERS } : {}),
    ...(options.partition ? { links: { delayMs: 0 } } : {}),
  };
}

async function build(run: DevnetRun, deps: DevnetDeps): Promise<void> {
  const what = run.proving ? "contracts and circuit" : "contracts";
  enter(run, deps, `building ${what} (the first time takes half a minute)`);
  const contracts = ensureContracts().then(() => run.timeline.reach("contracts-built"));
  const circuits = run.proving
    ? ensureCircuits({
        instance: circuitOf(run.options.nodes) ?? USUAL_CIRCUIT,
        onProgress({ stage, fraction }) {
          enter(run, deps, `building the circuit: ${stage}`);
          run.progress = fraction;
          deps.onChange(run);
        },
      }).then(() => run.timeline.reach("circuits-built"))
    : undefined;
  await Promise.all([contracts, circuits]);
}

function enter(run: DevnetRun, deps: DevnetDeps, stage: string): void {
  if (run.stage === stage) return;
  run.stage = stage;
  run.progress = undefined;
  deps.onChange(run);
}

async function watch(run: DevnetRun, network: DevNetwork, deps: DevnetDeps): Promise<void> {
  const watching = new AbortController();
  const signal = AbortSignal.any([watching.signal, deps.signal]);
  const followers = network.nodes.map((_, node) => followNode(run, { network, node, signal }));
  try {
    enter(run, deps, "waiting for the nodes");
    await untilReady(run, network, deps);
    enter(run, deps, "running");
    const { book, ledger, options } = run;
    const sleep = (ms: number) => delay(ms, undefined, { signal });
    run.episodes = startEpisodes(options, { network, book, ledger, now: deps.now, sleep });
    await watchChain(run, network, deps);
  } finally {
    watching.abort();
    await Promise.all(followers);
  }
}

/** The first committee's nodes: others have nothing to be ready for. */
async function untilReady(run: DevnetRun, { nodes, committees }: DevNetwork, deps: DevnetDeps): Promise<void> {
  const deadline = deps.now() + READY_TIMEOUT_MS;
  const members = committees[0]?.nodes ?? [];
  while (!deps.signal.aborted) {
    requireRunning(run, nodes);
    if ((await Promise.all(members.map(({ admin }) => admin.ready()))).every(Boolean)) {
      run.timeline.reach("nodes-ready");
      return;
    }
    if (deps.now() > deadline) {
      const reasons = (await Promise.all(members.map(whyNotReady))).flat().join("; ");
      throw new QuorateError<DevnetError>(
        { code: "nodes-not-ready", directory: run.directory },
        `the nodes were not ready within ${READY_TIMEOUT_MS / 1000} s (${reasons}): see the logs in ${run.directory}`,
      );
    }
    await delay(POLL_MS);
  }
}

async function whyNotReady({ name, admin }: Pick<NodeProcess, "name" | "admin">): Promise<string[]> {
  const reasons = (await admin.unreadyReasons()) ?? ["does not answer"];
  return reasons.map((reason) => `${name}: ${reason}`);
}

async function watchChain(run: DevnetRun, network: DevNetwork, deps: DevnetDeps): Promise<void> {
  const { provider, deployment } = network;
  let lastNews = deps.now();
  const news = (): void => {
    lastNews = deps.now();
  };
  const observer = new ChainObserver(deployment, {
    provider,
    now: deps.now,
    committeeOf(configIndex) {
      const committee = network.committees.find(({ configuration }) => configuration.index === configIndex);
      if (committee === undefined) throw new TypeError(`configuration ${configIndex} was never put in force here`);
      return { digest: committee.digest, lanes: committee.configuration.lanes };
    },
    onTransmission(seen) {
      run.timeline.reach("first-transmitted");
      if (run.ledger.transmitted(seen)) news();
    },
    onProof(proof) {
      run.timeline.reach("first-proven");
      run.ledger.amend(proof.sequence, { proof });
      news();
    },
  });
  while (!deps.signal.aborted && !isDone(run)) {
    requireRunning(run, network.nodes);
    await observer.poll();
    await completeViews(run, network);
    run.statuses = await Promise.all(network.nodes.map(({ admin }) => admin.status()));
    run.market = await readMarket(network);
    deps.onChange(run);
    if (deps.now() - lastNews > STALL_MS) {
      throw new QuorateError<DevnetError>(
        { code: "stalled", directory: run.directory, seconds: STALL_MS / 1000 },
        `no report was transmitted or proven for ${STALL_MS / 1000} s: see the logs in ${run.directory}`,
      );
    }
    await delay(POLL_MS);
  }
}

/** The wanted number of first reports is proven, a dApp can read a price of them, and what was asked for has run its course. */
function isDone({ options: { rounds }, ledger, proving, market, episodes }: DevnetRun): boolean {
  if (rounds === undefined || episodes.some(({ finished }) => !finished)) return false;
  const wanted = (proving ? ledger.provable : ledger.rounds).slice(0, rounds);
  const complete = wanted.every(({ proof, view }) => view !== undefined && (!proving || proof !== undefined));
  // Proofs that came too late for the market's age limit are followed by younger ones.
  const readable = !proving || market.price !== undefined;
  return wanted.length === rounds && complete && readable;
}

/** A killed node is down on purpose; any other that ends ends the run. */
function requireRunning({ episodes }: DevnetRun, nodes: DevNetwork["nodes"]): void {
  const mayBeDown = (node: number) => episodes.some((episode) => episode.plightOf(node)?.down === true);
  const ended = nodes.find(({ running }, node) => !running && !mayBeDown(node));
  if (ended === undefined) return;
  throw new QuorateError<DevnetError>(
    { code: "node-ended", node: ended.name, logFile: ended.logFile },
    `${ended.name} ended unexpectedly: see ${ended.logFile}`,
  );
}

/** Asks the nodes, the round's leader first, who observed what. */
async function completeViews(run: DevnetRun, { nodes }: DevNetwork): Promise<void> {
  for (const { transmission, view } of run.ledger.rounds) {
    if (view !== undefined) continue;
    const views = await Promise.all(nodes.map(({ admin }) => admin.round(transmission.sequence)));
    const known = views.filter((entry) => entry !== undefined);
    const best = known.find(({ stages }) => stages["round-started"] !== undefined) ?? known[0];
    if (best !== undefined) run.ledger.amend(transmission.sequence, { view: best });
  }
}

async function followNode(
  run: DevnetRun,
  { network, node: index, signal }: { network: DevNetwork; node: number; signal: AbortSignal },
): Promise<void> {
  const node = network.nodes[index];
  while (!signal.aborted && node !== undefined) {
    await node.admin.follow((event) => onNodeEvent(run, index, event), signal);
    await delay(REFOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

function onNodeEvent({ book, ledger, episodes }: DevnetRun, node: number, event: NodeEvent): void {
  book.note(node, event);
  for (const episode of episodes) episode.onEvent(node, event);
  if (event.type !== "proof") return;
  ledger.amend(BigInt(event.sequence), {
    proving: { witnessMs: Number(event.witnessMs), proveMs: Number(event.proveMs) },
  });
}
