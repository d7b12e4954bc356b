import { hexlify, type JsonRpcProvider, Wallet } from "ethers";
import type { Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { TransactionStore } from "../../core/ports/transaction-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Balance } from "./balance.ts";
import { type CallQueue, createCallQueue, fail, interrupted, type Wish, wishAgain } from "./call-queue.ts";
import type { FeeOptions } from "./fees.ts";
import type { FinalityRule } from "./finality.ts";
import type { ChainMetrics } from "./metrics.ts";
import { type Attempt, createNonceSlots, describeSlot, type NonceSlots } from "./nonce-slots.ts";
import { createSettlements } from "./settlements.ts";
import { createNonceCount, type NonceCount } from "./nonce-count.ts";
import { type Call, callKey } from "./signed-call.ts";
import { createSlotSender, type SlotSender } from "./slot-sender.ts";
import { createSlotTracker, type SlotTracker, toReceipt } from "./slot-tracker.ts";

export interface AccountOptions {
  readonly chainId: number;
  readonly privateKey: Uint8Array;
  /** Milliseconds between two looks at a transaction under way. */
  readonly pollMs: number;
  readonly fees: FeeOptions;
  readonly finality: FinalityRule;
}

export interface AccountDeps {
  readonly provider: JsonRpcProvider;
  readonly store: TransactionStore;
  readonly balance: Balance;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ChainMetrics;
  isWanted(call: Call): Promise<boolean>;
  explain(error: unknown): unknown;
}

const BALANCE_MS = 60_000;
const STOP_GRACE_MS = 3_000;

/**
 * One account's transactions. At most one is on its way into a block; its nonce is always the chain's own count, so none
 * is skipped or used twice. Every round of the loop compares the chain with what is stored, and that is all there is to a
 * restart, a reorganisation, or another program that uses the key.
 */
export class Account {
  readonly #options: AccountOptions;
  readonly #deps: AccountDeps;
  readonly #count: NonceCount;
  readonly #queue: CallQueue;
  readonly #slots: NonceSlots;
  readonly #sender: SlotSender;
  readonly #settlements = createSettlements();
  readonly #tracker: SlotTracker;
  readonly #running: Promise<void>;
  #wake = new AbortController();
  #stopping = false;
  #failing = false;

  constructor(options: AccountOptions, deps: AccountDeps) {
    this.#options = options;
    this.#deps = deps;
    const wallet = new Wallet(hexlify(options.privateKey));
    this.#queue = createCallQueue(deps);
    this.#slots = createNonceSlots({ store: deps.store, now: deps.clock.now() });
    const { address } = wallet;
    this.#count = createNonceCount(deps.store.nextNonce(), { ...deps, address, slots: this.#slots });
    const own = { wallet, queue: this.#queue, slots: this.#slots };
    this.#sender = createSlotSender(options, { ...deps, ...own });
    this.#tracker = createSlotTracker(options, { ...deps, ...own, settlements: this.#settlements });
    deps.metrics.atFeeCap.set(0);
    this.#running = this.#run();
  }

  /** Resolves when the wished call is in a block; undefined if the chain did not want it, or not any more. */
  async send(wish: Wish): Promise<Receipt | undefined> {
    if (this.#stopping) throw interrupted();
    const known = this.#inFlight(wish);
    // After a restart the same wish comes again while its transaction is still on its way.
    if (known?.job !== undefined && !known.job.done) return wishAgain(known.job, wish).outcome.promise;
    const job = this.#queue.take(wish);
    if (known !== undefined) {
      known.job = job;
      this.#queue.remove(job);
    }
    this.#wake.abort();
    return job.outcome.promise;
  }

  /** Of a call that came into a block: see `ChainWriter.settled`. */
  async settled(txHash: Hex): Promise<Receipt | undefined> {
    const isThis = ({ transaction }: Attempt) => transaction.hash === txHash;
    if (this.#slots.all().some(({ attempts }) => attempts.some(isThis))) return this.#settlements.of(txHash);
    const ended = this.#settlements.ended(txHash);
    if (ended !== undefined) return ended.receipt;
    const receipt = await this.#deps.provider.getTransactionReceipt(txHash);
    return receipt === null ? undefined : toReceipt(receipt);
  }

  status() {
    const open = this.#slots.all().find(({ included }) => included === undefined);
    return { waiting: this.#queue.size, open: open === undefined ? undefined : describeSlot(open) };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    // A request under way may hang; what it is about is stored.
    const ended = new AbortController();
    await Promise.race([this.#running.then(() => ended.abort()), this.#deps.clock.sleep(STOP_GRACE_MS, ended.signal)]);
    this.#queue.interrupt();
    for (const { attempts } of this.#slots.all())
      for (const { job } of attempts) if (job?.done === false) fail(job, interrupted());
    this.#settlements.interrupt(interrupted());
  }

  #inFlight(wish: Wish): Attempt | undefined {
    const open = this.#slots.all().filter(({ included }) => included === undefined);
    return open
      .map(({ attempts }) => attempts.at(-1))
      .find((last) => last !== undefined && callKey(last.call) === callKey(wish));
  }

  async #run(): Promise<void> {
    const { clock, balance } = this.#deps;
    let balanceAt = clock.now();
    while (!this.#stopping) {
      const busy = this.#queue.size > 0 || this.#slots.all().length > 0;
      const included = busy && (await this.#tryTick());
      if (included || clock.now() >= balanceAt) {
        await balance.check();
        balanceAt = clock.now() + BALANCE_MS;
      }
      const again = included && this.#queue.size > 0;
      if (!again) await this.#pause(busy || this.#queue.size > 0 ? this.#options.pollMs : balanceAt - clock.now());
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#deps.clock.sleep(ms, this.#wake.signal);
    if (this.#wake.signal.aborted && !this.#stopping) this.#wake = new AbortController();
  }

  async #tryTick(): Promise<boolean> {
    try {
      const included = await this.#tick();
      this.#failing = false;
      return included;
    } catch (error) {
      if (!this.#failing)
        this.#deps.log.warn({ error }, "transactions cannot be looked after: check chain.rpc; trying again");
      this.#failing = true;
      return false;
    } finally {
      this.#deps.metrics.waiting.set(this.#queue.size);
    }
  }

  /** @returns whether a transaction came into a block. */
  async #tick(): Promise<boolean> {
    this.#queue.dropExpired();
    const count = await this.#count.read();
    if (count === undefined) return false;
    const included = await this.#tracker.follow(count);
    await this.#tracker.finalise();
    if (this.#tracker.awaitsFar(count)) return included;
    const front = this.#slots.all().find((slot) => slot.included === undefined && slot.nonce >= count);
    if (front?.nonce === count) await this.#sender.tend(front);
    else await this.#sender.sendNext(count, { fill: front !== undefined });
    return included;
  }
}
