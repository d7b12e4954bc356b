import type { ChainConfiguration } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { ProtocolCrypto } from "../../core/ports/protocol-crypto.ts";
import type { Journal } from "../admin/journal.ts";
import type { NodeConfig } from "../config/node-config.ts";
import type { NodeIdentity } from "../keys/identity.ts";
import type { PrometheusMeter } from "../telemetry/prometheus-meter.ts";
import type { ConfigReads } from "./config-reads.ts";
import type { Lifecycle } from "./lifecycle.ts";

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
