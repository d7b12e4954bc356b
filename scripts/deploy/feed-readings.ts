import { Contract, decodeBytes32String } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { formatDecimal } from "../../core/feeds/decimal.ts";
import { isDue } from "../../core/feeds/due.ts";
import type { Configuration, FeedSpec } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { feedHubAbi } from "../../node/chain/generated/abi.ts";
import { revertOf } from "./chain-checks.ts";
import { activeConfiguration, type Deployed } from "./deployed-state.ts";
import type { DeployError } from "./errors.ts";

/** One value as the hub holds it. Times in Unix seconds. */
export interface Reading {
  /** Decimal text, exact. */
  readonly value: string;
  readonly observedAt: number;
  readonly updatedAt: number;
  readonly round: number;
  readonly sequence: string;
  /** Seconds since it was observed, by the chain's clock. */
  readonly age: number;
}

export interface FeedReading {
  readonly id: Hex;
  /** The id as text, if it is one. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly proxy: Hex | undefined;
  readonly decimals: number;
  /** Null before the first. */
  readonly signed: Reading | null;
  readonly proven: Reading | null;
  /** Whether the newest signed reading is the proven one. */
  readonly isProven: boolean;
  readonly due: DueState;
}

/** Whether the committee in force should bring a new value, as far as the clock tells; movements only the nodes see. */
export type DueState =
  | { readonly state: "not-served" }
  | { readonly state: "never-stored" }
  /** Seconds until the heartbeat's end; nodes transmit a little before it. */
  | { readonly state: "fresh" | "due"; readonly heartbeatIn: number }
  | { readonly state: "overdue"; readonly heartbeatIn: number };

interface RawFeed {
  readonly value: bigint;
  readonly sequence: bigint;
  readonly observedAt: bigint;
  readonly updatedAt: bigint;
  readonly roundId: bigint;
}

interface Clock {
  readonly now: number;
  readonly configuration: Configuration | undefined;
}

/** All feeds: those of the committee in force, in its order, then those that only have a proxy. */
export async function readFeeds(deployed: Deployed): Promise<FeedReading[]> {
  const active = await activeConfiguration(deployed);
  const block = await deployed.provider.getBlock("latest");
  const clock = { now: block?.timestamp ?? 0, configuration: active?.configuration };
  const served = active?.configuration.feeds ?? [];
  const listed = deployed.book.feeds.filter(({ id }) => !served.some((spec) => spec.id === id));
  return Promise.all([...served, ...listed].map(({ id, decimals }) => readFeed({ id, decimals }, deployed, clock)));
}

/** What a feed is called: first by what is its own, then by what another may share. */
const CALLED: readonly ((feed: FeedReading) => readonly (string | undefined)[])[] = [
  ({ id, name, proxy }) => [id, name, proxy],
  ({ description }) => [description],
];

/**
 * The feed that a person means by its id, name or proxy, or else by its description; in any case where that names one alone.
 * @throws QuorateError<DeployError> `feed-unknown` or `feed-ambiguous`.
 */
export function findFeed(feeds: readonly FeedReading[], wanted: string): FeedReading {
  for (const called of CALLED) {
    const alike = feeds.filter((feed) => called(feed).some((text) => text?.toLowerCase() === wanted.toLowerCase()));
    const equal = alike.filter((feed) => called(feed).includes(wanted));
    const [found, ...others] = equal.length > 0 ? equal : alike;
    if (found !== undefined && others.length === 0) return found;
    if (found !== undefined) throw ambiguous([found, ...others], wanted);
  }
  const known = feeds.map(({ id, name, description }) => name ?? description ?? id);
  const message = `no feed is called ${wanted}: there are ${known.join(", ")}`;
  throw new QuorateError<DeployError>({ code: "feed-unknown", feed: wanted, known }, message);
}

function ambiguous(feeds: readonly FeedReading[], wanted: string): QuorateError<DeployError> {
  const ids = feeds.map(({ id }) => id);
  const listed = feeds.map(({ id, name }) => (name === undefined ? id : `${id} (${name})`)).join(", ");
  const message = `${feeds.length} feeds are called ${wanted}: name one by its id, ${listed}`;
  return new QuorateError<DeployError>({ code: "feed-ambiguous", feed: wanted, ids }, message);
}

async function readFeed(
  { id, decimals }: Pick<FeedSpec, "id" | "decimals">,
  { provider, book }: Deployed,
  { now, configuration }: Clock,
): Promise<FeedReading> {
  const hub = new Contract(book.contracts.hub.address, feedHubAbi, provider);
  const [signed] = (await hub.getFunction("latestMany").staticCall([id])) as [RawFeed];
  const stored = signed.roundId > 0n;
  const isProven = stored && ((await hub.getFunction("latestAndProven").staticCall(id)) as { proven: boolean }).proven;
  // A proof stores all values of its report, a transmission those that its sender chose.
  const proven = await readProven(hub, id);
  const booked = book.feeds.find((feed) => feed.id === id);
  const reading = (raw: RawFeed): Reading => ({
    value: formatDecimal(raw.value, decimals),
    observedAt: Number(raw.observedAt),
    updatedAt: Number(raw.updatedAt),
    round: Number(raw.roundId),
    sequence: raw.sequence.toString(),
    age: Math.max(0, now - Number(raw.observedAt)),
  });
  return {
    ...{ id, name: nameOf(id), description: booked?.description, proxy: booked?.proxy.address, decimals },
    signed: stored ? reading(signed) : null,
    proven: proven && reading(proven),
    isProven,
    due: dueOf(signed, id, { now, configuration }),
  };
}

/** Null before the first. */
async function readProven(hub: Contract, id: Hex): Promise<RawFeed | null> {
  try {
    return (await hub.getFunction("latestProven").staticCall(id)) as RawFeed;
  } catch (error) {
    if (revertOf(error, hub.interface)?.name === "NoProvenValue") return null;
    throw error;
  }
}

function dueOf(raw: RawFeed, id: Hex, { now, configuration }: Clock): DueState {
  const spec = configuration?.feeds.find((feed) => feed.id === id);
  if (configuration === undefined || spec === undefined) return { state: "not-served" };
  const { value, sequence } = raw;
  const [observedAt, updatedAt] = [Number(raw.observedAt), Number(raw.updatedAt)];
  if (updatedAt === 0) return { state: "never-stored" };
  const heartbeatIn = updatedAt + spec.heartbeat - now;
  if (heartbeatIn < 0) return { state: "overdue", heartbeatIn };
  const stored = { value, sequence, updatedAt, observedAt };
  const due = isDue(spec, stored, { value, now, timing: configuration.timing });
  return { state: due ? "due" : "fresh", heartbeatIn };
}

function nameOf(id: Hex): string | undefined {
  try {
    const name = decodeBytes32String(id);
    return /^[\x21-\x7e]{1,31}$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
