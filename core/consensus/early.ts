import { slotOf } from "../types/sequence.ts";
import type { Proposal, RoundStart } from "./messages.ts";
import { leaderOf } from "./permutation.ts";
import type { ProtocolContext } from "./protocol.ts";

/** What a leader said of an epoch that this node has not entered: the newest of each kind. */
interface Early {
  readonly roundStart?: RoundStart;
  readonly proposal?: Proposal;
}

/**
 * Members enter an epoch one after the other, and its leader does not wait for the last. What it says is kept until this
 * node enters too: one RoundStart and one Proposal per member.
 */
export interface EarlyState {
  readonly byMember: readonly Early[];
}

export function startEarly(ctx: ProtocolContext): EarlyState {
  return { byMember: Array.from({ length: ctx.size.n }, () => ({})) };
}

/** Keeps a message of the leader of an epoch to come; anything else leaves the state as it is. */
export function keepEarly(
  ctx: ProtocolContext,
  state: EarlyState,
  input: { from: number; message: RoundStart | Proposal; epoch: number },
): EarlyState {
  const { from, message } = input;
  const slot = slotOf(message.sequence);
  if (slot.configIndex !== ctx.configIndex || slot.epoch <= input.epoch) return state;
  if (from !== leaderOf(slot.epoch, { n: ctx.size.n, configDigest: ctx.configDigest })) return state;
  const known = state.byMember[from] ?? {};
  const kept = message.kind === "round-start" ? { ...known, roundStart: message } : { ...known, proposal: message };
  return { byMember: state.byMember.with(from, kept) };
}

/** What the leader of the entered epoch said before, in its order; and what remains for later epochs. */
export function earlyMessages(
  ctx: ProtocolContext,
  state: EarlyState,
  epoch: number,
): { messages: readonly (RoundStart | Proposal)[]; rest: EarlyState } {
  const leader = leaderOf(epoch, { n: ctx.size.n, configDigest: ctx.configDigest });
  const { roundStart, proposal } = state.byMember[leader] ?? {};
  const messages = [roundStart, proposal].filter((message) => message !== undefined);
  const isLater = (message: { sequence: bigint } | undefined) =>
    message !== undefined && slotOf(message.sequence).epoch > epoch;
  const byMember = state.byMember.map((early) => ({
    ...(isLater(early.roundStart) && early.roundStart !== undefined && { roundStart: early.roundStart }),
    ...(isLater(early.proposal) && early.proposal !== undefined && { proposal: early.proposal }),
  }));
  return { messages: messages.filter(({ sequence }) => slotOf(sequence).epoch === epoch), rest: { byMember } };
}
