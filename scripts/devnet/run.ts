import { setTimeout as delay } from "node:timers/promises";
import { Contract } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { lendingMarketAbi } from "../../node/chain/generated/abi.ts";
import { ensureContracts } from "../toolchain/contracts.ts";
import { ensureCircuits } from "../circuits/ensure-circuits.ts";
import { ChainObserver } from "./chain/chain-observer.ts";
import { KillLeader } from "./faults/kill-leader.ts";
import { LIAR_MEMBER, LIAR_SCRIPT } from "./faults/liar.ts";
import { Ledger } from "./ledger.ts";
import { CIRCUIT, type DevNetwork, startNetwork, type Stoppable } from "./network.ts";
import type { NodeEvent, NodeStatus } from "./nodes/admin-client.ts";
import type { DevnetOptions } from "./options.ts";
import { Timeline } from "./timeline.ts";

export type DevnetError =
  | { readonly code: "node-ended"; readonly node: string; readonly logFile: string }
  | { readonly code: "nodes-not-ready"; readonly directory: string }
  | { readonly code: "stalled"; readonly directory: string; readonly seconds: number };

/** What a lending market on the chain says right now. */
export interface MarketState {
  /** Scaled by the feed's decimals; undefined while the market refuses. */
  readonly price: bigint | undefined;
  /** The contract's error while it refuses. */
  readonly refusal: string | undefined;
}

/** Everything about a run that a view, a check or the final document may want. Updated in place. */
export interface DevnetRun {
  readonly options: DevnetOptions;
  readonly directory: string;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  stage: string;
  /** How much of the stage is done, 0…1, where that is known. */
  progress: number | undefined;
  network: DevNetwork | undefined;
  statuses: readonly (NodeStatus | undefined)[];
  market: MarketState;
  killLeader: KillLeader | undefined;
}

export interface DevnetDeps {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Something changed. */
  onChange(run: DevnetRun): void;
}

const POLL_MS = 150;
const READY_TIMEOUT_MS = 60_000;
/** Fifteen rounds without a new report or proof: nothing will come any more. */
const STALL_MS = 60_000;
const REFOLLOW_MS = 250;
/** Reports beyond the wanted ones in which a liar may still be heard. */
const MAX_ROUNDS_FOR_LIAR = 20;

