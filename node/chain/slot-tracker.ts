import type { JsonRpcProvider, TransactionReceipt } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type CallQueue, fail, succeed } from "./call-queue.ts";
import type { ChainError } from "./chain-error.ts";
import { finalBlock, type FinalityRule } from "./finality.ts";
import type { ChainMetrics } from "./metrics.ts";
import { MAX_NONCE_GAP } from "./nonce-count.ts";
import type { Attempt, NonceSlots, Slot } from "./nonce-slots.ts";
import type { Settlements } from "./settlements.ts";
import { callKey } from "./signed-call.ts";

export interface SlotTrackerDeps {
  readonly provider: JsonRpcProvider;
  readonly slots: NonceSlots;
  readonly queue: CallQueue;
  readonly settlements: Settlements;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly metrics: ChainMetrics;
}

/** Finds out what the chain made of the nonces in flight. */
export interface SlotTracker {
  /** Compares them with the account's count on the chain. @returns whether a transaction came into a block. */
  follow(count: number): Promise<boolean>;
  /** Ends those whose block is final. Never rejects: sending goes on while an endpoint cannot say what is final. */
  finalise(): Promise<void>;
  /**
   * Ends open nonces that the chain will not come to: a count that was wrong led there, and filling the way would cost a
   * transaction each. @returns whether that is still being made sure of; nothing should be sent meanwhile.
   */
  awaitsFar(count: number): boolean;
}

/** How long the chain may count a nonce as used without showing by what: receipts come later than counts. */
const MISSING_PATIENCE_MS = 15_000;
/** How long open nonces must stand far above the chain's count before they are given up: an endpoint may lag. */
const FAR_PATIENCE_MS = 15_000;

export function createSlotTracker({ finality }: { finality: FinalityRule }, deps: SlotTrackerDeps): SlotTracker {
  const { provider, slots, log } = deps;
  let failing = false;
  let farSince: number | undefined;

  async function finaliseIncluded(): Promise<void> {
    const included = slots.all().filter((slot) => slot.included !== undefined);
    if (included.length === 0) return;
    const newest = await finalBlock(provider, finality);
    for (const slot of included) {
      if (slot.included === undefined || slot.included.blockNumber > newest) continue;
      const { attempt } = slot.included;
      const receipt = await provider.getTransactionReceipt(attempt.transaction.hash);
      if (receipt === null) reopen(slot, deps);
      else if (receipt.blockNumber > newest) slots.include(slot, attempt, receipt.blockNumber);
      else close(slot, receipt, deps);
    }
  }

  return {
    async follow(count) {
      let included = false;
      for (const slot of slots.all()) {
        if (slot.nonce >= count && slot.included !== undefined) reopen(slot, deps);
        if (slot.nonce < count && slot.included === undefined) included = (await findBlock(slot, deps)) || included;
      }
      return included;
    },
    async finalise() {
      try {
        await finaliseIncluded();
        failing = false;
      } catch (error) {
        if (!failing) log.error({ error }, "it is not known which blocks are final");
        failing = true;
      }
    },
    awaitsFar(count) {
      const far = farAbove(count, slots);
      farSince = far.length === 0 ? undefined : (farSince ?? deps.clock.now());
      if (farSince === undefined) return false;
      if (deps.clock.now() - farSince < FAR_PATIENCE_MS) return true;
      log.warn({ count, nonces: far.map(({ nonce }) => nonce) }, "nonces that the chain will not come to are given up");
      for (const slot of far) close(slot, undefined, deps);
      slots.rewind(count);
      farSince = undefined;
      return false;
    },
  };
}

/** Open slots behind a gap, from the count on, that is too wide to fill. */
function farAbove(count: number, slots: NonceSlots): readonly Slot[] {
  const open = slots.all().filter(({ included, nonce }) => included === undefined && nonce >= count);
  const first = open.findIndex(({ nonce }, place) => nonce > (open[place - 1]?.nonce ?? count) + MAX_NONCE_GAP);
  return first < 0 ? [] : open.slice(first);
}

