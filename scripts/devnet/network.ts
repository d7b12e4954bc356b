import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Contract, JsonRpcProvider, Network, parseEther, type Signer, toQuantity } from "ethers";
import type { Configuration, Timing } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readManifest } from "../../node/config/manifest.ts";
import { committeeRegistryAbi } from "../../node/chain/generated/abi.ts";
import { circuitVerifier } from "../deploy/circuit-verifier.ts";
import { configureCommittee } from "../deploy/configure.ts";
import type { Deployment } from "../deploy/deploy.ts";
import type { ChainReply } from "./chain/messages.ts";
import { type Child, spawnChild } from "./child.ts";
import { circuitOf, configurationOf, type DevCommittee, USUAL_CIRCUIT, USUAL_SIZE } from "./committee.ts";
import { DEVELOPMENT_TIMING, feedSpec, RECORDED_FEEDS } from "./feeds.ts";
import { freePorts } from "./free-port.ts";
import { type Links, startLinks } from "./links/links.ts";
import { NodeProcess } from "./nodes/node-process.ts";
import { multiaddrOf, PASSWORD, type Place, POLL_MS, provisionNodes } from "./nodes/provision.ts";
import { publishFetcher } from "./signed-fetcher.ts";
import type { Timeline } from "./timeline.ts";

export const CHAIN_ID = 31337;
/** The market takes the first feed's proven price if it is no older than this. */
const MARKET = { feed: 0, maxAge: 60, loanToValueBps: 7_500 };

const HERE = path.dirname(fileURLToPath(import.meta.url));
const FETCHER = path.join(HERE, "../../fetchers/ticker-median");
const MANIFEST = path.join(FETCHER, "manifest.yaml");
const CHAIN_SCRIPT = path.join(HERE, "chain/main.ts");
const REPLAY_SCRIPT = path.join(HERE, "replay/main.ts");
const FUNDS = parseEther("100");

export interface NetworkOptions {
  /** Scratch folder of this run. */
  readonly directory: string;
  readonly seed: string;
  /** Processes to start, 3f+1; four unless given. */
  readonly nodes?: number;
  /** Indices of the nodes that the first committee consists of; all unless given. */
  readonly members?: readonly number[];
  /** Per node the program to run instead of `quorate start`. */
  readonly scripts: ReadonlyMap<number, string>;
  /** Of the rounds; the development defaults unless given. */
  readonly timing?: Timing;
  /** Whether the nodes prove what is transmitted, which takes all cores for seconds. Four nodes do unless told otherwise. */
  readonly proving?: boolean;
  /** The replayed exchanges answer at once and without faults. */
  readonly calm?: boolean;
  /** Milliseconds between a node's looks at the chain; often unless given. */
  readonly pollMs?: number;
  /** Nodes publish their finals for read-only watchers. */
  readonly publish?: boolean;
  /** Nodes talk through links that can be slowed and cut; directly unless given. */
  readonly links?: { readonly delayMs: number };
  /** Where the nodes stand; on loopback unless given. */
  readonly terrain?: Terrain;
}

/** Places for the nodes that are not this machine's loopback. */
export interface Terrain {
  /** IPv4 address at which a node listens for members. */
  readonly hostOf: (node: number) => string;
  /** IPv4 address of its admin interface. */
  readonly adminHostOf: (node: number) => string;
  /** What its process runs in: see `ChildOptions`. */
  readonly within: (node: number) => readonly string[];
  /** The same service of this machine's loopback, as the nodes reach it. */
  readonly reach: (url: string) => Promise<string>;
}

const LOOPBACK_HOST = "127.0.0.1";
const ON_LOOPBACK: Terrain = {
  hostOf: () => LOOPBACK_HOST,
  adminHostOf: () => LOOPBACK_HOST,
  within: () => [],
  reach: (url) => Promise.resolve(url),
};

