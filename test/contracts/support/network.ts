import type { BaseContract, ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { type ConfigurationDomain, solidityConfiguration } from "../../../core/codec/configuration.ts";
import type { SchnorrSignature } from "../../../core/crypto/schnorr.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Point } from "../../../core/types/observation.ts";
import { configureCommittee, keyWitnesses } from "../../../scripts/deploy/configure.ts";
import { createQuorateModule, type VerifierOptions } from "../../../scripts/deploy/modules/Quorate.ts";
import type { CommitteeRegistry, FeedHub, IPoseidonT6, MedianVerifier } from "../../../types/ethers-contracts/index.ts";
import { createTestCommittee, type CommitteeOptions, type TestCommittee } from "./committee.ts";

/** The deployed contracts, a committee in force, and the chain they are on. */
export interface TestNetwork {
  readonly connection: NetworkConnection;
  readonly hub: FeedHub;
  readonly registry: CommitteeRegistry;
  readonly verifier: MedianVerifier;
  readonly poseidon: IPoseidonT6;
  readonly committee: TestCommittee;
  readonly configDigest: Hex;
  readonly domain: ConfigurationDomain;
}

/** A state of a network's chain: `restore` goes back to it, as often as is asked. */
export type Snapshot = Awaited<ReturnType<NetworkConnection["networkHelpers"]["takeSnapshot"]>>;

export interface TestNetworkOptions extends Partial<CommitteeOptions> {
  /** Keys of the mock verifier's circuit; n by default. */
  readonly nMax?: number;
  /** Earlier rounds that the hub keeps; 0 by default. */
  readonly historyDepth?: number;
}

export const MOCK_KEY_DIGEST: Hex = `0x${"07".repeat(32)}`;

/** A mock Groth16 verifier of the committee's shape behind the development wrapper. */
export function mockVerifier({ n = 4, f = 1, lanes = 8, nMax = n }: TestNetworkOptions = {}): VerifierOptions {
  const shape = { nMax, k: 2 * f + 1, lanes };
  return { groth16: "MockGroth16Verifier", shape, verificationKeyDigest: MOCK_KEY_DIGEST, setup: "development" };
}

/** A fresh chain with everything deployed by Ignition and one committee staged and activated. */
export async function createTestNetwork(options: TestNetworkOptions = {}): Promise<TestNetwork> {
  const connection = await network.create();
  return { connection, ...(await deployTestNetwork(connection, options)) };
}

/** The same on a chain that is there already. */
export async function deployTestNetwork(
  { ethers, ignition }: NetworkConnection,
  { historyDepth = 0, ...options }: TestNetworkOptions & { readonly verifier?: VerifierOptions } = {},
): Promise<Omit<TestNetwork, "connection">> {
  const deployed: Readonly<Record<string, BaseContract>> = await ignition.deploy(
    createQuorateModule({ verifier: options.verifier ?? mockVerifier(options), historyDepth }),
  );
  const [owner] = await ethers.getSigners();
  const hub = await ethers.getContractAt("FeedHub", await addressOf(deployed, "hub"));
  const registry = await ethers.getContractAt("CommitteeRegistry", await addressOf(deployed, "registry"));
  const verifier = await ethers.getContractAt("MedianVerifier", await addressOf(deployed, "verifier"));
  const poseidon = await ethers.getContractAt("IPoseidonT6", await addressOf(deployed, "poseidon"));
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { chainId, hub: await lowerAddress(hub), registry: await lowerAddress(registry) };
  const committee = createTestCommittee(options);
  const possessions = committee.schnorr?.possessions(domain, committee.configuration.members) ?? [];
  const configDigest = await configureCommittee(committee.configuration, { ...domain, owner: owner!, possessions });
  return { hub, registry, verifier, poseidon, committee, configDigest, domain };
}

function addressOf(contracts: Readonly<Record<string, BaseContract>>, name: string): Promise<string> {
  const contract = contracts[name];
  if (contract === undefined) throw new TypeError(`the Ignition module deploys no ${name}`);
  return contract.getAddress();
}

/** Stages a configuration; the generated types want mutable arrays. */
export function stage(
  registry: CommitteeRegistry,
  configuration: Configuration,
  {
    eighths = keyWitnesses(configuration.members),
    possessions = [],
  }: { readonly eighths?: readonly Point[]; readonly possessions?: readonly SchnorrSignature[] } = {},
): Promise<ContractTransactionResponse> {
  const call = registry.getFunction("stage") as unknown as (...args: unknown[]) => Promise<ContractTransactionResponse>;
  return call(solidityConfiguration(configuration), eighths, possessions);
}

/** A contract's address as the codecs take it. */
export async function lowerAddress(contract: { getAddress(): Promise<string> }): Promise<Hex> {
  return (await contract.getAddress()).toLowerCase() as Hex;
}
