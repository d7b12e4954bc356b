import type { Effect } from "../../../core/consensus/protocol.ts";
import type { BindingKind } from "../../../core/consensus/messages.ts";
import type { StoredProtocol } from "../../../core/ports/protocol-store.ts";
import type { EpochRecord } from "../../../core/types/epoch.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";

/** Thrown for what the real store refuses too: other bytes for a slot that is bound. */
export class DoubleBinding extends Error {}

type Encode = (message: Extract<Effect, { type: "persist-message" }>["message"]) => Uint8Array;

/** What the store of one node holds: exactly what a process finds after a crash. */
export class Disk {
  readonly #encode: Encode;
  readonly #bindings = new Map<string, Uint8Array>();
  readonly #highest: Record<BindingKind, bigint> = { observation: 0n, proposal: 0n, prepare: 0n, signature: 0n };
  readonly #finals = new Map<bigint, FinalReport>();
  readonly #evidence = new Map<string, Equivocation>();
  #epoch: EpochRecord | undefined;
  #lastFinal: FinalReport | undefined;

  constructor(encode: Encode) {
    this.#encode = encode;
  }

  load(): StoredProtocol {
    return { epoch: this.#epoch, highest: { ...this.#highest }, lastFinal: this.#lastFinal };
  }

  /** Keeps all of a step or nothing of it. Throws DoubleBinding. */
  commit(effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.type === "persist-message") this.#check(effect);
    for (const effect of effects) {
      if (effect.type === "persist-message") this.#bind(effect);
      if (effect.type === "persist-epoch") this.#epoch = effect.record;
      if (effect.type === "persist-final") this.#keepFinal(effect.final);
      if (effect.type === "persist-evidence") this.#evidence.set(evidenceKey(effect.evidence), effect.evidence);
    }
  }

  binding(kind: BindingKind, sequence: bigint): Uint8Array | undefined {
    return this.#bindings.get(`${kind} ${sequence}`);
  }

  finalOf(sequence: bigint): FinalReport | undefined {
    return this.#finals.get(sequence);
  }

  hasEvidence(about: Pick<Equivocation, "member" | "kind" | "sequence">): boolean {
    return this.#evidence.has(evidenceKey(about));
  }

  #check({ kind, sequence, message }: Extract<Effect, { type: "persist-message" }>): void {
    const known = this.binding(kind, sequence);
    if (known !== undefined && Buffer.compare(known, this.#encode(message)) !== 0)
      throw new DoubleBinding(`a second ${kind} for slot ${sequence}`);
  }

  #bind({ kind, sequence, message }: Extract<Effect, { type: "persist-message" }>): void {
    this.#bindings.set(`${kind} ${sequence}`, this.#encode(message));
    if (sequence > this.#highest[kind]) this.#highest[kind] = sequence;
  }

  #keepFinal(final: FinalReport): void {
    const { sequence } = final.report;
    if (!this.#finals.has(sequence)) this.#finals.set(sequence, final);
    if (sequence > (this.#lastFinal?.report.sequence ?? 0n)) this.#lastFinal = final;
  }
}

function evidenceKey({ member, kind, sequence }: Pick<Equivocation, "member" | "kind" | "sequence">): string {
  return `${member} ${kind} ${sequence}`;
}
