import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ChainError } from "./chain-error.ts";
import { type Call, callKey } from "./signed-call.ts";

/** Somebody's wish for a call. It is built as late as possible, so that it fits the chain as it is then. */
export interface Wish extends Pick<Call, "purpose" | "sequence"> {
  /** The call as the chain needs it now; undefined if it needs none. Asked again before a stuck one is replaced. */
  prepare(): Promise<Call | undefined>;
}

export interface Job extends Wish {
  /** Of whoever wished last: who wished before may be gone, and answers for nobody any more. */
  prepare: Wish["prepare"];
  readonly key: string;
  /** On the clock, when it was wished. */
  readonly since: number;
  readonly outcome: PromiseWithResolvers<Receipt | undefined>;
  /** Once its outcome is known. */
  done: boolean;
}

/** Two committees' transmissions and proofs that wait for their turn (32 and 64 each), with room. */
export const MAX_QUEUED_CALLS = 256;
/** The hub takes no report older than five minutes, and keeps about as long what can be proven. */
export const CALL_PATIENCE_MS = 5 * 60_000;

/** Calls that wait for the account's next nonce, in the order in which they came. */
export interface CallQueue {
  readonly size: number;
  /** A wish that waits already is not taken twice. @throws QuorateError `transaction-queue-full`. */
  take(wish: Wish): Job;
  jobs(): readonly Job[];
  remove(job: Job): void;
  /** Back to the front: its nonce went to something else. */
  putBack(job: Job): void;
  /** Rejects those that nobody will want any more. */
  dropExpired(): void;
  /** Rejects all. */
  interrupt(): void;
}

export function createCallQueue({ clock }: { clock: Pick<Clock, "now"> }): CallQueue {
  let jobs: Job[] = [];

  return {
    get size() {
      return jobs.length;
    },
    take(wish) {
      const key = callKey(wish);
      const known = jobs.find((job) => job.key === key);
      if (known !== undefined) return wishAgain(known, wish);
      if (jobs.length >= MAX_QUEUED_CALLS) {
        const message = `${MAX_QUEUED_CALLS} calls wait for the chain already: see why the account's transactions do not get into blocks`;
        throw new QuorateError<ChainError>({ code: "transaction-queue-full", max: MAX_QUEUED_CALLS }, message);
      }
      const { purpose, sequence } = wish;
      const outcome = Promise.withResolvers<Receipt | undefined>();
      // Whoever wished may be gone when it ends; who waits sees the rejection all the same.
      outcome.promise.catch(() => undefined);
      const job: Job = {
        ...{ key, purpose, sequence, outcome, since: clock.now(), done: false },
        prepare: () => wish.prepare(),
      };
      jobs.push(job);
      return job;
    },
    jobs: () => [...jobs],
    remove(job) {
      jobs = jobs.filter((one) => one !== job);
    },
    putBack(job) {
      if (!job.done && !jobs.includes(job)) jobs.unshift(job);
    },
    dropExpired() {
      const oldest = clock.now() - CALL_PATIENCE_MS;
      for (const job of jobs.filter(({ since }) => since < oldest)) {
        const message = `the call waited ${CALL_PATIENCE_MS / 1000} s for its turn: is the endpoint down, or a fee too low?`;
        fail(job, new QuorateError<ChainError>({ code: "transaction-timeout", waitedMs: CALL_PATIENCE_MS }, message));
        jobs = jobs.filter((one) => one !== job);
      }
    },
    interrupt() {
      for (const job of jobs) fail(job, interrupted());
      jobs = [];
    },
  };
}

/** The same call is wished by somebody else as well. */
export function wishAgain(job: Job, wish: Wish): Job {
  job.prepare = () => wish.prepare();
  return job;
}

export function succeed(job: Job, receipt: Receipt | undefined): void {
  job.done = true;
  job.outcome.resolve(receipt);
}

export function fail(job: Job, error: unknown): void {
  job.done = true;
  job.outcome.reject(error);
}

export function interrupted(): Error {
  const message = "the node stops: what it signed is stored, and the next start finds out what became of it";
  return new QuorateError<ChainError>({ code: "transaction-interrupted" }, message);
}
