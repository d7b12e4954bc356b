import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider, Network, parseEther, toQuantity } from "ethers";
import type { Configuration, Timing } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createNodeKeys, type RegistrationRecord, writeNodeConfig } from "../../node/app/init.ts";
import { FUEL_RULES } from "../../node/app/fetchers.ts";
import { readManifest } from "../../node/config/manifest.ts";
import { circuitVerifier } from "../deploy/circuit-verifier.ts";
import { configureCommittee } from "../deploy/configure.ts";
import type { Deployment } from "../deploy/deploy.ts";
import type { ChainReply } from "./chain/messages.ts";
import { type Child, spawnChild } from "./child.ts";
import { DEVELOPMENT_TIMING, feedSpec, RECORDED_FEEDS } from "./feeds.ts";
import { freePorts } from "./free-port.ts";
import { NodeProcess, PASSWORD_VARIABLE } from "./nodes/node-process.ts";
import { publishFetcher, type SignedFetcher } from "./signed-fetcher.ts";
import type { Timeline } from "./timeline.ts";

export const NODE_COUNT = 4;
export const FAULTY = 1;
export const CIRCUIT = "median-n4-k3-v8";
export const CHAIN_ID = 31337;
/** The market takes the first feed's proven price if it is no older than this. */
const MARKET = { feed: 0, maxAge: 60, loanToValueBps: 7_500 };

const HERE = path.dirname(fileURLToPath(import.meta.url));
const FETCHER = path.join(HERE, "../../fetchers/ticker-median");
const MANIFEST = path.join(FETCHER, "manifest.yaml");
const CHAIN_SCRIPT = path.join(HERE, "chain/main.ts");
const REPLAY_SCRIPT = path.join(HERE, "replay/main.ts");
const EXCHANGES = ["coinbase", "kraken", "bitstamp", "gemini"];
const FUNDS = parseEther("100");
/** A development chain mines at once: looking often costs little and shows reports early. */
const POLL_MS = 200;
/** Protects nothing: these keys are worth nothing and live in a scratch folder. Operators choose their own. */
const PASSWORD = "devnet";

export interface NetworkOptions {
  /** Scratch folder of this run. */
  readonly directory: string;
  readonly seed: string;
  /** Per member the program to run instead of `quorate start`. */
  readonly scripts: ReadonlyMap<number, string>;
  /** Of the rounds; the development defaults unless given. */
  readonly timing?: Timing;
  /** Whether the nodes prove what is transmitted, which takes all cores for seconds. They do unless told otherwise. */
  readonly proving?: boolean;
  /** The replayed exchanges answer at once and without faults. */
  readonly calm?: boolean;
}

/** Everything that runs, and what an outsider needs to look at it. */
export interface DevNetwork {
  readonly provider: JsonRpcProvider;
  readonly rpc: string;
  readonly deployment: Deployment;
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly nodes: readonly NodeProcess[];
  readonly replayLog: string;
}

/** Starts chain, replayed market and nodes as processes of their own. Whatever has started is handed to `own` at once, to be stopped. */
export async function startNetwork(
  options: NetworkOptions,
  { timeline, own }: { timeline: Timeline; own: (part: Stoppable) => void },
): Promise<DevNetwork> {
  const { directory, seed, timing = DEVELOPMENT_TIMING, calm = false } = options;
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
  const [deployment, ports] = await Promise.all([deploy(chain), freePorts(2 * NODE_COUNT)]);
  timeline.reach("deployed");
  const fetcher = await publishFetcher(FETCHER, path.join(directory, "fetchers/ticker-median"));
  const places = await initNodes(options, { ports, rpc, replayUrl, fetcher, registry: deployment.registry });
  const configuration = await configurationOf(
    places.map(({ record }) => record),
    timing,
  );
  const configDigest = await configure(provider, deployment, configuration);
  timeline.reach("configured");
  const nodes = places.map((place, member) => {
    const script = options.scripts.get(member);
    return new NodeProcess({ ...place, password: PASSWORD, ...(script === undefined ? {} : { script }) });
  });
  // All at once: each takes a moment to finish what it does.
  own({ stop: () => Promise.all(nodes.map((node) => node.stop())) });
  return { provider, rpc, deployment, configuration, configDigest, nodes, replayLog };
}

