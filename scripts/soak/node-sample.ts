import { readdir, readlink, stat } from "node:fs/promises";
import path from "node:path";
import { type Exposition, parseExposition } from "../bench/rounds/exposition.ts";
import { descendantsOf, useOf } from "../bench/rounds/process-tree.ts";
import type { NodeProcess } from "../devnet/nodes/node-process.ts";

/** What one node held at one moment. Memory in bytes. */
export interface NodeSample {
  /** Minutes since the run began. */
  readonly minute: number;
  readonly resident: number;
  readonly heap: number;
  /** Buffers and the like, outside of the heap. */
  readonly external: number;
  /** Of the node's child processes: its sandbox. */
  readonly sandboxResident: number;
  readonly descriptors: number;
  readonly sockets: number;
  /** What keeps the event loop busy: timers, sockets, workers. */
  readonly resources: number;
  readonly connectedMembers: number;
  /** Connections and streams of the transport, as far as it tells. */
  readonly connections: number;
  readonly streams: number;
  /** The database with its log. */
  readonly database: number;
  /** 99th percentile since the last sample. */
  readonly loopDelayMs: number;
  /** Rounds that it saw become final, since it started. */
  readonly finals: number;
}

/** Reads a node's /metrics and what the system knows of its processes. Undefined if it does not answer in time. Linux alone. */
export async function sampleNode(node: NodeProcess, minute: number): Promise<NodeSample | undefined> {
  const text = await node.admin.metrics();
  if (text === undefined) return undefined;
  const [descriptors, sandbox, database] = await Promise.all([
    openDescriptors(node.pid),
    descendantsOf(node.pid).then(useOf),
    sizeOf(path.join(node.directory, "data")),
  ]);
  return {
    minute,
    ...metricsOf(parseExposition(text)),
    sandboxResident: sandbox?.residentBytes ?? 0,
    descriptors: descriptors.length,
    sockets: descriptors.filter((target) => target.startsWith("socket:")).length,
    database,
  };
}

type FromMetrics = Omit<NodeSample, "minute" | "sandboxResident" | "descriptors" | "sockets" | "database">;

function metricsOf(samples: Exposition): FromMetrics {
  const read = (name: string) => samples.get(name) ?? 0;
  return {
    resident: read("process_resident_memory_bytes"),
    heap: read("nodejs_heap_size_used_bytes"),
    external: read("nodejs_external_memory_bytes"),
    resources: read("nodejs_active_resources_total"),
    connectedMembers: read("p2p_connected_members"),
    connections: read("p2p_connections"),
    streams: read("p2p_streams"),
    loopDelayMs: 1000 * read("nodejs_eventloop_lag_p99_seconds"),
    finals: read("rounds_final_total"),
  };
}

/** What each open descriptor of a process points to. */
async function openDescriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  // One that was closed in between is none.
  const targets = await Promise.all(names.map((name) => readlink(path.join(folder, name)).catch(() => undefined)));
  return targets.filter((target) => target !== undefined);
}

/** Bytes of all databases and logs in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.includes(".db"));
  const sizes = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