function reopen(slot: Slot, { slots, log }: SlotTrackerDeps): void {
  const txHash = slot.included?.attempt.transaction.hash;
  slots.reopen(slot);
  log.warn({ nonce: slot.nonce, txHash }, "a transaction's block was replaced: it is looked at again");
}

/** The chain counts this nonce as used: by which of the attempts? Their number is bounded, since each pays a tenth more. */
async function findBlock(slot: Slot, deps: SlotTrackerDeps): Promise<boolean> {
  const { provider, clock, log } = deps;
  const receipts = await Promise.all(
    slot.attempts.map(({ transaction }) => provider.getTransactionReceipt(transaction.hash)),
  );
  const place = receipts.findIndex((receipt) => receipt !== null);
  const [receipt, attempt] = [receipts[place], slot.attempts[place]];
  if (receipt != null && attempt !== undefined) {
    include(slot, { attempt, receipt }, deps);
    return true;
  }
  slot.missingSince ??= clock.now();
  if (clock.now() - slot.missingSince < MISSING_PATIENCE_MS) return false;
  log.warn({ nonce: slot.nonce }, "another program's transaction took this nonce: is the key used elsewhere?");
  close(slot, undefined, deps);
  return false;
}

function include(
  slot: Slot,
  { attempt, receipt }: { attempt: Attempt; receipt: TransactionReceipt },
  { slots, queue, settlements, clock, metrics }: SlotTrackerDeps,
): void {
  slots.include(slot, attempt, receipt.blockNumber);
  if (slot.atCap) metrics.atFeeCap.set(0);
  slot.atCap = false;
  metrics.inclusionSeconds.observe((clock.now() - slot.since) / 1000);
  metrics.transactions.add(1, { purpose: attempt.call.purpose, result: isGood(receipt) ? "included" : "reverted" });
  for (const other of slot.attempts) if (other.job !== attempt.job) giveBack(other, queue);
  if (attempt.job === undefined || attempt.job.done) return;
  if (!isGood(receipt)) {
    fail(attempt.job, reverted(receipt));
    return;
  }
  // Opened before the caller is told, so that the end cannot come between. Nobody has to wait for it.
  settlements.of(receipt.hash as Hex).catch(() => undefined);
  succeed(attempt.job, toReceipt(receipt));
}

/** Ends a slot: with the final receipt, or because a foreign transaction took the nonce. */
function close(
  slot: Slot,
  receipt: TransactionReceipt | undefined,
  { slots, queue, settlements, metrics }: SlotTrackerDeps,
): void {
  const stays = slot.included?.attempt;
  if (slot.atCap) metrics.atFeeCap.set(0);
  slots.close(slot);
  for (const attempt of slot.attempts) {
    giveBack(attempt, queue);
    const isSameCall = stays !== undefined && callKey(attempt.call) === callKey(stays.call);
    const isDone = isSameCall && receipt !== undefined && isGood(receipt);
    settlements.end(attempt.transaction.hash, isDone ? toReceipt(receipt) : undefined);
  }
}

/** Its nonce went to something else: the wish waits for the next one. */
function giveBack(attempt: Attempt, queue: CallQueue): void {
  if (attempt.job !== undefined) queue.putBack(attempt.job);
  attempt.job = undefined;
}

function isGood({ status }: TransactionReceipt): boolean {
  return status === 1;
}

function reverted({ hash, blockNumber }: TransactionReceipt): Error {
  const reason = `reverted in block ${blockNumber}`;
  const message = `${hash} ${reason}: the chain moved on between estimate and inclusion`;
  return new QuorateError<ChainError>({ code: "transaction-reverted", reason }, message);
}

export function toReceipt(receipt: TransactionReceipt): Receipt {
  return { txHash: receipt.hash as Hex, gasUsed: receipt.gasUsed, blockNumber: receipt.blockNumber };
}