/** Builds, starts, watches until the wanted rounds are proven, and hands the finished run to `finish` while all still runs. */
export async function runDevnet(
  setup: { options: DevnetOptions; directory: string },
  deps: DevnetDeps,
  finish: (run: DevnetRun) => Promise<void>,
): Promise<DevnetRun> {
  const { options } = setup;
  const run: DevnetRun = {
    ...setup,
    timeline: new Timeline(deps),
    ledger: new Ledger({ endless: options.rounds === undefined }),
    stage: "",
    progress: undefined,
    network: undefined,
    statuses: [],
    market: { price: undefined, refusal: undefined },
    killLeader: undefined,
  };
  const owned: Stoppable[] = [];
  try {
    await build(run, deps);
    enter(run, deps, "starting the network");
    const scripts = new Map(options.liar ? [[LIAR_MEMBER, LIAR_SCRIPT]] : []);
    const network = await startNetwork(
      { directory: setup.directory, seed: options.seed, scripts },
      { timeline: run.timeline, own: (part) => owned.push(part) },
    );
    run.network = network;
    if (options.killLeader)
      run.killLeader = new KillLeader(network, {
        sleep: (ms) => delay(ms, undefined, { signal: deps.signal }).catch(() => undefined),
      });
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

async function build(run: DevnetRun, deps: DevnetDeps): Promise<void> {
  enter(run, deps, "building contracts and circuit (the first time takes half a minute)");
  const contracts = ensureContracts().then(() => run.timeline.reach("contracts-built"));
  const circuits = ensureCircuits({
    instance: CIRCUIT,
    onProgress({ stage, fraction }) {
      enter(run, deps, `building the circuit: ${stage}`);
      run.progress = fraction;
      deps.onChange(run);
    },
  }).then(() => run.timeline.reach("circuits-built"));
  await Promise.all([contracts, circuits]);
}

function enter(run: DevnetRun, deps: DevnetDeps, stage: string): void {
  if (run.stage === stage) return;
  run.stage = stage;
  run.progress = undefined;
  deps.onChange(run);
}

async function watch(run: DevnetRun, network: DevNetwork, deps: DevnetDeps): Promise<void> {
  const following = new AbortController();
  const followers = network.nodes.map((_, member) =>
    followNode(run, { network, member, signal: AbortSignal.any([following.signal, deps.signal]) }),
  );
  try {
    enter(run, deps, "waiting for the nodes");
    await untilReady(run, network, deps);
    enter(run, deps, "running");
    await watchChain(run, network, deps);
  } finally {
    following.abort();
    await Promise.all(followers);
  }
}

async function untilReady(run: DevnetRun, { nodes }: DevNetwork, deps: DevnetDeps): Promise<void> {
  const deadline = deps.now() + READY_TIMEOUT_MS;
  while (!deps.signal.aborted) {
    requireRunning(run, nodes);
    if ((await Promise.all(nodes.map(({ admin }) => admin.ready()))).every(Boolean)) {
      run.timeline.reach("nodes-ready");
      return;
    }
    if (deps.now() > deadline) {
      throw new QuorateError<DevnetError>(
        { code: "nodes-not-ready", directory: run.directory },
        `the nodes were not ready within ${READY_TIMEOUT_MS / 1000} s: see the logs in ${run.directory}`,
      );
    }
    await delay(POLL_MS);
  }
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

/** The wanted number of first reports is proven, and a fault that was asked for has run its course. */
function isDone({ options, ledger, killLeader }: DevnetRun): boolean {
  const { rounds } = options;
  if (rounds === undefined || (options.liar && !liarHadItsChance(ledger, rounds))) return false;
  if (killLeader !== undefined && !killLeader.finished) return false;
  const rejoinedAt = killLeader?.record?.rejoinedAt ?? 0n;
  const wanted = ledger.provable.slice(0, rounds);
  const proven =
    wanted.length === rounds && wanted.every(({ proof, view }) => proof !== undefined && view !== undefined);
  return proven && ledger.rounds.some(({ transmission }) => transmission.sequence >= rejoinedAt);
}

/** Each round takes three of four observations: by chance a short run may end before one of the liar's counts. */
function liarHadItsChance(ledger: Ledger, rounds: number): boolean {
  const heard = ledger.rounds.some(({ view }) => view?.observations.some(({ observer }) => observer === LIAR_MEMBER));
  return heard || ledger.rounds.length >= rounds + MAX_ROUNDS_FOR_LIAR;
}

/** A killed node is down on purpose; any other that ends ends the run. */
function requireRunning({ killLeader }: DevnetRun, nodes: DevNetwork["nodes"]): void {
  const record = killLeader?.record;
  const ended = nodes.find(({ running }, member) => !running && !(record?.member === member && !killLeader?.finished));
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
  { network, member, signal }: { network: DevNetwork; member: number; signal: AbortSignal },
): Promise<void> {
  const node = network.nodes[member];
  while (!signal.aborted && node !== undefined) {
    await node.admin.follow((event) => onNodeEvent(run, member, event), signal);
    await delay(REFOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

function onNodeEvent(run: DevnetRun, member: number, event: NodeEvent): void {
  run.killLeader?.onEvent(member, event);
  if (event.type !== "proof") return;
  run.ledger.amend(BigInt(event.sequence), {
    proving: { witnessMs: Number(event.witnessMs), proveMs: Number(event.proveMs) },
  });
}

async function readMarket({ provider, deployment }: DevNetwork): Promise<MarketState> {
  if (deployment.market === undefined) return { price: undefined, refusal: "no market" };
  const market = new Contract(deployment.market, lendingMarketAbi, provider);
  try {
    return { price: (await market.getFunction("price").staticCall()) as bigint, refusal: undefined };
  } catch (error) {
    const revert = (error as { revert?: { name?: string } | null }).revert;
    return { price: undefined, refusal: revert?.name ?? "refused" };
  }
}
