import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import type { NodeEvent } from "../nodes/admin-client.ts";
import type { NodeProcess } from "../nodes/node-process.ts";

/** The network has shown that it works before its leader dies. */
const ROUNDS_BEFORE = 2;
/** Long enough to miss a round and an epoch change. */
const DOWN_MS = 9_000;

export interface KillRecord {
  readonly member: number;
  /** The slot in which the leader had just signed. */
  readonly sequence: bigint;
  readonly killedPid: number;
  readonly restartedPid: number | undefined;
  /** The first slot after the restart that the node signed. */
  readonly rejoinedAt: bigint | undefined;
}

/** Kills the leader with SIGKILL as soon as it tells that it signed, and starts it again on the same data. */
export class KillLeader {
  readonly #configDigest: Hex;
  readonly #nodes: readonly NodeProcess[];
  readonly #sleep: (ms: number) => Promise<void>;
  #finals = new Set<string>();
  #record: KillRecord | undefined;

  constructor(
    { configDigest, nodes }: { configDigest: Hex; nodes: readonly NodeProcess[] },
    { sleep }: { sleep: (ms: number) => Promise<void> },
  ) {
    this.#configDigest = configDigest;
    this.#nodes = nodes;
    this.#sleep = sleep;
  }

  get record(): KillRecord | undefined {
    return this.#record;
  }

  get finished(): boolean {
    return this.#record?.rejoinedAt !== undefined;
  }

  onEvent(member: number, event: NodeEvent): void {
    if (event.type !== "stage") return;
    if (event.stage === "final") this.#finals.add(event.sequence);
    if (event.stage !== "signed") return;
    const sequence = BigInt(event.sequence);
    if (this.#record === undefined) this.#killIfLeader(member, sequence);
    else this.#noteRejoin(member, sequence);
  }

  #killIfLeader(member: number, sequence: bigint): void {
    const leader = leaderOf(slotOf(sequence).epoch, { n: this.#nodes.length, configDigest: this.#configDigest });
    const node = this.#nodes[member];
    if (member !== leader || node === undefined || this.#finals.size < ROUNDS_BEFORE) return;
    this.#record = { member, sequence, killedPid: node.pid, restartedPid: undefined, rejoinedAt: undefined };
    void this.#killAndRestart(node);
  }

  async #killAndRestart(node: NodeProcess): Promise<void> {
    await node.kill();
    await this.#sleep(DOWN_MS);
    node.restart();
    if (this.#record !== undefined) this.#record = { ...this.#record, restartedPid: node.pid };
  }

  #noteRejoin(member: number, sequence: bigint): void {
    const record = this.#record;
    if (record?.member !== member || record.restartedPid === undefined || record.rejoinedAt !== undefined) return;
    if (sequence > record.sequence) this.#record = { ...record, rejoinedAt: sequence };
  }
}
