import type { Meter } from "../../core/ports/meter.ts";

export function createP2pMetrics(meter: Meter) {
  return {
    connected: meter.gauge({ name: "p2p_connected_members", help: "Members with an open channel." }),
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
    penalties: meter.counter({ name: "p2p_penalties_total", help: "Rejected input by member.", labels: ["member"] }),
  };
}
