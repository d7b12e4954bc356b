import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import { pauseBeforeAttempt } from "./backoff.ts";
import { dialDeadline } from "./dial-deadline.ts";
import type { Links } from "./links.ts";

/** The lower index of two members dials at once, the higher one after this long without a channel. */
const YIELD_MS = 1_000;
/** A channel that ends sooner counts as a failed attempt. */
const STABLE_AFTER_MS = 5_000;

export interface Dialling {
  readonly self: number;
  readonly member: number;
  /** Multiaddrs of the member: any of them will do. */
  readonly addresses: readonly string[];
  readonly protocol: string;
  readonly signal: AbortSignal;
}

export interface DiallingDeps {
  readonly host: Libp2p;
  readonly links: Links;
  readonly clock: Clock;
  readonly log: Log;
  /** Of [0, 1). */
  readonly random: () => number;
  /** Milliseconds until the member may be dialled. */
  refusedFor(): number;
}

/** Holds a channel to one member open, whoever opens it, until the signal aborts. Never rejects. */
export async function keepConnected(dialling: Dialling, deps: DiallingDeps): Promise<void> {
  const { self, member, signal } = dialling;
  const { links, clock } = deps;
  const yielded = self > member ? YIELD_MS : 0;
  let failures = 0;
  for (let first = true; !signal.aborted; first = false) {
    const lasted = await links.ended(member);
    if (lasted !== undefined) failures = lasted > STABLE_AFTER_MS ? 0 : failures + 1;
    const pause = first ? 0 : pauseBeforeAttempt(failures, deps.random());
    await clock.sleep(Math.max(pause, yielded, deps.refusedFor()), signal);
    if (links.has(member)) continue;
    if (!(await reach(dialling, deps))) failures += 1;
  }
}

/** Opens a channel and stays with it until it ends. False if that failed. */
async function reach(
  { self, member, addresses, protocol, signal }: Dialling,
  { host, links, clock, log }: DiallingDeps,
): Promise<boolean> {
  const timeout = dialDeadline(clock, signal);
  let connection: Connection | undefined;
  try {
    connection = await host.dial(
      addresses.map((address): Multiaddr => multiaddr(address)),
      { signal: timeout.signal },
    );
    const stream: Stream = await connection.newStream(protocol, { signal: timeout.signal });
    timeout.cancel();
    await links.attach(member, stream, self);
    return true;
  } catch (error) {
    log.debug({ member, addresses, error }, "member not reached");
    // A connection that does not answer is not one: the next attempt shall open another.
    if (timeout.expired()) connection?.abort(new Error("the member does not answer"));
    return false;
  } finally {
    timeout.cancel();
    if (connection !== undefined) await closeIfUnused(connection);
  }
}

/** The channel has moved to another connection, has ended, or was refused. A connection that serves another committee stays. */
async function closeIfUnused(connection: Connection): Promise<void> {
  if (connection.streams.some(({ status }) => status === "open")) return;
  await connection.close().catch(() => undefined);
}
