import type { Meter } from "../../core/ports/meter.ts";

export type P2pMetrics = ReturnType<typeof createP2pMetrics>;

/** Labels: `committee` is the first eight hexadecimal digits of the configuration's digest, `member` the index in it. */
export function createP2pMetrics(meter: Meter) {
  const member = ["committee", "member"];
  return {
    connected: meter.gauge({
      name: "p2p_connected_members",
      help: "Members with an open channel, of the committee joined last.",
    }),
    connections: meter.gauge({ name: "p2p_connections", help: "Open connections of the host." }),
    streams: meter.gauge({ name: "p2p_streams", help: "Open streams on all connections of the host." }),
    frames: meter.counter({ name: "p2p_frames_total", help: "Protocol frames by direction.", labels: ["direction"] }),
    bytes: meter.counter({
      name: "p2p_bytes_total",
      help: "Bytes of protocol frames by direction.",
      labels: ["direction"],
    }),
    dropped: meter.counter({
      name: "p2p_frames_dropped_total",
      help: "Frames dropped, by reason.",
      labels: ["reason"],
    }),
    penalties: meter.counter({ name: "p2p_penalties_total", help: "Rejected input by member.", labels: member }),
    faults: meter.counter({
      name: "p2p_faults_total",
      help: "Faults of peers that cost score, and of strangers' handshakes, by kind.",
      labels: ["fault"],
    }),
    score: meter.gauge({
      name: "p2p_score",
      help: "Trust in a member, 0 to 100; at 0 it is refused for a while.",
      labels: member,
    }),
    bans: meter.counter({
      name: "p2p_bans_total",
      help: "Times that a member was refused for a while.",
      labels: member,
    }),
  };
}

export function createGossipMetrics(meter: Meter) {
  return {
    watchers: meter.gauge({ name: "p2p_watchers", help: "Connected watchers of published finals." }),
    published: meter.counter({ name: "p2p_finals_published_total", help: "Finals sent, once per watcher." }),
    faults: meter.counter({
      name: "p2p_watcher_faults_total",
      help: "Connections to the watchers' port that were ended for what came on them, by kind.",
      labels: ["fault"],
    }),
  };
}
