import type { Effect } from "../../../core/consensus/protocol.ts";

/** An effect in a trace: what comes after "member 2". */
export function describe(action: Effect): string {
  if (action.type === "send") return `sends ${action.to} ${action.message.kind}`;
  if (action.type === "broadcast") return `broadcasts ${action.message.kind}`;
  if (action.type === "epoch") return `enters epoch ${action.epoch}, led by ${action.leader}`;
  if (action.type === "stage") return `is at ${action.stage}`;
  if (action.type !== "verdict") return action.type;
  const { kind, from, verdict } = action;
  return `judges ${kind} of ${from}: ${verdict.kind}${verdict.kind === "accept" ? "" : `, ${verdict.code}`}`;
}
