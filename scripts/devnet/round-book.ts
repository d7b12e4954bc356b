import type { NodeEvent } from "./nodes/admin-client.ts";

/** Slots that are kept at most: hours of rounds. */
const MAX_SLOTS = 4_096;

/** What the nodes tell of their rounds, by slot: who had it final, and when. Times are Unix milliseconds of one machine. */
export class RoundBook {
  readonly #finals = new Map<bigint, Map<number, number>>();
  readonly #lastStage = new Map<number, number>();

  /** @param node index among all processes of the network. */
  note(node: number, { type, stage, sequence, at }: NodeEvent): void {
    if (type !== "stage") return;
    this.#lastStage.set(node, Math.max(at, this.#lastStage.get(node) ?? 0));
    if (stage !== "final") return;
    const slot = BigInt(sequence);
    const times = this.#finals.get(slot) ?? new Map<number, number>();
    if (!times.has(node)) times.set(node, at);
    this.#finals.set(slot, times);
    if (this.#finals.size > MAX_SLOTS) this.#finals.delete(this.#finals.keys().next().value ?? slot);
  }

  /** Slots that became final at `quorum` of these nodes, with the time at which the last of that many had it. */
  finals(nodes: readonly number[], quorum: number): readonly { readonly sequence: bigint; readonly at: number }[] {
    return [...this.#finals].flatMap(([sequence, times]) => {
      const known = nodes.flatMap((node) => times.get(node) ?? []).sort((a, b) => a - b);
      const at = known[quorum - 1];
      return at === undefined ? [] : [{ sequence, at }];
    });
  }

  /** When this node last told of any stage of any round; 0 if it never did. */
  lastStageAt(node: number): number {
    return this.#lastStage.get(node) ?? 0;
  }
}
