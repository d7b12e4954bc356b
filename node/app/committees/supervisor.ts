import type { CommitteeEvents, Committees } from "../../../core/ports/chain.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { CommitteeStatus } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { goalOf } from "./goal.ts";
import type { CommitteeView } from "./instance.ts";
import { createKeeper, type Keeper, type KeeperDeps, messageOf } from "./keeper.ts";
import type { Phase } from "./phase.ts";

export interface SupervisorOptions {
  /** This node's, to be named where no committee lists it. */
  readonly signer: Hex;
}

export interface SupervisorDeps extends KeeperDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Called with each word of the chain before anything starts on it: a later start must find that nothing was forgotten. */
  remember(committees: Committees): void;
  /** Tells the operator whether this node could serve a committee that is staged: while there is time to mend it. */
  review(status: CommitteeStatus): void;
}

/** One committee as this node knows it. */
export interface CommitteeOverview extends CommitteeStatus {
  readonly phase: Phase;
  /** One line: why the node cannot take part. */
  readonly failure: string | undefined;
  readonly view: CommitteeView | undefined;
}

/** Takes part in each configuration in force that lists this node, from its activation to its end. */
export interface CommitteeSupervisor extends CommitteeEvents {
  /**
   * Resolves when the chain's first word was acted upon.
   * @throws what the newest committee's start failed with, if none could be started: a node refuses to start on doubt.
   */
  started(): Promise<void>;
  /** Newest first, those that ended lately among them. */
  overview(): readonly CommitteeOverview[];
  unreadyReasons(): readonly string[];
  /** Ends all parts; what waits is taken up again at the next start. */
  stop(): Promise<void>;
}

/** Committees kept to be looked at after their end. */
export const MAX_PAST_COMMITTEES = 8;
/** Phases of a committee whose rounds want this node. */
const WANTED: ReadonlySet<Phase> = new Set(["starting", "running", "failed"]);
const NOTHING_KNOWN: Committees = { statuses: [], lastSequence: 0n };

export function createSupervisor(options: SupervisorOptions, deps: SupervisorDeps): CommitteeSupervisor {
  return new Supervisor(options, deps);
}

class Supervisor implements CommitteeSupervisor {
  readonly #signer: Hex;
  readonly #deps: SupervisorDeps;
  readonly #keepers = new Map<Hex, Keeper>();
  readonly #statuses = new Map<Hex, CommitteeStatus>();
  readonly #heard = Promise.withResolvers<undefined>();
  #latest = NOTHING_KNOWN;
  #waitingFor: string | undefined;
  #stopped = false;
  #cancelDeadline = (): void => undefined;

  constructor({ signer }: SupervisorOptions, deps: SupervisorDeps) {
    this.#signer = signer;
    this.#deps = deps;
  }

