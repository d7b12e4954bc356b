import type { Stream } from "@libp2p/interface";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { NetworkEvents } from "../../core/ports/network.ts";
import { type Channel, openChannel } from "./channel.ts";
import { DIAL_TIMEOUT_MS } from "./dial-deadline.ts";
import type { MemberLimits } from "./limits.ts";
import type { P2pMetrics } from "./metrics.ts";
import type { Fault } from "./peer-score.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface LinksOptions {
  /** This node's committee index. */
  readonly self: number;
  /** Members of the committee. */
  readonly size: number;
  readonly limits: MemberLimits;
}

export interface LinksDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: P2pMetrics;
  readonly events: NetworkEvents;
  readonly onFault: (member: number, fault: Fault) => void;
  /** A frame was dropped that came faster than allowed. */
  readonly onExcess: (member: number) => void;
  readonly onCountChanged: () => void;
}

/** The channel of each member: one at a time. */
export interface Links {
  /** Takes a stream that member or this node has opened; resolves when it has ended, or at once if another one is kept. */
  attach(member: number, stream: Stream, opener: number): Promise<void>;
  has(member: number): boolean;
  /** Resolves when the member has no channel, with the milliseconds that the last one was open if there was one. */
  ended(member: number): Promise<number | undefined>;
  send(member: number, frame: Uint8Array): void;
  connected(): readonly number[];
  close(member: number, reason: string): void;
  closeAll(reason: string): void;
}

interface Link {
  readonly channel: Channel;
  readonly opener: number;
  readonly openedAt: number;
}

export function createLinks(options: LinksOptions, deps: LinksDeps): Links {
  const { self, limits } = options;
  const { clock, log, metrics, events } = deps;
  const links = new Map<number, Link>();
  const receive = createReceive(options, deps);

  async function attach(member: number, stream: Stream, opener: number): Promise<void> {
    const current = links.get(member);
    if (current !== undefined && !isNewKept({ current, opener }, { self, member, now: clock.now() })) {
      stream.abort(new Error("there is a channel already"));
      return;
    }
    current?.channel.abort("replaced by another channel");
    const channel = openChannel(stream, limits, {
      clock,
      onFrame: (frame) => receive(member, frame),
      onDropped: (reason) => metrics.dropped.add(1, { reason }),
      onFault: (fault) => deps.onFault(member, fault),
    });
    const link = { channel, opener, openedAt: clock.now() };
    links.set(member, link);
    deps.onCountChanged();
    log.info({ member, opener }, "member connected");
    events.onConnected(member);
    await channel.closed;
    if (links.get(member) !== link) return;
    links.delete(member);
    deps.onCountChanged();
    log.info({ member }, "member disconnected");
    events.onDisconnected(member);
  }

  return {
    attach,
    has: (member) => links.has(member),
    async ended(member) {
      let lasted: number | undefined;
      for (let link = links.get(member); link !== undefined; link = links.get(member)) {
        await link.channel.closed;
        lasted = clock.now() - link.openedAt;
        if (links.get(member) === link) break; // `attach` is about to remove it.
      }
      return lasted;
    },
    send(member, frame) {
      const link = links.get(member);
      if (link === undefined) {
        metrics.dropped.add(1, { reason: "not-connected" });
        return;
      }
      metrics.frames.add(1, { direction: "out" });
      metrics.bytes.add(frame.length, { direction: "out" });
      link.channel.send(frame);
    },
    connected: () => [...links.keys()].toSorted((a, b) => a - b),
    close: (member, reason) => links.get(member)?.channel.abort(reason),
    closeAll: (reason) => links.forEach(({ channel }) => channel.abort(reason)),
  };
}

/** Takes the frames that members may send, and drops the others. */
function createReceive({ size, limits }: LinksOptions, { clock, log, metrics, events, onExcess }: LinksDeps) {
  // Of a member, whatever channel it uses: a new channel is no new allowance.
  const allowances = Array.from({ length: size }, () => createAllowance(limits));
  return (member: number, frame: Uint8Array): void => {
    if (allowances[member]?.take(clock.now(), frame.length) !== true) {
      metrics.dropped.add(1, { reason: "rate" });
      onExcess(member);
      return;
    }
    metrics.frames.add(1, { direction: "in" });
    metrics.bytes.add(frame.length, { direction: "in" });
    // A bug in what a frame sets off must not pass for the end of a channel.
    try {
      events.onFrame(member, frame);
    } catch (error) {
      log.error({ member, error }, "handling a frame failed: this is a bug, please report it");
    }
  };
}

/**
 * Which of two streams between the same two members is kept: the one that the lower index opened, on both sides. So
 * streams that cross do not end each other in turn. Of two by one opener the newer one counts, since nobody opens a
 * second one that knows of a first; for the same reason the higher one's stream counts where it cannot have crossed the
 * lower one's, which is then lost and not yet known to be.
 */
export function isNewKept(
  { current, opener }: { current: Pick<Link, "opener" | "openedAt">; opener: number },
  { self, member, now }: { self: number; member: number; now: number },
): boolean {
  const lower = Math.min(self, member);
  if (opener === lower || current.opener !== lower) return true;
  return now - current.openedAt > DIAL_TIMEOUT_MS;
}

/** Frames and bytes that a member may still send. */
function createAllowance({ frames, bytes }: MemberLimits) {
  const frameLimit = createRateLimit(frames);
  const byteLimit = createRateLimit(bytes);
  return {
    take: (now: number, size: number): boolean => frameLimit.take(now) && byteLimit.take(now, size),
  };
}
