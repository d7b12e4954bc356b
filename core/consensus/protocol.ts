import type { Verdict } from "../errors/verdict.ts";
import type { ProtocolCrypto } from "../ports/protocol-crypto.ts";
import type { ReportingPlugin } from "../ports/reporting.ts";
import type { Timing } from "../types/committee.ts";
import type { EpochRecord } from "../types/epoch.ts";
import type { Equivocation } from "../types/evidence.ts";
import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";
import type { Observation } from "../types/observation.ts";
import type { BindingKind, Message, ObservationMessage, Prepare, Proposal, SignatureMessage } from "./messages.ts";
import type { CommitteeSize } from "./quorum.ts";

/** What the roles know of the committee. Fixed for one configuration. */
export interface ProtocolContext {
  readonly size: CommitteeSize;
  readonly self: number;
  readonly configIndex: number;
  readonly configDigest: Hex;
  readonly timing: Timing;
  readonly plugin: ReportingPlugin;
  readonly crypto: ProtocolCrypto;
}

/** Everything that can happen to a node. Slow work comes back as an event stamped with its slot. */
export type ProtocolEvent =
  | { readonly type: "started" }
  | { readonly type: "tick" }
  | { readonly type: "message"; readonly from: number; readonly message: Message }
  | { readonly type: "connected"; readonly peer: number }
  | { readonly type: "observed"; readonly observation: Observation }
  /** The chain's state changed: which feeds would be transmitted if they were in a report now. */
  | { readonly type: "due"; readonly mask: number }
  /** The chain holds a report of this configuration that this node does not hold. */
  | { readonly type: "missing"; readonly sequence: bigint; readonly digest: Hex };

export type BindingMessage = ObservationMessage | Proposal | Prepare | SignatureMessage;

/** The stations of a round, for metrics and views. */
export type Stage = "round-started" | "observing" | "observed" | "proposed" | "prepared" | "signed" | "final";

export type RefusalCode =
  | "wrong-configuration"
  | "not-leader"
  | "old-epoch"
  | "future-epoch"
  | "old-slot"
  | "too-early"
  | "duplicate"
  | "malformed"
  | "not-collecting"
  | "bad-signature"
  | "bad-quorum"
  | "bad-report"
  | "equivocation";

/** What the edge must do, in this order. Everything to be persisted in a step is on disk before anything leaves. */
export type Effect =
  | {
      readonly type: "persist-message";
      readonly kind: BindingKind;
      readonly sequence: bigint;
      readonly message: BindingMessage;
    }
  | { readonly type: "persist-epoch"; readonly record: EpochRecord }
  | { readonly type: "persist-final"; readonly final: FinalReport }
  /** A member contradicted itself: kept, shown and exported. */
  | { readonly type: "persist-evidence"; readonly evidence: Equivocation }
  | { readonly type: "send"; readonly to: number; readonly message: Message }
  | { readonly type: "broadcast"; readonly message: Message }
  | { readonly type: "observe"; readonly sequence: bigint }
  /** The newest final report. */
  | { readonly type: "final"; readonly final: FinalReport }
  /** A final report, older than the newest, that this node had asked for. */
  | { readonly type: "recovered"; readonly final: FinalReport }
  /** A member asks for a final report: send it if the store holds it. */
  | { readonly type: "serve-final"; readonly to: number; readonly sequence: bigint; readonly digest: Hex }
  | { readonly type: "stage"; readonly stage: Stage; readonly sequence: bigint }
  | { readonly type: "epoch"; readonly epoch: number; readonly leader: number }
  | {
      readonly type: "verdict";
      readonly from: number;
      readonly kind: Message["kind"];
      readonly verdict: Verdict<RefusalCode>;
    };

/** A role's answer to an event: its next state, and what shall be done. */
export interface Step<State> {
  readonly state: State;
  readonly effects: readonly Effect[];
}
