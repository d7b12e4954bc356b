import type { DatabaseSync } from "node:sqlite";
import type { ChainConfiguration } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { ProtocolCrypto } from "../../core/ports/protocol-crypto.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Journal } from "../admin/journal.ts";
import type { RunningChainWriter } from "../chain/chain-writer.ts";
import type { ChainConnection } from "../chain/connect.ts";
import type { NodeConfig } from "../config/node-config.ts";
import type { NodeIdentity } from "../keys/identity.ts";
import type { FinalGossip } from "../p2p/final-gossip.ts";
import type { Transport } from "../p2p/transport.ts";
import type { RoundMetrics } from "../rounds/metrics.ts";
import type { PrometheusMeter } from "../telemetry/prometheus-meter.ts";
import type { ConfigReads } from "./config-reads.ts";
import type { FetcherPool } from "./fetcher-pool.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { ProverPool } from "./prover-pool.ts";

/** What every part of a node may use. */
export interface Platform {
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: PrometheusMeter;
  readonly journal: Journal;
  readonly lifecycle: Lifecycle;
  readonly configReads: ConfigReads;
}

/** This node's place in a committee. */
export interface Membership {
  readonly chain: ChainConfiguration;
  readonly identity: NodeIdentity;
  /** Committee index. */
  readonly self: number;
}

/** Seams for composing a node otherwise, e.g. a faulty one in a test. Each is asked once per committee. */
export interface NodeOverrides {
  decorateObserver?(observer: Observer, membership: Membership): Observer;
  decorateCrypto?(crypto: ProtocolCrypto, membership: Membership): ProtocolCrypto;
  decorateNetwork?(network: Network, membership: Membership): Network;
}

/** What the committees of a node share: started once, before the first of them. */
export interface SharedParts {
  readonly identity: NodeIdentity;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly database: DatabaseSync;
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
