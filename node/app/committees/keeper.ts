import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Goal } from "./goal.ts";
import type { CommitteeInstance, CommitteeView, StartInstanceOptions } from "./instance.ts";
import type { CommitteeMetrics } from "./metrics.ts";
import type { Phase } from "./phase.ts";

export interface KeeperOptions {
  readonly digest: Hex;
  /** The configuration's. */
  readonly index: number;
}

export interface KeeperDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CommitteeMetrics;
  /** Resolves with nothing where the configuration does not list this node. Rejects with what an operator must mend. */
  start(digest: Hex, options: StartInstanceOptions): Promise<CommitteeInstance | undefined>;
}

/** Brings this node's part in one committee to where it shall be, one act at a time, for as long as that takes. */
export interface Keeper extends KeeperOptions {
  want(goal: Goal): void;
  phase(): Phase;
  /** Why the last attempt to start failed, while it has not been mended. */
  failure(): unknown;
  /** Of the instance that runs or ran last. */
  view(): CommitteeView | undefined;
  /** Resolves when the first attempt to start is over, however it ended. */
  readonly attempted: Promise<undefined>;
  stop(): Promise<void>;
}

/** Pauses between attempts to start, in milliseconds; the last one repeats. Some faults are mended from outside. */
const RETRY_DELAYS_MS = [1_000, 5_000, 15_000, 60_000];
/**
 * How long proofs are delivered after the last round: members take turns of 15 s each, and even the thirty-first has had
 * one. The hub forgets a report after 64 newer ones anyway.
 */
export const SETTLE_MS = 10 * 60_000;

export function createKeeper(options: KeeperOptions, deps: KeeperDeps): Keeper {
  return new CommitteeKeeper(options, deps);
}

class CommitteeKeeper implements Keeper {
  readonly digest: Hex;
  readonly index: number;
  readonly #deps: KeeperDeps;
  readonly #attempted = Promise.withResolvers<undefined>();
  #goal: Goal = "rest";
  #goalChanged = new AbortController();
  #phase: Phase = "idle";
  #failures = 0;
  #failure: unknown;
  #instance: CommitteeInstance | undefined;
  #view: CommitteeView | undefined;
  #pursuing = false;
  #pursuit = Promise.resolve();
  #cancelRest = (): void => undefined;

  constructor({ digest, index }: KeeperOptions, deps: KeeperDeps) {
    this.digest = digest;
    this.index = index;
    this.#deps = deps;
  }

  get attempted(): Promise<undefined> {
    return this.#attempted.promise;
  }

  phase(): Phase {
    return this.#phase;
  }

  failure(): unknown {
    return this.#failure;
  }

  view(): CommitteeView | undefined {
    return this.#view;
  }

  want(goal: Goal): void {
    if (goal === this.#goal) return;
    this.#goal = goal;
    this.#goalChanged.abort();
    this.#goalChanged = new AbortController();
    if (!this.#pursuing) this.#pursuit = this.#pursue();
    // Whatever else is under way: nothing may leave after this call.
    else if (goal === "abandon") void this.#instance?.stop({ abandon: true }).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.want("rest");
    await this.#pursuit;
  }

  async #pursue(): Promise<void> {
    this.#pursuing = true;
    while (!isReached(this.#goal, this.#phase)) await this.#approach(this.#goalChanged.signal);
    this.#pursuing = false; // In the same turn as the look at the goal: no wish comes in between.
  }

  async #approach(signal: AbortSignal): Promise<void> {
    const goal = this.#goal;
    if (goal === "abandon" || goal === "rest") return this.#end(goal);
    const rounds = goal === "run";
    if (this.#instance === undefined) return this.#begin({ rounds, signal });
    return rounds ? this.#end("rest") : this.#settle(this.#instance); // The chain may go back, and want a settling one again.
  }

  async #begin(start: StartInstanceOptions): Promise<void> {
    this.#enter("starting");
    try {
      this.#begun(await this.#deps.start(this.digest, start), start);
    } catch (error) {
      if (start.signal.aborted) this.#enter("idle");
      else await this.#fail(error, start.signal);
    } finally {
      this.#attempted.resolve(undefined);
    }
  }

  #begun(instance: CommitteeInstance | undefined, { rounds }: StartInstanceOptions): void {
    this.#instance = instance;
    this.#view = instance?.view ?? this.#view;
    [this.#failures, this.#failure] = [0, undefined];
    this.#enter(instance === undefined ? "not-listed" : rounds ? "running" : "settling");
    if (instance === undefined) return;
    this.#deps.log.info(this.#name(), rounds ? "takes part in a committee" : "delivers proofs of an old committee");
    if (!rounds) this.#restLater();
  }

  async #fail(error: unknown, signal: AbortSignal): Promise<void> {
    const { log, metrics, clock } = this.#deps;
    const isNew = this.#failure === undefined || messageOf(error) !== messageOf(this.#failure);
    this.#failures += 1;
    this.#failure = error;
    metrics.failures.add(1, { code: error instanceof QuorateError ? (error.code as string) : "unexpected" });
    const fields = { ...this.#name(), failures: this.#failures, error };
    log[isNew ? "error" : "debug"](fields, "cannot take part in a committee; trying again");
    this.#enter("failed");
    this.#attempted.resolve(undefined);
    await clock.sleep(RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1] ?? 0, signal);
  }

  async #settle(instance: CommitteeInstance): Promise<void> {
    await this.#attempt(() => instance.settle());
    this.#enter("settling");
    this.#deps.log.info(this.#name(), "rounds of this committee are over: delivering proofs of its reports");
    this.#restLater();
  }

  #restLater(): void {
    const { clock } = this.#deps;
    this.#cancelRest();
    this.#cancelRest = clock.wakeAt(clock.now() + SETTLE_MS, () => this.want("rest"));
  }

  async #end(how: "rest" | "abandon"): Promise<void> {
    this.#cancelRest();
    const instance = this.#instance;
    if (instance !== undefined) {
      await this.#attempt(() => instance.stop({ abandon: how === "abandon" }));
      this.#deps.log.info(this.#name(), how === "abandon" ? "a revoked committee ended" : "a committee ended");
    }
    this.#instance = undefined;
    [this.#failures, this.#failure] = [0, undefined];
    this.#enter("ended");
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#deps.log.error({ ...this.#name(), error }, "a committee's part did not end cleanly");
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#deps.metrics.enter(this.index, phase);
  }

  #name(): object {
    return { committee: this.index, digest: this.digest };
  }
}

function isReached(goal: Goal, phase: Phase): boolean {
  if (goal === "run") return phase === "running" || phase === "not-listed";
  if (goal === "settle") return phase === "settling" || phase === "not-listed" || phase === "ended";
  return phase === "idle" || phase === "ended";
}

/** What an operator reads of a failure. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