/** Everything that runs, and what an outsider needs to look at it. */
export interface DevNetwork {
  readonly provider: JsonRpcProvider;
  readonly rpc: string;
  readonly deployment: Deployment;
  /** Of the first committee. */
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  /** All that were put in force, oldest first; the last one is active. */
  readonly committees: readonly DevCommittee[];
  /** All processes, members or not. */
  readonly nodes: readonly NodeProcess[];
  /** Only if they were asked for. */
  readonly links: Links | undefined;
  readonly replay: Child;
  readonly replayLog: string;
  /** Puts the next configuration in force, served by these nodes. */
  activate(members: readonly number[]): Promise<DevCommittee>;
  revoke(digest: Hex): Promise<void>;
}

interface NetworkDeps {
  readonly timeline: Timeline;
  /** Takes whatever has started, at once, to stop it. */
  readonly own: (part: Stoppable) => void;
}

export interface Stoppable {
  stop(): Promise<unknown>;
}

/** Starts chain, replayed market and nodes as processes of their own. */
export async function startNetwork(options: NetworkOptions, deps: NetworkDeps): Promise<DevNetwork> {
  const {
    nodes: count = USUAL_SIZE,
    terrain = ON_LOOPBACK,
    timing = DEVELOPMENT_TIMING,
    proving = count === USUAL_SIZE,
  } = options;
  const grounds = await startGrounds(options, deps);
  const { provider, rpc, deployment, replay } = grounds;
  const { places, links } = await placeNodes({ ...options, count, proving }, grounds, deps);
  const nodes = places.map((place, member) => {
    const script = options.scripts.get(member);
    const within = terrain.within(member);
    return new NodeProcess({ ...place, password: PASSWORD, within, ...(script === undefined ? {} : { script }) });
  });
  await fund(provider, nodes);
  const { sha256: moduleDigest } = await readManifest(MANIFEST);
  const committees: DevCommittee[] = [];
  const activate = async (members: readonly number[]): Promise<DevCommittee> => {
    const serving = members.flatMap((member) => nodes[member] ?? []);
    const configuration = configurationOf({ index: committees.length + 1, nodes: serving, moduleDigest, timing });
    const digest = await configure(provider, deployment, configuration);
    const committee = { digest, configuration, nodes: serving };
    committees.push(committee);
    return committee;
  };
  const { configuration, digest: configDigest } = await activate(options.members ?? nodes.map((_, member) => member));
  deps.timeline.reach("configured");
  // All at once: each takes a moment to finish what it does.
  deps.own({ stop: () => Promise.all(nodes.map((node) => node.stop())) });
  for (const node of nodes) node.start();
  return {
    ...{ provider, rpc, deployment, configuration, configDigest, committees, nodes, links },
    ...{ replay, replayLog: grounds.replayLog, activate },
    revoke: (digest) => revoke(provider, deployment, digest),
  };
}

/** What the nodes stand on. */
interface Grounds {
  readonly provider: JsonRpcProvider;
  readonly rpc: string;
  readonly deployment: Deployment;
  readonly replay: Child;
  readonly replayUrl: string;
  readonly replayLog: string;
}

async function startGrounds(options: NetworkOptions, { timeline, own }: NetworkDeps): Promise<Grounds> {
  const { directory, seed, calm = false, nodes = USUAL_SIZE, proving = nodes === USUAL_SIZE } = options;
  await mkdir(directory, { recursive: true });
  const replayLog = path.join(directory, "replay.jsonl");
  const chain = spawnChild({ script: CHAIN_SCRIPT, logFile: path.join(directory, "chain.log") });
  own(chain);
  const replay = spawnChild({
    script: REPLAY_SCRIPT,
    args: ["--seed", seed, "--log", replayLog, ...(calm ? ["--calm"] : [])],
    logFile: path.join(directory, "replay.log"),
  });
  own(replay);
  const [{ url: rpc }, { url: replayUrl }] = await Promise.all([
    chain.request<Extract<ChainReply, { kind: "listening" }>>(undefined, "listening"),
    replay.request<{ kind: "ready"; url: string }>(undefined, "ready"),
  ]);
  timeline.reach("chain-started");
  const provider = new JsonRpcProvider(rpc, CHAIN_ID, {
    staticNetwork: Network.from(CHAIN_ID),
    cacheTimeout: -1,
    pollingInterval: POLL_MS,
  });
  own({
    stop() {
      provider.destroy();
      return Promise.resolve();
    },
  });
  const circuit = circuitOf(options.members?.length ?? nodes) ?? USUAL_CIRCUIT;
  const deployment = await deploy(chain, { circuit, market: proving });
  timeline.reach("deployed");
  return { provider, rpc, deployment, replay, replayUrl, replayLog };
}

