import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { NodeProcess } from "../../devnet/nodes/node-process.ts";
import type { BenchError } from "../errors.ts";
import { type Exposition, parseExposition } from "./exposition.ts";
import { descendantsOf, useOf } from "./process-tree.ts";

/** Counters of one node at one moment. */
export interface NodeUse {
  /** Rounds that it saw become final. */
  readonly finals: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  /** Of the node's own process. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Of its sandbox, a process of its own; undefined where the system has no /proc. */
  readonly sandbox: { readonly cpuSeconds: number; readonly residentBytes: number } | undefined;
}

/** Reads a node's /metrics, and what its child processes have used. */
export async function readNodeUse(node: NodeProcess): Promise<NodeUse> {
  const text = await node.admin.metrics();
  if (text === undefined) {
    throw new QuorateError<BenchError>(
      { code: "node-without-metrics", node: node.name },
      `${node.name} does not answer at /metrics: see ${node.logFile}`,
    );
  }
  const sandbox = await useOf(await descendantsOf(node.pid));
  return { ...countersOf(parseExposition(text)), sandbox };
}

function countersOf(samples: Exposition): Omit<NodeUse, "sandbox"> {
  const read = (name: string) => samples.get(name) ?? 0;
  return {
    finals: read("rounds_final_total"),
    framesOut: read('p2p_frames_total{direction="out"}'),
    bytesOut: read('p2p_bytes_total{direction="out"}'),
    cpuSeconds: read("process_cpu_seconds_total"),
    residentBytes: read("process_resident_memory_bytes"),
  };
}
