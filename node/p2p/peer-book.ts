import type { Log } from "../../core/ports/log.ts";
import type { P2pMetrics } from "./metrics.ts";
import {
  createPeerScore,
  type Fault,
  faultPoints,
  isExhausted,
  isRefused,
  MAX_SCORE,
  penalised,
  type PeerScore,
  refused,
  scoreAt,
} from "./peer-score.ts";

/** A committee that this node has joined, as far as its peers' standing goes. */
export interface Committee {
  /** For metrics. */
  readonly name: string;
  /** By member index; this node among them. */
  readonly peerIds: readonly string[];
  /** Faulty members that it tolerates. */
  readonly f: number;
  /** Ends what this committee has with a peer that is refused from now on. */
  onRefused(peerId: string): void;
}

export interface PeerBookDeps {
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: P2pMetrics;
}

/** Who may connect: the peers of all joined committees, but for those that are refused for a while. */
export interface PeerBook {
  add(committee: Committee): void;
  /** Forgets the committee. The peers that no other one has are returned: nobody needs their connections. */
  remove(committee: Committee): readonly string[];
  readonly admits: (peerId: string) => boolean;
  /** Milliseconds until a refused peer may be tried again; 0 for any other. */
  refusedFor(peerId: string): number;
  blame(peerId: string, fault: Fault): void;
  takePoints(peerId: string, points: number, reason: string): void;
  /** 0 … MAX_SCORE as of now; 0 for one that is refused. */
  scoreOf(peerId: string): number;
  /** Brings the scores that time has healed up to date in the metrics. */
  report(): void;
}

/**
 * Keeps one score per peer, whatever committees it is in: what it did in one, it did.
 * No committee refuses more than f members at once. If more seem to misbehave, the fault is likely our own (a clock, a
 * release), and a committee that has cut off its honest members is worse off than one that listens to nonsense.
 */
export function createPeerBook({ now, log, metrics }: PeerBookDeps): PeerBook {
  const committees = new Set<Committee>();
  const scores = new Map<string, PeerScore>();

  const having = (peerId: string) => [...committees].filter(({ peerIds }) => peerIds.includes(peerId));
  const isOut = (peerId: string) => {
    const score = scores.get(peerId);
    return score !== undefined && isRefused(score, now());
  };
  const hasRoom = ({ peerIds, f }: Committee) => peerIds.filter(isOut).length < f;

  function refuse(peerId: string, { score, reason }: { score: PeerScore; reason: string }): void {
    const at = now();
    const next = refused(score, at);
    scores.set(peerId, next);
    const ms = Math.round(next.refusedUntil - at);
    for (const committee of having(peerId)) {
      metrics.bans.add(1, labelsOf(committee, peerId));
      log.warn({ ...labelsOf(committee, peerId), peerId, reason, ms }, "member refused for a while: it misbehaves");
      committee.onRefused(peerId);
    }
  }

  function takePoints(peerId: string, points: number, reason: string): void {
    const at = now();
    const score = penalised(scores.get(peerId) ?? createPeerScore(at), points, at);
    scores.set(peerId, score);
    const exhausted = isExhausted(score, at) && !isRefused(score, at);
    if (exhausted && having(peerId).every(hasRoom)) refuse(peerId, { score, reason });
    reportPeer(peerId);
  }

  const scoreOf = (peerId: string): number =>
    isOut(peerId) ? 0 : scoreAt(scores.get(peerId) ?? createPeerScore(now()), now());

  function reportPeer(peerId: string): void {
    const value = scoreOf(peerId);
    for (const committee of having(peerId)) metrics.score.set(value, labelsOf(committee, peerId));
  }

  return {
    add: (committee) => void committees.add(committee),
    remove(committee) {
      for (const peerId of scores.keys())
        if (committee.peerIds.includes(peerId)) metrics.score.set(MAX_SCORE, labelsOf(committee, peerId));
      committees.delete(committee);
      const unneeded = committee.peerIds.filter((peerId) => having(peerId).length === 0);
      for (const peerId of unneeded) scores.delete(peerId);
      return unneeded;
    },
    admits: (peerId) => having(peerId).length > 0 && !isOut(peerId),
    refusedFor: (peerId) => Math.max(0, (scores.get(peerId)?.refusedUntil ?? -Infinity) - now()),
    blame(peerId, fault) {
      metrics.faults.add(1, { fault });
      takePoints(peerId, faultPoints(fault), fault);
    },
    takePoints,
    scoreOf,
    report: () => [...scores.keys()].forEach(reportPeer),
  };
}

function labelsOf({ name, peerIds }: Committee, peerId: string) {
  return { committee: name, member: String(peerIds.indexOf(peerId)) };
}
