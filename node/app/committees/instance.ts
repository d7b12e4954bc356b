import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";

/** What the admin interface can show of a committee that this node takes part in, also after its end. */
export interface CommitteeView {
  /** Without what all committees share. */
  status(): object;
  finalOf(sequence: bigint): FinalReport | undefined;
  /** Equivocations that this node witnessed, oldest first. */
  evidence(): readonly Equivocation[];
  /** Why the node cannot do its part right now; empty if it can. */
  unreadyReasons(): readonly string[];
}

/** This node's part in one committee, with a lifecycle of its own. */
export interface CommitteeInstance {
  readonly view: CommitteeView;
  /** Ends its rounds and drops what waits to be transmitted; proofs of reports on the chain go on. */
  settle(): Promise<void>;
  /** Ends everything. With `abandon` nothing leaves any more from the call on, and what waited is never sent. Idempotent. */
  stop(options: { readonly abandon: boolean }): Promise<void>;
}

export interface StartInstanceOptions {
  /** False: its rounds are over, proofs alone are delivered. */
  readonly rounds: boolean;
  /** Aborted when the instance is not wanted any more while it starts. */
  readonly signal: AbortSignal;
}