  onCommittees(committees: Committees): void {
    this.#latest = committees;
    this.#remember(committees);
    this.#reconcile();
    for (const { attempted } of this.#keepers.values()) void attempted.then(() => this.#tellIfWaiting());
    this.#heard.resolve(undefined);
  }

  async started(): Promise<void> {
    await this.#heard.promise;
    const keepers = [...this.#keepers.values()];
    await Promise.all(keepers.map(({ attempted }) => attempted));
    const failed = keepers.filter((keeper) => keeper.phase() === "failed").toSorted((a, b) => b.index - a.index);
    const runs = keepers.some((keeper) => keeper.phase() === "running");
    if (!runs && failed.length > 0) throw failed[0]?.failure();
  }

  overview(): readonly CommitteeOverview[] {
    return [...this.#statuses.values()]
      .map((status) => overviewOf(status, this.#keepers.get(status.digest)))
      .toSorted((a, b) => b.index - a.index);
  }

  unreadyReasons(): readonly string[] {
    const waiting = this.#waitingReason();
    const reasons = [...this.#keepers.values()].flatMap(reasonsOf);
    return [...new Set(waiting === undefined ? reasons : [waiting, ...reasons])];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelDeadline();
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.stop()));
  }

  /** What cannot be noted is noted at the chain's next word; a revocation must not wait for a disk. */
  #remember(committees: Committees): void {
    try {
      this.#deps.remember(committees);
    } catch (error) {
      this.#deps.log.error({ error }, "what the registry says cannot be stored: check the data directory");
    }
  }

  /** Holds every committee against what the chain says of it now. Idempotent. */
  #reconcile(): void {
    if (this.#stopped) return;
    const now = this.#deps.clock.timeOfDay() / 1000;
    for (const status of this.#latest.statuses) this.#follow(status, now);
    const named = new Set(this.#latest.statuses.map(({ digest }) => digest));
    for (const keeper of this.#keepers.values()) if (!named.has(keeper.digest)) letGo(keeper);
    this.#forgetOldest(named);
    this.#wakeAtDeadline(now);
    this.#tellIfWaiting();
  }

  #follow(status: CommitteeStatus, now: number): void {
    const { digest, index } = status;
    const goal = goalOf(status, { lastSequence: this.#latest.lastSequence, now });
    if (this.#statuses.get(digest)?.state !== status.state) this.#noteState(status);
    this.#statuses.set(digest, status);
    // A committee that never wanted this node in this run needs no keeper to rest.
    if (!this.#keepers.has(digest) && (goal === "run" || goal === "settle"))
      this.#keepers.set(digest, createKeeper({ digest, index }, this.#deps));
    this.#keepers.get(digest)?.want(goal);
  }

  #noteState(status: CommitteeStatus): void {
    const { index: committee, ...fields } = status;
    this.#deps.log.info({ committee, ...fields }, "the state of a committee on the chain");
    if (status.state === "staged") this.#deps.review(status);
  }

  #forgetOldest(named: ReadonlySet<Hex>): void {
    const over = [...this.#keepers.values()].filter((keeper) => keeper.phase() === "ended");
    const tooMany = Math.max(0, over.length - MAX_PAST_COMMITTEES);
    for (const { digest } of over.slice(0, tooMany)) this.#keepers.delete(digest);
    for (const digest of this.#statuses.keys())
      if (!named.has(digest) && !this.#keepers.has(digest)) this.#statuses.delete(digest);
  }

  #wakeAtDeadline(now: number): void {
    const { clock } = this.#deps;
    this.#cancelDeadline();
    const retired = this.#latest.statuses.filter(({ state, validUntil }) => state === "retired" && validUntil > now);
    if (retired.length === 0) return;
    const next = Math.min(...retired.map(({ validUntil }) => validUntil));
    this.#cancelDeadline = clock.wakeAt(clock.now() + (next - now) * 1000, () => this.#reconcile());
  }

  #tellIfWaiting(): void {
    if (this.#stopped) return;
    const reason = this.#waitingReason();
    if (reason !== undefined && reason !== this.#waitingFor) this.#deps.log.warn({ signer: this.#signer }, reason);
    this.#waitingFor = reason;
  }

  /** Undefined while some committee wants this node. */
  #waitingReason(): string | undefined {
    if ([...this.#keepers.values()].some((keeper) => WANTED.has(keeper.phase()))) return undefined;
    if (!this.#latest.statuses.some(({ state }) => state === "active"))
      return "the registry has no active configuration: its owner must stage and activate one; waiting";
    return `the active committee has no member with signer ${this.#signer}: hand registration.json to the committee's owner, or use the keystore that is registered; waiting`;
  }
}

/** The chain does not name it any more: it is over. */
function letGo(keeper: Keeper): void {
  if (keeper.phase() === "settling") return; // Ends by itself.
  keeper.want(keeper.phase() === "running" ? "settle" : "rest");
}

function overviewOf(status: CommitteeStatus, keeper: Keeper | undefined): CommitteeOverview {
  return { ...status, phase: keeper?.phase() ?? "idle", failure: failureOf(keeper), view: keeper?.view() };
}

function reasonsOf(keeper: Keeper): readonly string[] {
  const failure = failureOf(keeper);
  if (failure !== undefined) return [`committee ${keeper.index}: ${failure}`];
  if (keeper.phase() === "starting") return [`committee ${keeper.index}: starting`];
  return keeper.phase() === "running" ? (keeper.view()?.unreadyReasons() ?? []) : [];
}

function failureOf(keeper: Keeper | undefined): string | undefined {
  const failure = keeper?.failure();
  return failure === undefined ? undefined : messageOf(failure);
}
