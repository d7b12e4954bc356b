import { setTimeout as delay } from "node:timers/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Timing } from "../../../core/types/committee.ts";
import { type DevNetwork, startNetwork, type Stoppable } from "../../devnet/network.ts";
import { Timeline } from "../../devnet/timeline.ts";
import { ensureContracts } from "../../toolchain/contracts.ts";
import type { BenchError } from "../errors.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";

export interface BenchNetworkOptions {
  readonly nodes: number;
  readonly timing: Timing;
  /** Sources answer at once and without faults. */
  readonly calm: boolean;
  /** Members reach each other through proxies whose delay can be set. */
  readonly linked: boolean;
  readonly directory: string;
  /** Reports are transmitted to be proven, and are. Default: signed only. */
  readonly proving?: boolean;
}

const POLL_MS = 100;
/** As nodes do by default; the devnet's own look more often, which would be a third of what is measured here. */
const CHAIN_POLL_MS = 1_000;
/** Processes start one beside the other: some seconds of CPU time each. */
const READY_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_PER_NODE_MS = 8_000;

/** Runs real nodes on loopback while `use` measures them, then stops all that was started. */
export async function withNetwork<T>(
  options: BenchNetworkOptions,
  context: BenchContext,
  use: (network: DevNetwork) => Promise<T>,
): Promise<T> {
  const { nodes, timing, calm, linked, directory, proving = false } = options;
  const owned: Stoppable[] = [];
  try {
    context.progress("building the contracts");
    await ensureContracts();
    context.progress(`starting ${nodes} nodes${calm ? ", calm sources" : ""}${linked ? ", with delays" : ""}`);
    const network = await startNetwork(
      {
        ...{ directory, seed: "bench", scripts: new Map(), timing, proving, calm, nodes, pollMs: CHAIN_POLL_MS },
        ...(linked ? { links: { delayMs: 0 } } : {}),
      },
      { timeline: new Timeline({ now: Date.now }), own: (part) => owned.push(part) },
    );
    await untilReady(network, directory, context);
    return await use(network);
  } finally {
    for (const part of owned.toReversed()) await part.stop();
  }
}

async function untilReady({ nodes }: DevNetwork, directory: string, { signal }: BenchContext): Promise<void> {
  const timeout = READY_TIMEOUT_MS + nodes.length * READY_TIMEOUT_PER_NODE_MS;
  const deadline = Date.now() + timeout;
  while (!(await Promise.all(nodes.map(({ admin }) => admin.ready()))).every(Boolean)) {
    requireUnstopped(signal);
    if (Date.now() > deadline || nodes.some(({ running }) => !running)) {
      throw new QuorateError<BenchError>(
        { code: "nodes-not-ready", directory },
        `the nodes did not get ready within ${timeout / 1000} s: see the logs in ${directory}`,
      );
    }
    await delay(POLL_MS);
  }
}
