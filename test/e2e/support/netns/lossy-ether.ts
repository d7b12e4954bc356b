import { createSocket } from "node:dgram";
import { completeTcpChecksum } from "./tcp-checksum.ts";

export interface LossyEtherOptions {
  /** Where the tunnels of all stations end. */
  readonly host: string;
  readonly port: number;
  readonly stations: readonly Station[];
  /** Share of the packets that is lost, 0…1. */
  readonly loss: number;
  /** Bounds of the one-way delay of a packet, milliseconds. Each is drawn anew, so that packets overtake each other. */
  readonly delayMs: readonly [number, number];
  readonly seed: number;
}

export interface Station {
  /** IPv4 address of its end of the tunnel. */
  readonly tunnel: string;
  /** Its hardware address in the tunnelled network: six bytes, hexadecimal. */
  readonly mac: string;
}

export interface LossyEther {
  readonly counts: { readonly carried: number; readonly lost: number };
  close(): Promise<void>;
}

const VXLAN_HEADER_BYTES = 8;
const MAC_BYTES = 6;
/** Packets on the way; a burst beyond is lost, as in a router whose queue is full. */
const MAX_QUEUED = 10_000;

/**
 * An Ethernet that loses and delays packets: the stations' VXLAN tunnels all end here, and each frame goes on to its
 * receiver, or to all for a broadcast, late or never. Does what netem does, where the kernel has no netem.
 */
export async function openLossyEther(options: LossyEtherOptions): Promise<LossyEther> {
  const { host, port, stations, loss, seed } = options;
  const [fastest, slowest] = options.delayMs;
  const draw = createDraw(seed);
  const socket = createSocket("udp4");
  const counts = { carried: 0, lost: 0 };
  const timers = new Set<NodeJS.Timeout>();
  const carry = (frame: Buffer, { tunnel }: Station): void => {
    if (draw() < loss || timers.size >= MAX_QUEUED) {
      counts.lost += 1;
      return;
    }
    counts.carried += 1;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        socket.send(frame, port, tunnel);
      },
      fastest + draw() * (slowest - fastest),
    );
    timers.add(timer);
  };
  socket.on("message", (frame, { address }) => {
    const mac = frame.subarray(VXLAN_HEADER_BYTES, VXLAN_HEADER_BYTES + MAC_BYTES).toString("hex");
    completeTcpChecksum(frame.subarray(VXLAN_HEADER_BYTES));
    const known = stations.filter((station) => station.mac === mac);
    const receivers = known.length > 0 ? known : stations.filter(({ tunnel }) => tunnel !== address);
    for (const station of receivers) carry(frame, station);
  });
  // A station whose link is down refuses what still comes.
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.bind(port, host, resolve));
  return {
    counts,
    close() {
      for (const timer of timers) clearTimeout(timer);
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** Numbers in [0, 1): mulberry32. */
function createDraw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
