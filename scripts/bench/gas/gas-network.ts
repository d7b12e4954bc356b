import { type BaseContract, Contract } from "ethers";
import hre from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import type { LaneBits } from "../../../core/codec/packed-lanes.ts";
import { createLaneReport, reportDigest } from "../../../core/codec/report.ts";
import { createMedianReporting } from "../../../core/feeds/median-reporting.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Report, ReportDomain } from "../../../core/types/report.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { configureCommittee } from "../../deploy/configure.ts";
import { circuitVerifier } from "../../deploy/circuit-verifier.ts";
import { ADAPTERS, createQuorateFeedsModule } from "../../deploy/modules/QuorateFeeds.ts";
import { RECORDED_FEEDS } from "../../devnet/feeds.ts";
import { USUAL_CIRCUIT } from "../../devnet/committee.ts";
import { type BenchCommittee, type CommitteeSize, createBenchCommittee } from "./committee.ts";

/** Gas of one mined transaction, by what it did. */
export interface GasUsed {
  /** The created contract, lower case; undefined for a call. */
  readonly created: Hex | undefined;
  readonly gasUsed: number;
}

/** The contracts as Ignition deploys them on a chain of this process's own, with a committee in force. */
export interface GasNetwork {
  readonly connection: NetworkConnection;
  readonly hub: Contract;
  readonly committee: BenchCommittee;
  readonly domain: ReportDomain;
  readonly configDigest: Hex;
  /** Addresses in lower case by the module's names: `hub`, `proxy0`, … */
  readonly addresses: ReadonlyMap<string, Hex>;
  readonly deployment: readonly GasUsed[];
  readonly configuration: readonly GasUsed[];
}

export interface GasNetworkOptions extends CommitteeSize {
  /** Reports get slots to be proven in. Committees other than four have no circuit here: four's verifier stands in its place. */
  readonly provable: boolean;
  readonly historyDepth: number;
  /** A packed hub instead, with so many bits a value. */
  readonly packedBits?: LaneBits;
}

/** EDR with Hardhat's default hardfork (Osaka) and default limits; each network is a fresh chain. */
export async function createGasNetwork(options: GasNetworkOptions): Promise<GasNetwork> {
  const { n, f, lanes, provable, historyDepth, packedBits } = options;
  const committee = createBenchCommittee(options);
  const { feeds } = committee.configuration;
  const connection = await hre.network.create({ network: "devnet" });
  // Only so many have proxies; the hub knows no difference.
  const listed = feeds.slice(0, packedBits === undefined ? RECORDED_FEEDS.length : 0).map(({ id, decimals }, lane) => ({
    id,
    decimals,
    description: RECORDED_FEEDS[lane]?.name ?? "",
    adapters: lane === 0 ? ADAPTERS : [],
  }));
  const verifier = { ...(await circuitVerifier(USUAL_CIRCUIT)), shape: { nMax: n, k: 2 * f + 1, lanes } };
  const module = createQuorateFeedsModule({
    ...(provable && { verifier }),
    ...(packedBits !== undefined && { packedBits }),
    ...{ historyDepth, feeds: listed },
  });
  const contracts: Readonly<Record<string, BaseContract>> = await connection.ignition.deploy(module);
  const addresses = new Map<string, Hex>();
  for (const [name, contract] of Object.entries(contracts)) {
    addresses.set(name, (await contract.getAddress()).toLowerCase() as Hex);
  }
  const deployed = await connection.ethers.provider.getBlockNumber();
  const [owner] = await connection.ethers.getSigners();
  if (owner === undefined) throw new TypeError("a simulated network has accounts");
  const domain = { chainId: 31337n, hub: addressOf(addresses, "hub"), registry: addressOf(addresses, "registry") };
  const possessions = committee.possessions(domain);
  const configDigest = await configureCommittee(committee.configuration, { ...domain, owner, possessions });
  const head = await connection.ethers.provider.getBlockNumber();
  const { interface: abi } = await connection.ethers.getContractAt(
    packedBits === undefined ? "FeedHub" : "PackedHub",
    domain.hub,
  );
  const hub = new Contract(domain.hub, abi, owner);
  const rest = feeds.slice(RECORDED_FEEDS.length);
  if (historyDepth > 0) for (const { id } of rest) await gasOf(await hub.getFunction("preallocate").send([id]));
  return {
    hub,
    ...{ connection, committee, domain, configDigest, addresses },
    deployment: await gasOfBlocks(connection, { from: 1, to: deployed }),
    configuration: await gasOfBlocks(connection, { from: deployed + 1, to: head }),
  };
}

