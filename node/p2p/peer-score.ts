/** The best score; every peer begins with it. At 0 a peer is refused for a while. */
export const MAX_SCORE = 100;
/** Points that time gives back: the worst score heals within 100 s, longer than any hiccup of a network lasts. */
const HEALED_PER_SECOND = 1;
/** A refused peer returns with half of the trust: it is refused again sooner. */
const RETURN_SCORE = MAX_SCORE / 2;
/** The first refusal is short: an honest member that had a hiccup is missed for one epoch at most. */
const FIRST_REFUSAL_MS = 5_000;
/** Each refusal lasts twice as long as the one before, up to here: a member that was repaired is back soon. */
export const MAX_REFUSAL_MS = 300_000;
/** Good behaviour of this length makes up for one refusal. */
const FORGIVEN_AFTER_MS = 600_000;
/** Excess that lasts so long in full uses up all trust; a burst of a second costs a tenth of it. */
const LASTING_EXCESS_SECONDS = 10;

/**
 * What a peer does that an honest one does not.
 * `reject`: sent a message that the protocol rejects. `oversize`: began a frame longer than any.
 * `stalled`: did not end a frame that it had begun. `unread`: does not read. `streams`: opens streams over and over.
 * `flood`: says more on its connection than all its channels could hold. `malformed`: speaks no Yamux.
 */
export type Fault = "reject" | "oversize" | "stalled" | "unread" | "streams" | "flood" | "malformed";

/**
 * Of 100. A reject costs its receiver signature checks: ten in a row are enough, one in ten seconds is borne for ever.
 * Stalled and unread happen to honest members too when a link breaks, once per break: they never add up to 100.
 */
const FAULT_POINTS: Readonly<Record<Fault, number>> = {
  reject: 10,
  oversize: 25,
  stalled: 10,
  unread: 10,
  streams: 10,
  flood: 25,
  malformed: 25,
};

/** One peer's standing. Plain data; times in milliseconds of one clock that never steps. */
export interface PeerScore {
  /** As of `at`. */
  readonly points: number;
  readonly at: number;
  /** Not talked to before this time; -Infinity if it never was refused. */
  readonly refusedUntil: number;
  /** Refusals that good behaviour has not yet made up for, as of the last one. */
  readonly refusals: number;
}

export function createPeerScore(now: number): PeerScore {
  return { points: MAX_SCORE, at: now, refusedUntil: -Infinity, refusals: 0 };
}

/** The score at a time, healed since the last change: 0…100. */
export function scoreAt({ points, at }: PeerScore, now: number): number {
  return Math.min(MAX_SCORE, points + (Math.max(0, now - at) / 1000) * HEALED_PER_SECOND);
}

export function isRefused({ refusedUntil }: PeerScore, now: number): boolean {
  return now < refusedUntil;
}

export function faultPoints(fault: Fault): number {
  return FAULT_POINTS[fault];
}

/** Points for one frame beyond a peer's allowance of so many per second. */
export function excessPoints(framesPerSecond: number): number {
  return MAX_SCORE / (LASTING_EXCESS_SECONDS * framesPerSecond);
}

/** Takes points off. A peer that is refused already loses no more. */
export function penalised(score: PeerScore, points: number, now: number): PeerScore {
  if (isRefused(score, now)) return score;
  return { ...score, points: Math.max(0, scoreAt(score, now) - points), at: now };
}

/** Whether nothing is left of a peer's trust but what healed between the faults of one second. */
export function isExhausted(score: PeerScore, now: number): boolean {
  return scoreAt(score, now) < HEALED_PER_SECOND;
}

/** Refuses a peer from now on, longer each time. */
export function refused(score: PeerScore, now: number): PeerScore {
  const forgiven = Math.floor(Math.max(0, now - score.refusedUntil) / FORGIVEN_AFTER_MS);
  const before = Math.max(0, score.refusals - forgiven);
  const refusedUntil = now + Math.min(MAX_REFUSAL_MS, FIRST_REFUSAL_MS * 2 ** before);
  return { points: RETURN_SCORE, at: refusedUntil, refusedUntil, refusals: before + 1 };
}
