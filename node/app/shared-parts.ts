import type { DatabaseSync } from "node:sqlite";
import type { Hex } from "../../core/types/hex.ts";
import { createChainWriter, type RunningChainWriter } from "../chain/chain-writer.ts";
import type { ChainConnection } from "../chain/connect.ts";
import type { ChainMetrics } from "../chain/metrics.ts";
import type { NodeIdentity } from "../keys/identity.ts";
import { type FinalGossip, startFinalGossip } from "../p2p/final-gossip.ts";
import { createTransport, type Transport } from "../p2p/transport.ts";
import { createRoundMetrics, type RoundMetrics } from "../rounds/metrics.ts";
import { type CommitteeMemory, createCommitteeMemory } from "../storage/committee-memory.ts";
import { createTransactionStore } from "../storage/transaction-store.ts";
import { type FetcherPool, startFetcherPool } from "./fetcher-pool.ts";
import type { NodeOverrides, Platform } from "./platform.ts";
import { createProverPool, type ProverPool } from "./prover-pool.ts";
import { startTracer } from "./tracing.ts";

/** What the committees of a node share: started once, before the first of them. */
export interface SharedParts {
  readonly identity: NodeIdentity;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly database: DatabaseSync;
  /** Which committees the database knows of, and may have forgotten. */
  readonly memory: CommitteeMemory;
  readonly connection: ChainConnection;
  /** The transmitter account's: one line of transactions, whoever sends. */
  readonly writer: RunningChainWriter;
  readonly transport: Transport;
  /** Absent where the operator publishes nothing. */
  readonly gossip: FinalGossip | undefined;
  readonly fetchers: FetcherPool;
  readonly provers: ProverPool;
  readonly metrics: RoundMetrics;
  readonly overrides: NodeOverrides;
}

export interface SharedPartsInput {
  readonly identity: NodeIdentity;
  readonly database: DatabaseSync;
  readonly connection: ChainConnection;
  readonly chainMetrics: ChainMetrics;
  readonly hub: Hex;
  readonly overrides: NodeOverrides;
}

/** Starts what the committees of a node share, in the order in which one needs the other. */
export async function startSharedParts(
  platform: Platform,
  { chainMetrics, ...input }: SharedPartsInput,
): Promise<SharedParts> {
  const { config, log, meter, lifecycle } = platform;
  const tracer = await startTracer(platform);
  const fetchers = await startFetcherPool(platform, tracer);
  const provers = createProverPool(config.prover, { log, meter });
  lifecycle.onStop("provers", () => provers.stop());
  const writer = startWriter(platform, { chainMetrics, ...input });
  const gossip = await startGossip(platform, input.identity);
  const transport = await startTransport(platform, input.identity);
  return {
    ...input,
    ...{ registry: config.chain.registry, writer, transport, gossip, fetchers, provers },
    memory: createCommitteeMemory(config.chain, { database: input.database }),
    metrics: createRoundMetrics(meter),
  };
}

function startWriter(
  { config, clock, log, lifecycle }: Platform,
  { identity, database, connection, chainMetrics, hub }: Omit<SharedPartsInput, "overrides">,
): RunningChainWriter {
  const { chainId } = config.chain;
  const store = createTransactionStore({ chainId, account: identity.member.transmitter }, { database });
  const writer = createChainWriter(
    { ...config.chain, hub, transmitterKey: identity.secrets.transmitter },
    { provider: connection.provider, store, clock, log, metrics: chainMetrics },
  );
  lifecycle.onStop("chain writer", () => writer.stop());
  return writer;
}

/** Only where the configuration says where to publish. */
async function startGossip(
  { config, clock, log, meter, lifecycle }: Platform,
  { peerPrivateKey: privateKey }: NodeIdentity,
): Promise<FinalGossip | undefined> {
  const { publish } = config.p2p;
  if (publish === undefined) return undefined;
  const gossip = await startFinalGossip({ ...publish, privateKey }, { clock, log, meter });
  lifecycle.onStop("gossip", () => gossip.stop());
  return gossip;
}

async function startTransport(
  { config, clock, log, meter, lifecycle }: Platform,
  { peerPrivateKey: privateKey }: NodeIdentity,
): Promise<Transport> {
  const transport = await createTransport(
    { privateKey, listen: config.p2p.listen },
    { clock, log, meter, random: Math.random },
  );
  lifecycle.onStop("transport", () => transport.stop());
  return transport;
}