export function addressOf(addresses: ReadonlyMap<string, Hex>, name: string): Hex {
  const address = addresses.get(name);
  if (address === undefined) throw new TypeError(`the Ignition module deploys no ${name}`);
  return address;
}

/** A round's outcome as the nodes would make it: 2f+1 signed observations, their medians, f+1 signatures. */
export type SignedRound = Pick<FinalReport, "report" | "feeds" | "observations" | "signatures">;

/** Seconds from one report to the next, as in the development network. */
const ROUND_SECONDS = 4;

/** Moves the chain's clock and makes the next report: every value and every timestamp differs from the last round's. */
export async function signRound(network: GasNetwork, round: number): Promise<SignedRound> {
  const { committee, configDigest, domain, connection } = network;
  const { configuration } = committee;
  await connection.networkHelpers.time.increase(ROUND_SECONDS);
  const timestamp = await connection.networkHelpers.time.latest();
  const sequence = sequenceOf({ configIndex: configuration.index, epoch: 1, round });
  const observations = Array.from({ length: 2 * configuration.f + 1 }, (_, observer) => {
    const feeds = {
      mask: 2 ** configuration.feeds.length - 1,
      values: valuesOf(configuration.lanes, { round, observer }),
    };
    const observation = { sequence, feeds, timestamp, inputsDigest: configDigest, fuel: 0n };
    return committee.signObservation(observer, observation, network);
  });
  const outcome = createMedianReporting({ configuration, configDigest, domain }).report(sequence, observations);
  if (outcome.kind !== "report") throw new TypeError(`no report: ${outcome.code}`);
  const { report, feeds, digest } = outcome;
  const signatures = Array.from({ length: configuration.f + 1 }, (_, signer) => committee.signReport(signer, digest));
  return { report, feeds, observations, signatures };
}

/** A report whose values are there, its signatures as the hub takes them. */
export interface SignedLanes {
  readonly report: Report;
  readonly values: readonly bigint[];
  readonly signatures: Hex;
}

/** As `signRound`, of any number of lanes and any scheme, without the observations that the hub does not see. */
export async function signLanes(network: GasNetwork, round: number): Promise<SignedLanes> {
  const { committee, configDigest, domain } = network;
  const { feeds, index } = committee.configuration;
  const values = await nextValues(network, round);
  const observedAt = await network.connection.networkHelpers.time.latest();
  const slot = { configDigest, sequence: sequenceOf({ configIndex: index, epoch: 1, round }) };
  const padded = Array.from({ length: committee.configuration.lanes }, (_, lane) => values[lane]);
  const report = createLaneReport(slot, { values: padded, feedIds: feeds.map(({ id }) => id), observedAt });
  return { report, values, signatures: committee.sign(reportDigest(report, domain)) };
}

/** Moves the chain's clock by one round. A value for each feed. */
export async function nextValues({ committee, connection }: GasNetwork, round: number): Promise<bigint[]> {
  await connection.networkHelpers.time.increase(ROUND_SECONDS);
  return valuesOf(committee.configuration.feeds.length, { round, observer: 0 });
}

/** Market-like sizes, inside every feed's bounds; no two rounds, observers or lanes share a value. */
export function valuesOf(lanes: number, { round, observer }: { round: number; observer: number }): bigint[] {
  return Array.from(
    { length: lanes },
    (_, lane) => 1_412_345_678n + BigInt(round * 100_003 + observer * 101 + lane * 7),
  );
}

export async function gasOf(response: { wait(): Promise<{ readonly gasUsed: bigint } | null> }): Promise<number> {
  const receipt = await response.wait();
  if (receipt === null) throw new TypeError("a simulated network mines at once");
  return Number(receipt.gasUsed);
}

async function gasOfBlocks(
  { ethers }: NetworkConnection,
  { from, to }: { from: number; to: number },
): Promise<GasUsed[]> {
  const used: GasUsed[] = [];
  for (let number = from; number <= to; number++) {
    const block = await ethers.provider.getBlock(number);
    for (const hash of block?.transactions ?? []) {
      const receipt = await ethers.provider.getTransactionReceipt(hash);
      if (receipt === null) throw new TypeError(`no receipt for ${hash}`);
      const created = receipt.contractAddress?.toLowerCase() as Hex | undefined;
      used.push({ created, gasUsed: Number(receipt.gasUsed) });
    }
  }
  return used;
}
