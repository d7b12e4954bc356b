import type { JsonRpcProvider } from "ethers";
import type { ChainConfiguration } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { FinalReport } from "../../core/types/final.ts";
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

/** This node's place in the active committee of a chain. */
export interface Membership {
  readonly chain: ChainConfiguration;
  readonly provider: JsonRpcProvider;
  readonly identity: NodeIdentity;
  /** Committee index. */
  readonly self: number;
}

/** What the admin interface can show of a node that takes part. */
export interface OracleView {
  status(): object;
  finalOf(sequence: bigint): FinalReport | undefined;
  /** Why the node cannot do its part right now; empty if it can. */
  unreadyReasons(): readonly string[];
}
