import { AbiCoder, Contract, Interface, type Provider } from "ethers";
import { configDigest, decodeConfiguration } from "../../core/codec/configuration.ts";
import { setRoot } from "../../core/codec/set-root.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import {
  equivocationCourtAbi,
  feedHubAbi,
  feedProxyAbi,
  medianVerifierAbi,
  requestDeskAbi,
} from "../../node/chain/generated/abi.ts";
import { type AddressBook, type BookedContract, domainOf } from "./address-book.ts";
import { type CommitteeStanding, registryAt, standingOf, verifierFor } from "./configure.ts";
import type { Description } from "./description.ts";
import { type Adapter, isFeedAdapter, type ListedFeed } from "./modules/QuorateFeeds.ts";
import { type Difference, differencesOf } from "./differences.ts";
import type { DeployError } from "./errors.ts";

export interface Deployed {
  readonly provider: Provider;
  readonly book: AddressBook;
}

/** What adapters say of themselves besides what they answer to readers. */
const ADAPTER_ABI = [
  "function source() view returns (address hub, bytes32 feedId)",
  "function hubAddress() view returns (address hub)",
];

/** A ceremony's contract names its key; others that snarkjs generates say nothing of it. */
const NAMES_KEY = new Interface(["function verificationKeyDigest() view returns (bytes32)"]);

const NO_DIGEST = `0x${"00".repeat(32)}`;

/**
 * Every field in which the chain is not as the description and the addresses file say: wiring, verifier, proxies, the
 * configuration in force, and what reports are proven against: of the committee in force (`committee`), and of the described one
 * where it is staged (`staged`). Both keep the verifier that they were staged with, whatever the registry has now.
 */
export async function checkDeployed(description: Description, deployed: Deployed): Promise<Difference[]> {
  const { book } = deployed;
  const active = await activeConfiguration(deployed);
  const { registry, hub } = book.contracts;
  const { verifier, feeds, historyDepth, configuration } = description;
  const found = await readVerifier(deployed);
  const staged = await stagedProving(configuration, deployed);
  const proving = {
    verifier: verifier && book.contracts.verifier?.address,
    setRoot: verifier && setRoot(observersOf(configuration), verifier.shape.nMax),
  };
  const described = {
    hub: { registry: registry.address, historyDepth },
    registry: { hub: hub.address, verifier: proving.verifier },
    court: { registry: registry.address },
    desk: { hub: hub.address },
    verifier: verifier && {
      ...verifier.shape,
      digest: verifier.verificationKeyDigest,
      groth16Digest: found?.groth16Digest && verifier.verificationKeyDigest,
    },
    proxies: feeds.map(({ id, decimals, description: text }) => ({
      id,
      decimals,
      description: text,
      hub: hub.address,
    })),
    adapters: feeds.map(({ id, adapters = [] }) => sourcesOf(adapters, { hub: hub.address, id })),
    configuration,
    committee: active && proving,
    staged: staged && proving,
  };
  return differencesOf(described, {
    ...(await readWiring(deployed, configuration)),
    verifier: found,
    proxies: await Promise.all(feeds.map(({ id }) => readProxy(id, deployed))),
    adapters: await Promise.all(feeds.map((feed) => readAdapters(feed, deployed))),
    configuration: active?.configuration,
    committee: active && (await readProving(active.digest, deployed)),
    staged,
  });
}

/** The configuration in force; undefined where there is none. @throws QuorateError<DeployError> as `configurationAt`. */
export async function activeConfiguration(
  deployed: Deployed,
): Promise<{ digest: Hex; configuration: Configuration } | undefined> {
  const registry = registryAt(deployed.book.contracts.registry.address, deployed.provider);
  const digest = (await registry.getFunction("activeDigest").staticCall()) as Hex;
  return digest === NO_DIGEST ? undefined : { digest, configuration: await configurationAt(digest, deployed) };
}

/** What the registry holds of a digest. @throws QuorateError<DeployError> `configuration-digest-mismatch`. */
export async function configurationAt(digest: Hex, { provider, book }: Deployed): Promise<Configuration> {
  const domain = domainOf(book);
  const registry = registryAt(domain.registry, provider);
  const configuration = decodeConfiguration((await registry.getFunction("configurationOf").staticCall(digest)) as Hex);
  if (configDigest(configuration, domain) === digest) return configuration;
  const message = `the endpoint's configuration of ${digest} has another digest: do not trust this endpoint or registry`;
  throw new QuorateError<DeployError>({ code: "configuration-digest-mismatch", digest }, message);
}

