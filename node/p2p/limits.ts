import type { Message } from "../../core/consensus/messages.ts";
import { frameBytes, maxFrameBytes, type WireShape } from "../../core/consensus/wire.ts";
import type { Configuration, Timing } from "../../core/types/committee.ts";
import { WRITE_TIMEOUT_MS } from "./channel.ts";
import type { Rate } from "./rate-limit.ts";

/** What is counted below is the most that an honest member sends. Clocks drift, links stall and catch up: twice that is allowed. */
const SAFETY_FACTOR = 2;
/** No round is faster: four message delays, and the slowest of 2f+1 sources. */
const MIN_ROUND_MS = 20;
/** core/consensus/catch-up.ts: a member asks for so many final reports per DeltaResend, and sends twice as many. */
const REQUESTS_PER_RESEND = 4;
/** A frame's length on the wire, at most. */
const LENGTH_BYTES = 4;
/** What a member sends to one that (re)connects: see `greeting` in core/consensus/oracle.ts. */
const GREETING: readonly Message["kind"][] = ["new-epoch", "final", "round-start", "proposal"];

/** What one member may send to another, and keep for it. Every member may lead, so all have a leader's limits. */
export interface MemberLimits {
  /** Of one frame. */
  readonly maxFrameBytes: number;
  readonly frames: Rate;
  readonly bytes: Rate;
  /** Frames that wait for a member that does not read. */
  readonly maxQueuedFrames: number;
}

/**
 * Computes the limits of a committee's channels from its configuration, by counting what an honest member sends to one
 * other, kind by kind. A burst is what gathers while a link stalls for as long as a channel bears it, and a greeting.
 */
export function memberLimits({
  members,
  f,
  lanes,
  timing,
}: Pick<Configuration, "members" | "f" | "lanes" | "timing">): MemberLimits {
  const shape: WireShape = { n: members.length, f, lanes };
  const perSecond = framesPerSecond(timing);
  const framesInAll = sum(Object.values(perSecond));
  const bytesInAll = sum(kindsOf(perSecond).map((kind) => perSecond[kind] * sizeOf(kind, shape)));
  const stallSeconds = WRITE_TIMEOUT_MS / 1_000;
  const gathered = Math.ceil(stallSeconds * framesInAll) + GREETING.length;
  const gatheredBytes = Math.ceil(stallSeconds * bytesInAll) + sum(GREETING.map((kind) => sizeOf(kind, shape)));
  return {
    maxFrameBytes: maxFrameBytes(shape),
    frames: { burst: SAFETY_FACTOR * gathered, perSecond: SAFETY_FACTOR * framesInAll },
    bytes: { burst: SAFETY_FACTOR * gatheredBytes, perSecond: SAFETY_FACTOR * bytesInAll },
    maxQueuedFrames: gathered,
  };
}

/** The most frames of each kind that an honest member sends to one other. */
function framesPerSecond({
  deltaRound,
  deltaGrace,
  deltaProgress,
  deltaResend,
  rMax,
}: Timing): Record<Message["kind"], number> {
  // Within an epoch rounds are DeltaRound apart; the next epoch's first one follows at once.
  const epochMs = (rMax - 1) * deltaRound + Math.max(deltaGrace, MIN_ROUND_MS);
  const rounds = (rMax * 1_000) / epochMs;
  const resends = 1_000 / deltaResend;
  // An epoch is over when its rounds are done or make no progress. A wish is repeated, and answered to a laggard.
  const wishes = 1_000 / epochMs + 1_000 / deltaProgress + resends;
  return {
    "new-epoch": 2 * wishes,
    "round-start": rounds,
    observation: rounds,
    proposal: rounds,
    prepare: rounds,
    signature: rounds,
    final: 2 * REQUESTS_PER_RESEND * resends,
    "final-request": REQUESTS_PER_RESEND * resends,
  };
}

function sizeOf(kind: Message["kind"], shape: WireShape): number {
  return LENGTH_BYTES + frameBytes(kind, shape);
}

function kindsOf(perSecond: Record<Message["kind"], number>): Message["kind"][] {
  return Object.keys(perSecond) as Message["kind"][];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