export interface Stoppable {
  stop(): Promise<unknown>;
}

async function deploy(chain: Child): Promise<Deployment> {
  const manifest = await readManifest(MANIFEST);
  const feeds = RECORDED_FEEDS.map((feed) => {
    const { id, decimals } = feedSpec(feed, manifest.sha256);
    return { id, decimals, description: feed.name };
  });
  const request = { kind: "deploy", options: { verifier: await circuitVerifier(CIRCUIT), feeds, market: MARKET } };
  return (await chain.request<Extract<ChainReply, { kind: "deployed" }>>(request, "deployed")).deployment;
}

interface Places {
  readonly ports: readonly number[];
  readonly rpc: string;
  readonly replayUrl: string;
  readonly registry: Hex;
  readonly fetcher: SignedFetcher;
}

interface Place {
  readonly record: RegistrationRecord;
  readonly directory: string;
  readonly adminPort: number;
}

/** Makes the nodes' folders: keys first, since each configuration names the other nodes' peer ids. */
async function initNodes(
  { directory, proving = true }: NetworkOptions,
  { ports, rpc, replayUrl, registry, fetcher }: Places,
): Promise<Place[]> {
  const names = Array.from({ length: NODE_COUNT }, (_, member) => `node-${member + 1}`);
  const folder = (name: string) => path.join(directory, name);
  const records = await Promise.all(
    names.map((name) => createNodeKeys({ directory: folder(name), name, password: PASSWORD })),
  );
  const listens = names.map((_, member) => `/ip4/127.0.0.1/tcp/${ports[member] ?? 0}`);
  const addresses = records.map(({ peerId }, member) => `${listens[member] ?? ""}/p2p/${peerId}`);
  return Promise.all(
    records.map(async (record, member) => {
      const { name } = record;
      const adminPort = ports[NODE_COUNT + member] ?? 0;
      const source = (exchange: string) => ({
        url: `${replayUrl}/${name}/${exchange}`,
        allowInsecure: true,
        traceparent: true,
      });
      await writeNodeConfig({
        ...{ directory: folder(name), name, rpc, chainId: CHAIN_ID, registry, adminPort, pollMs: POLL_MS },
        ...{ passwordSource: { env: PASSWORD_VARIABLE }, listen: listens[member] ?? "" },
        ...{ modules: [fetcher.manifestFile], publishers: [fetcher.publisher] },
        peers: addresses.filter((_, other) => other !== member),
        prover: { enabled: proving },
        sources: Object.fromEntries(EXCHANGES.map((exchange) => [exchange, source(exchange)])),
      });
      return { record, directory: folder(name), adminPort };
    }),
  );
}

async function configurationOf(records: readonly RegistrationRecord[], timing: Timing): Promise<Configuration> {
  const { sha256 } = await readManifest(MANIFEST);
  return {
    index: 1,
    f: FAULTY,
    members: records.map(({ member }) => member),
    feeds: RECORDED_FEEDS.map((feed) => feedSpec(feed, sha256)),
    lanes: 8,
    fuelRules: FUEL_RULES,
    timing,
  };
}

/** The development chain's first account owns everything; it gives the transmitters something to pay with. */
async function configure(
  provider: JsonRpcProvider,
  { registry, hub }: Deployment,
  configuration: Configuration,
): Promise<Hex> {
  const owner = await provider.getSigner(0);
  await Promise.all(
    configuration.members.map(({ transmitter }) =>
      provider.send("hardhat_setBalance", [transmitter, toQuantity(FUNDS)]),
    ),
  );
  return configureCommittee(configuration, { owner, chainId: BigInt(CHAIN_ID), registry, hub });
}