/** @param shape the registry has one verifier for each. */
async function readWiring({ provider, book: { contracts } }: Deployed, shape: Pick<Configuration, "f" | "lanes">) {
  const registry = registryAt(contracts.registry.address, provider);
  const hub = new Contract(contracts.hub.address, feedHubAbi, provider);
  const court = new Contract(contracts.court.address, equivocationCourtAbi, provider);
  const desk = new Contract(contracts.desk.address, requestDeskAbi, provider);
  return {
    hub: { registry: await readAddress(hub, "registry"), historyDepth: await read(hub, "historyDepth") },
    registry: { hub: await readAddress(registry, "hub"), verifier: await verifierFor(shape, registry) },
    court: { registry: await readAddress(court, "registry") },
    desk: { hub: await readAddress(desk, "hub") },
  };
}

/** What reports of a configuration are proven against. */
type Proving = Pick<CommitteeStanding, "verifier" | "setRoot">;

async function readProving(digest: Hex, { provider, book }: Deployed): Promise<Proving> {
  const { verifier, setRoot } = await standingOf(digest, registryAt(book.contracts.registry.address, provider));
  return { verifier, setRoot };
}

/** Undefined unless it is staged. */
async function stagedProving(configuration: Configuration, { provider, book }: Deployed): Promise<Proving | undefined> {
  const domain = domainOf(book);
  const { state, ...proving } = await standingOf(
    configDigest(configuration, domain),
    registryAt(domain.registry, provider),
  );
  return state === "staged" ? proving : undefined;
}

function observersOf({ members }: Configuration): Point[] {
  return members.map(({ observer }) => observer);
}

/** What the deployed verifier says of itself; undefined where there is none. */
async function readVerifier({ provider, book }: Deployed) {
  if (book.contracts.verifier === undefined) return undefined;
  const verifier = new Contract(book.contracts.verifier.address, medianVerifierAbi, provider);
  return {
    nMax: await read(verifier, "nMax"),
    k: await read(verifier, "k"),
    lanes: await read(verifier, "lanes"),
    digest: await read(verifier, "verificationKeyDigest"),
    groth16Digest: await readNamedKey(await readAddress(verifier, "groth16"), provider),
  };
}

/** The digest that a generated contract names; undefined where it has no such function, and a call would fail. */
async function readNamedKey(groth16: Hex, provider: Provider): Promise<unknown> {
  const { selector = "" } = NAMES_KEY.getFunction("verificationKeyDigest") ?? {};
  if (!(await provider.getCode(groth16)).includes(selector.slice(2))) return undefined;
  return read(new Contract(groth16, NAMES_KEY, provider), "verificationKeyDigest");
}

/** Undefined for a feed without one. */
async function readProxy(id: Hex, { provider, book }: Deployed) {
  const feed = book.feeds.find((booked) => booked.id === id);
  if (feed === undefined) return undefined;
  const proxy = new Contract(feed.proxy.address, feedProxyAbi, provider);
  return {
    id: await read(proxy, "feedId"),
    decimals: await read(proxy, "decimals"),
    description: await read(proxy, "description"),
    hub: await readAddress(proxy, "hub"),
  };
}

interface Source {
  readonly hub: Hex;
  /** Undefined where the adapter does not serve the feed. */
  readonly id: Hex | undefined;
}

function sourcesOf(adapters: readonly Adapter[], source: Source): Partial<Record<Adapter, Source>> {
  return Object.fromEntries(adapters.map((adapter) => [adapter, source]));
}

/** What those adapters read that a feed is described with; one that is not there is left out. */
async function readAdapters({ id, adapters = [] }: ListedFeed, { provider, book }: Deployed) {
  const feed = book.feeds.find((booked) => booked.id === id);
  const sources: Partial<Record<Adapter, Source>> = {};
  for (const adapter of adapters) {
    const booked = isFeedAdapter(adapter) ? feed?.[adapter] : book.contracts.pyth;
    if (booked === undefined) continue;
    const contract = new Contract(booked.address, ADAPTER_ABI, provider);
    sources[adapter] = isFeedAdapter(adapter)
      ? await readSource(contract)
      : { hub: await readAddress(contract, "hubAddress"), id: servedByPyth(booked).find((served) => served === id) };
  }
  return sources;
}

/** As it was constructed: the adapter itself tells nobody which feeds it serves. */
function servedByPyth({ constructorArguments }: BookedContract): readonly Hex[] {
  const [, ids] = AbiCoder.defaultAbiCoder().decode(["address", "bytes32[]", "uint8[]"], constructorArguments);
  return [...(ids as Iterable<Hex>)];
}

async function readSource(adapter: Contract): Promise<Source> {
  const [hub, id] = (await read(adapter, "source")) as [Hex, Hex];
  return { hub: lower(hub), id };
}

function read(contract: Contract, getter: string): Promise<unknown> {
  return contract.getFunction(getter).staticCall();
}

async function readAddress(contract: Contract, getter: string): Promise<Hex> {
  return lower(await read(contract, getter));
}

function lower(address: unknown): Hex {
  return String(address).toLowerCase() as Hex;
}
