import { frameBytes, type WireShape } from "../../../core/consensus/wire.ts";
import type { Random } from "../random.ts";
import { between, chance } from "./draw.ts";
import type { Conditions } from "./schedule.ts";

/** Longer than a short restart, so that a node sees frames again with its memory gone. */
const DUPLICATE_DELAY_MS = 2_000;
/** A connection that could be made is made within so many milliseconds. */
export const CONNECT_MS = 200;

export interface VirtualNetworkDeps {
  readonly random: Random;
  readonly shape: WireShape;
  now(): number;
  schedule(delayMs: number, run: () => void): void;
  conditions(): Conditions;
  onFrame(to: number, from: number, frame: Uint8Array): void;
  onConnected(member: number, peer: number): void;
}

interface Link {
  /** Rises with each connection; even while there is none. */
  generation: number;
  /** When the last frame arrives, per direction, where order is kept. */
  readonly lastArrival: Map<number, number>;
}

/** Connections between n members, and what becomes of their frames. Frames of a connection that has ended are lost. */
export class VirtualNetwork {
  frames = 0;
  readonly #deps: VirtualNetworkDeps;
  readonly #links = new Map<number, Link>();
  readonly #up = new Set<number>();
  readonly #maxFrameBytes: number;
  #side: ReadonlySet<number> = new Set();

  constructor(deps: VirtualNetworkDeps) {
    this.#deps = deps;
    this.#maxFrameBytes = frameBytes("final", deps.shape);
  }

  /** A member's process is there: it connects to all whom it can reach. */
  join(member: number): void {
    for (const peer of this.#up) this.#connectSoon(member, peer);
    this.#up.add(member);
  }

  leave(member: number): void {
    this.#up.delete(member);
    for (const peer of this.#up) this.#disconnect(member, peer);
  }

  /** Separates these members from the others; an empty side ends the partition. */
  partition(side: readonly number[]): void {
    this.#side = new Set(side);
    const members = [...this.#up];
    for (const [i, a] of members.entries())
      for (const b of members.slice(i + 1)) {
        if (!this.#reaches(a, b)) this.#disconnect(a, b);
        else if (!isConnected(this.#link(a, b))) this.#connectSoon(a, b);
      }
  }

  send(from: number, to: number, { frame, holdMs = 0 }: { frame: Uint8Array; holdMs?: number | undefined }): void {
    const { random } = this.#deps;
    const link = this.#link(from, to);
    if (!isConnected(link)) return;
    if (frame.length > this.#maxFrameBytes) {
      // The transport ends the stream of whoever sends more than any honest member would.
      this.#disconnect(from, to);
      this.#connectSoon(from, to);
      return;
    }
    const { minDelayMs, maxDelayMs, loss, duplicates, ordered } = this.#deps.conditions();
    if (chance(random, loss)) return;
    this.frames += 1;
    const delay = holdMs + between(random, minDelayMs, maxDelayMs);
    this.#deliver({ from, to, frame, link }, ordered && holdMs === 0 ? this.#inOrder(link, to, delay) : delay);
    if (duplicates > 0 && chance(random, duplicates))
      this.#deliver({ from, to, frame, link }, delay + random.integer(DUPLICATE_DELAY_MS));
  }

  #deliver(
    { from, to, frame, link }: { from: number; to: number; frame: Uint8Array; link: Link },
    delay: number,
  ): void {
    const { generation } = link;
    this.#deps.schedule(delay, () => {
      if (link.generation === generation) this.#deps.onFrame(to, from, frame);
    });
  }

  #inOrder(link: Link, to: number, delay: number): number {
    const now = this.#deps.now();
    const arrival = Math.max(now + delay, link.lastArrival.get(to) ?? 0);
    link.lastArrival.set(to, arrival);
    return arrival - now;
  }

  #connectSoon(a: number, b: number): void {
    this.#deps.schedule(this.#deps.random.integer(CONNECT_MS), () => {
      const link = this.#link(a, b);
      if (isConnected(link) || !this.#up.has(a) || !this.#up.has(b) || !this.#reaches(a, b)) return;
      link.generation += 1;
      link.lastArrival.clear();
      this.#deps.onConnected(a, b);
      this.#deps.onConnected(b, a);
    });
  }

  #disconnect(a: number, b: number): void {
    const link = this.#link(a, b);
    if (isConnected(link)) link.generation += 1;
  }

  #reaches(a: number, b: number): boolean {
    return this.#side.has(a) === this.#side.has(b);
  }

  #link(a: number, b: number): Link {
    const key = Math.min(a, b) * 64 + Math.max(a, b);
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = { generation: 0, lastArrival: new Map<number, number>() };
    this.#links.set(key, link);
    return link;
  }
}

function isConnected({ generation }: Link): boolean {
  return generation % 2 === 1;
}
