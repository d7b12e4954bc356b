import { slotOf } from "../../core/types/sequence.ts";
import type { AdminDeps } from "../admin/server.ts";
import type { CommitteeWatcher } from "../chain/committee-watcher.ts";
import type { ChainConnection } from "../chain/connect.ts";
import type { NodeConfig } from "../config/node-config.ts";
import type { NodeIdentity } from "../keys/identity.ts";
import type { FinalGossip } from "../p2p/final-gossip.ts";
import type { CommitteeOverview, CommitteeSupervisor } from "./committees/supervisor.ts";

interface Shown {
  readonly committees: Pick<CommitteeSupervisor, "overview" | "unreadyReasons">;
  readonly watcher: Pick<CommitteeWatcher, "healthy">;
  readonly writer: { status(): object; unreadyReasons(): readonly string[] };
  readonly connection: Pick<ChainConnection, "endpoints">;
  readonly gossip: Pick<FinalGossip, "addresses"> | undefined;
}

export interface NodeViewOptions {
  readonly config: Pick<NodeConfig, "name" | "dataDirectory">;
  readonly identity: Pick<NodeIdentity, "peerId" | "member">;
}

/** What the admin interface shows of a node, also while it still starts. */
export interface NodeView extends Pick<AdminDeps, "readiness" | "status" | "finalOf" | "evidence"> {
  enter(phase: "starting the fetchers" | "running"): void;
  show(parts: Shown): void;
}

export function createNodeView({ config, identity }: NodeViewOptions): NodeView {
  const { name, dataDirectory } = config;
  const { peerId, member } = identity;
  let phase = "connecting to the chain";
  let shown: Shown | undefined;
  const overview = (): readonly CommitteeOverview[] => shown?.committees.overview() ?? [];

  return {
    enter: (next) => void (phase = next),
    show: (parts) => void (shown = parts),
    readiness() {
      const reasons = phase === "running" && shown !== undefined ? reasonsOf(shown) : [phase];
      return { ready: reasons.length === 0, reasons };
    },
    status() {
      const all = overview();
      const newest = all.find((committee) => committee.phase === "running");
      return {
        ...{ name, pid: process.pid, phase, peerId, ...member, dataDirectory },
        ...newest?.view?.status(),
        committees: all.map(statusOf),
        ...(shown && chainOf(shown)),
      };
    },
    finalOf(sequence) {
      const { configIndex } = slotOf(sequence);
      // Candidates of one index may be staged together: the one that reported holds it.
      for (const { index, view } of overview()) {
        const final = index === configIndex ? view?.finalOf(sequence) : undefined;
        if (final !== undefined) return final;
      }
      return undefined;
    },
    evidence: () =>
      overview()
        .toReversed()
        .flatMap(({ digest: configDigest, index: configIndex, view }) =>
          (view?.evidence() ?? []).map((entry) => ({ ...entry, configDigest, configIndex })),
        ),
  };
}

function reasonsOf({ committees, watcher, writer }: Shown): readonly string[] {
  const chain = watcher.healthy() ? [] : ["the chain cannot be read"];
  return [...new Set([...chain, ...committees.unreadyReasons(), ...writer.unreadyReasons()])];
}

function statusOf({ view, ...committee }: CommitteeOverview): object {
  return { ...committee, ...view?.status() };
}

function chainOf({ writer, connection, gossip }: Shown): object {
  return { chain: { endpoints: connection.endpoints(), writer: writer.status() }, watchers: gossip?.addresses ?? [] };
}
