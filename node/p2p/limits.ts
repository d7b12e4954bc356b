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

/** What a peer may say to the muxer of one connection, beyond whose end all is closed. */
export interface ConnectionLimits {
  /** Of any type. */
  readonly frames: Rate;
  /** Of data, whatever stream they are for. */
  readonly bytes: Rate;
  /** Streams that the peer opens. */
  readonly streams: Rate;
  /** Questions and answers. */
  readonly pings: Rate;
}

/**
 * A member opens 16 at once and one a second for each of two committees before that is held against it (`NEW_STREAMS`),
 * and one for a ping every ten seconds. Who opens more is blamed there first: this is for streams that are never named.
 */
const STREAMS: Rate = { burst: 64, perSecond: 4 };
/** A stream's opening, its protocol's name both ways in two pieces, a window update for each, its end: on both sides. */
const FRAMES_PER_STREAM = 10;
/** The name of its protocol, and of the negotiation's own. */
const BYTES_PER_STREAM = 256;
/** Yamux asks every 30 s, and as often is answered. */
export const PINGS: Rate = { burst: 16, perSecond: 1 };
/** A frame that meets the end of a window leaves in two; every piece that a member is sent it answers with a new window. */
const MUXED_PER_FRAME = 4;

/**
 * Computes the bound of a member's connection from those of the channels that it may carry, one for each committee that
 * is joined. What a channel bears, its connection bears twice: an excess is dropped and blamed there, frame by frame, and
 * uses up all trust before it ends a connection here. With the development defaults, all that an honest member sends at
 * once after a stall, both ways, takes an eighth of the frames and a quarter of the bytes.
 */
export function connectionLimits(channels: readonly MemberLimits[]): ConnectionLimits {
  const all = (rateOf: (limits: MemberLimits) => Rate, factor: number, perStream: number): Rate => ({
    burst: factor * sum(channels.map((limits) => rateOf(limits).burst)) + perStream * STREAMS.burst,
    perSecond: factor * sum(channels.map((limits) => rateOf(limits).perSecond)) + perStream * STREAMS.perSecond,
  });
  return {
    frames: all(({ frames }) => frames, MUXED_PER_FRAME, FRAMES_PER_STREAM),
    bytes: all(({ bytes }) => bytes, SAFETY_FACTOR, BYTES_PER_STREAM),
    streams: STREAMS,
    pings: PINGS,
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
