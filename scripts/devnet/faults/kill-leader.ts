import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import { type Check, check, type Finished } from "../checks/check.ts";
import type { Episode, Plight } from "../episode.ts";
import type { Ledger, RoundRecord } from "../ledger.ts";
import type { NodeEvent } from "../nodes/admin-client.ts";
import type { NodeProcess } from "../nodes/node-process.ts";
import { slotText } from "../slot-text.ts";

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

export interface KillLeaderOptions {
  readonly configDigest: Hex;
  readonly nodes: readonly NodeProcess[];
}

export interface KillLeaderDeps {
  readonly ledger: Pick<Ledger, "rounds">;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Kills the leader with SIGKILL as soon as it tells that it signed, and starts it again on the same data. */
export class KillLeader implements Episode {
  readonly #options: KillLeaderOptions;
  readonly #deps: KillLeaderDeps;
  #finals = new Set<string>();
  #record: KillRecord | undefined;

  constructor(options: KillLeaderOptions, deps: KillLeaderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get record(): { readonly killedLeader?: KillRecord } {
    return this.#record === undefined ? {} : { killedLeader: this.#record };
  }

  /** It is back, and a report of its time with the others is on the chain. */
  get finished(): boolean {
    const rejoinedAt = this.#record?.rejoinedAt;
    return (
      rejoinedAt !== undefined &&
      this.#deps.ledger.rounds.some(({ transmission }) => transmission.sequence >= rejoinedAt)
    );
  }

  get lines(): readonly string[] {
    return deedsOf(this.#record);
  }

  plightOf(member: number): Plight | undefined {
    return plightIn(this.#record, member);
  }

  onEvent(member: number, { type, stage, sequence: slot }: NodeEvent): void {
    if (type !== "stage") return;
    if (stage === "final") this.#finals.add(slot);
    if (stage !== "signed") return;
    const sequence = BigInt(slot);
    if (this.#record === undefined) this.#killIfLeader(member, sequence);
    else this.#noteRejoin(member, sequence);
  }

  checks({ records }: Pick<Finished, "records">): readonly Check[] {
    return [leaderRejoined(this.#record, records)];
  }

  #killIfLeader(member: number, sequence: bigint): void {
    const { nodes, configDigest } = this.#options;
    const leader = leaderOf(slotOf(sequence).epoch, { n: nodes.length, configDigest });
    const node = nodes[member];
    if (member !== leader || node === undefined || this.#finals.size < ROUNDS_BEFORE) return;
    this.#record = { member, sequence, killedPid: node.pid, restartedPid: undefined, rejoinedAt: undefined };
    void this.#killAndRestart(node);
  }

  async #killAndRestart(node: NodeProcess): Promise<void> {
    await node.kill();
    await this.#deps.sleep(DOWN_MS);
    node.start();
    if (this.#record !== undefined) this.#record = { ...this.#record, restartedPid: node.pid };
  }

  #noteRejoin(member: number, sequence: bigint): void {
    const record = this.#record;
    if (record?.member !== member || record.restartedPid === undefined || record.rejoinedAt !== undefined) return;
    if (sequence > record.sequence) this.#record = { ...record, rejoinedAt: sequence };
  }
}

export function deedsOf(record: KillRecord | undefined): string[] {
  if (record === undefined) return [];
  const name = `node-${record.member + 1}`;
  return [
    `leader ${name} killed after it signed ${slotText(record.sequence)}`,
    ...(record.rejoinedAt === undefined ? [] : [`${name} rejoined in ${slotText(record.rejoinedAt)}`]),
  ];
}

export function plightIn(record: KillRecord | undefined, member: number): Plight | undefined {
  if (record?.member !== member || record.rejoinedAt !== undefined) return undefined;
  return { word: record.restartedPid === undefined ? "killed" : "restarted", down: true };
}

export function leaderRejoined(record: KillRecord | undefined, records: readonly RoundRecord[]): Check {
  const name = "the killed leader rejoins";
  if (record?.rejoinedAt === undefined) return check(name, ["it was not killed, or it did not come back"], "");
  const { sequence, rejoinedAt } = record;
  const between = records.filter(
    ({ transmission }) => transmission.sequence > sequence && transmission.sequence < rejoinedAt,
  ).length;
  const problems = between > 0 ? [] : ["no round finished while the leader was down"];
  return check(name, problems, `killed after signing ${sequence}, ${between} rounds without it, back in ${rejoinedAt}`);
}
