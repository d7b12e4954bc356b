import type { Message } from "../../core/consensus/messages.ts";
import type { Effect } from "../../core/consensus/protocol.ts";
import type { Log } from "../../core/ports/log.ts";
import type { BindingRecord, ProtocolCommit, ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { FinalReport } from "../../core/types/final.ts";

export interface DurableStepDeps {
  readonly store: Pick<ProtocolStore, "commit">;
  readonly log: Log;
  readonly encode: (message: Message) => Uint8Array;
}

export interface DurableStep {
  /** Whether all that a step must remember is on disk, so that the step may take effect. */
  keep(effects: readonly Effect[]): boolean;
  /** Whether the last step that had to be stored was. */
  healthy(): boolean;
}

/** Puts what a step must remember on disk. A step that cannot be stored has not happened: as if its message were lost. */
export function createDurableStep({ store, log, encode }: DurableStepDeps): DurableStep {
  let healthy = true;
  return {
    healthy: () => healthy,
    keep(effects) {
      const commit = commitOf(effects, encode);
      if (commit === undefined) return true;
      try {
        store.commit(commit);
        healthy = true;
      } catch (error) {
        if (healthy) log.error({ error }, "this step cannot be stored: check the data directory; silent until it can");
        healthy = false;
      }
      return healthy;
    },
  };
}

/** Undefined if there is nothing to store. */
function commitOf(effects: readonly Effect[], encode: (message: Message) => Uint8Array): ProtocolCommit | undefined {
  const bindings: BindingRecord[] = [];
  const finals: FinalReport[] = [];
  const evidence: Equivocation[] = [];
  let epoch: ProtocolCommit["epoch"];
  for (const effect of effects) {
    if (effect.type === "persist-message")
      bindings.push({ kind: effect.kind, sequence: effect.sequence, bytes: encode(effect.message) });
    if (effect.type === "persist-final") finals.push(effect.final);
    if (effect.type === "persist-evidence") evidence.push(effect.evidence);
    if (effect.type === "persist-epoch") epoch = effect.record;
  }
  const nothing = bindings.length + finals.length + evidence.length === 0 && epoch === undefined;
  return nothing ? undefined : { bindings, epoch, finals, evidence };
}
