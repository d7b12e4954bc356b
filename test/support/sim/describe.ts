import type { Message } from "../../../core/consensus/messages.ts";
import type { Effect } from "../../../core/consensus/protocol.ts";
import { slotOf } from "../../../core/types/sequence.ts";

/** epoch/round */
export function show(sequence: bigint): string {
  const { epoch, round } = slotOf(sequence);
  return `${epoch}/${round}`;
}

/** A message in a trace: its kind, what it is about, and where there could be two, which. */
export function describeMessage(message: Message): string {
  switch (message.kind) {
    case "new-epoch":
      return `new-epoch ${message.epoch}, from ${message.current}`;
    case "observation":
      return `observation ${show(message.observation.sequence)}`;
    case "prepare":
    case "final-request":
      return `${message.kind} ${show(message.sequence)} of ${message.digest.slice(2, 8)}`;
    case "signature":
      return `signature ${show(message.report.sequence)} of ${message.report.valuesHash.slice(2, 8)}`;
    case "final":
      return `final ${show(message.final.report.sequence)} of ${message.final.digest.slice(2, 8)}`;
    case "round-start":
    case "proposal":
      return `${message.kind} ${show(message.sequence)}`;
  }
}

/** An effect in a trace: what comes after "member 2". */
export function describe(action: Effect): string {
  if (action.type === "send") return `sends ${action.to} ${describeMessage(action.message)}`;
  if (action.type === "broadcast") return `broadcasts ${describeMessage(action.message)}`;
  if (action.type === "epoch") return `enters epoch ${action.epoch}, led by ${action.leader}`;
  if (action.type === "stage") return `is at ${action.stage} ${show(action.sequence)}`;
  if (action.type === "observe") return `observes ${show(action.sequence)}`;
  if (action.type !== "verdict") return action.type;
  const { kind, from, verdict } = action;
  return `judges ${kind} of ${from}: ${verdict.kind}${verdict.kind === "accept" ? "" : `, ${verdict.code}`}`;
}