/** Without proofs there is no proven price, and so nothing for a market to lend on. */
async function deploy(chain: Child, { circuit, market }: { circuit: string; market: boolean }): Promise<Deployment> {
  const manifest = await readManifest(MANIFEST);
  const feeds = RECORDED_FEEDS.map((feed) => {
    const { id, decimals } = feedSpec(feed, manifest.sha256);
    return { id, decimals, description: feed.name };
  });
  const options = { verifier: await circuitVerifier(circuit), feeds, ...(market ? { market: MARKET } : {}) };
  return (await chain.request<Extract<ChainReply, { kind: "deployed" }>>({ kind: "deploy", options }, "deployed"))
    .deployment;
}

interface Placing extends NetworkOptions {
  readonly count: number;
  readonly proving: boolean;
}

/** Ports, links, keys and configuration files of all nodes. */
async function placeNodes(
  options: Placing,
  { rpc, replayUrl, deployment: { registry } }: Grounds,
  { own }: NetworkDeps,
): Promise<{ places: readonly Place[]; links: Links | undefined }> {
  const { directory, count, proving, pollMs = POLL_MS, publish = false, terrain = ON_LOOPBACK } = options;
  const { hostOf, adminHostOf, reach } = terrain;
  const ports = await freePorts(3 * count);
  const targets = ports.slice(0, count);
  const links = options.links && (await startLinks({ logFile: path.join(directory, "links.log"), targets }));
  if (links !== undefined) own(links);
  await links?.delay(options.links?.delayMs ?? 0);
  const reached = { rpc: await reach(rpc), replayUrl: await reach(replayUrl) };
  const places = await provisionNodes({
    ...{ directory, chainId: CHAIN_ID, registry, proving, pollMs },
    fetcher: await publishFetcher(FETCHER, path.join(directory, "fetchers/ticker-median")),
    sites: targets.map((port, member) => ({
      ...{ host: hostOf(member), port, adminHost: adminHostOf(member), adminPort: ports[count + member] ?? 0 },
      publish: publish ? multiaddrOf(hostOf(member), ports[2 * count + member] ?? 0) : undefined,
      ...reached,
    })),
    addressOf: (from, to) => multiaddrOf(hostOf(to), links?.portOf(from, to) ?? targets[to] ?? 0),
  });
  return { places, links };
}

/** Gives the transmitters something to pay with. */
async function fund(provider: JsonRpcProvider, nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(
    nodes.map(({ record }) => provider.send("hardhat_setBalance", [record.member.transmitter, toQuantity(FUNDS)])),
  );
}

/** The development chain's first account owns everything. */
function ownerOf(provider: JsonRpcProvider): Promise<Signer> {
  return provider.getSigner(0);
}

async function configure(
  provider: JsonRpcProvider,
  { registry, hub }: Deployment,
  configuration: Configuration,
): Promise<Hex> {
  const owner = await ownerOf(provider);
  return configureCommittee(configuration, { owner, chainId: BigInt(CHAIN_ID), registry, hub });
}

async function revoke(provider: JsonRpcProvider, { registry }: Deployment, digest: Hex): Promise<void> {
  const contract = new Contract(registry, committeeRegistryAbi, await ownerOf(provider));
  const transaction = (await contract.getFunction("revoke").send(digest)) as { wait(): Promise<unknown> };
  await transaction.wait();
}
