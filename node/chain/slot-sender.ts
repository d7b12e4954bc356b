import { formatEther, isError, type JsonRpcProvider, type Wallet } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { isTransient } from "./call-failure.ts";
import type { ChainError } from "./chain-error.ts";
import { type CallQueue, fail, type Job, succeed } from "./call-queue.ts";
import { type FeeOptions, type Fees, quoteFees, raisedFees } from "./fees.ts";
import type { ChainMetrics } from "./metrics.ts";
import type { Attempt, NonceSlots, Slot } from "./nonce-slots.ts";
import { type Call, cancelCall, signCall } from "./signed-call.ts";

export interface SlotSenderOptions {
  readonly chainId: number;
  readonly fees: FeeOptions;
}

export interface SlotSenderDeps {
  readonly provider: JsonRpcProvider;
  readonly wallet: Wallet;
  readonly slots: NonceSlots;
  readonly queue: CallQueue;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly metrics: ChainMetrics;
  /** Whether the chain still has a use for a call whose wisher is gone: after a restart. */
  isWanted(call: Call): Promise<boolean>;
  /** Makes an error of the contract readable. */
  explain(error: unknown): unknown;
}

/** Puts calls into nonces: signs, stores, sends, and replaces what gets stuck. */
export interface SlotSender {
  /** Gives the nonce to the first call that is still wanted; with `fill` to an empty one if there is none. */
  sendNext(nonce: number, options: { fill: boolean }): Promise<void>;
  /** Looks after the transaction that the chain waits for. */
  tend(slot: Slot): Promise<void>;
}

/** Nodes of the chain may drop a transaction; sending the same bytes again costs nothing. */
const REBROADCAST_MS = 10_000;
/** Room for what another transaction changes between estimate and block, such as a feed's first value. */
const GAS_ROOM_PERCENT = 125n;

interface Content {
  readonly call: Call;
  readonly gasLimit: bigint;
  readonly job: Job | undefined;
}

type ReplacementReason = "bump" | "superseded" | "cancel";

export function createSlotSender(options: SlotSenderOptions, deps: SlotSenderDeps): SlotSender {
  const { slots, clock, metrics } = deps;

  async function send(nonce: number, content: Content, fees: Fees): Promise<void> {
    const { call, gasLimit, job } = content;
    const transaction = await signCall(deps.wallet, call, { chainId: options.chainId, nonce, gasLimit, fees });
    // Stored first: a restart must know of everything that may be in a block.
    const slot = slots.add({ transaction, call, fees, job }, clock.now());
    if (job !== undefined) deps.queue.remove(job);
    await broadcast(slot, deps);
  }

  async function replace(slot: Slot): Promise<void> {
    const last = slot.attempts.at(-1);
    if (last === undefined) return;
    const fees = raisedFees(last.fees, await quoteFees(deps.provider, options.fees), options.fees);
    if (fees === undefined) {
      holdAtCap(slot, deps);
      await broadcast(slot, deps);
      return;
    }
    const found = await contentFor(last, deps);
    if (found === undefined) return;
    const { reason, ...content } = found;
    metrics.replacements.add(1, { reason });
    deps.log.warn({ nonce: slot.nonce, reason, txHash: last.transaction.hash }, "a stuck transaction is replaced");
    await send(slot.nonce, content, fees);
  }

  return {
    async sendNext(nonce, { fill }) {
      const content = (await nextWanted(deps)) ?? (fill ? await cancelContent(deps) : undefined);
      if (content === undefined) return;
      const fees = await quoteFees(deps.provider, options.fees);
      if (await isAffordable(content, fees, deps)) await send(nonce, content, fees);
    },
    async tend(slot) {
      const now = clock.now();
      if (slot.doubtful) {
        const last = slot.attempts.at(-1);
        if (last !== undefined && (await stillWanted(last, deps)) === undefined) {
          await replace(slot);
        } else {
          await broadcast(slot, deps);
        }
        slot.doubtful = false;
      } else if (now - slot.raisedAt >= options.fees.bumpAfterMs) {
        await replace(slot);
      } else if (slot.sentAt === undefined || now - slot.sentAt >= REBROADCAST_MS) {
        await broadcast(slot, deps);
      }
    },
  };
}

/** Sends the slot's last transaction, perhaps again. A refusal changes nothing: the chain's count tells what became of it. */
async function broadcast(slot: Slot, { provider, clock, log }: SlotSenderDeps): Promise<void> {
  const last = slot.attempts.at(-1)?.transaction;
  if (last === undefined) return;
  slot.sentAt = clock.now();
  try {
    await provider.send("eth_sendRawTransaction", [last.raw]);
  } catch (error) {
    if (isError(error, "NONCE_EXPIRED") || /already known|known transaction|already imported/i.test(String(error)))
      return;
    log.warn({ nonce: slot.nonce, txHash: last.hash, error }, "the endpoint did not take a transaction; trying again");
  }
}

function holdAtCap(slot: Slot, { clock, log, metrics }: SlotSenderDeps): void {
  slot.raisedAt = clock.now();
  if (slot.atCap) return;
  slot.atCap = true;
  metrics.atFeeCap.set(1);
  const { nonce } = slot;
  log.error({ nonce }, "a transaction is stuck at the fee cap and waits: raise chain.fees, or wait for cheaper gas");
}

/** What the nonce of a stuck transaction is best used for now; undefined if it is stuck no more. */
async function contentFor(
  last: Attempt,
  deps: SlotSenderDeps,
): Promise<(Content & { reason: ReplacementReason }) | undefined> {
  const newer = await newerTransmission(last, deps);
  if (newer === undefined && last.call.purpose !== "cancel") {
    const call = await stillWanted(last, deps);
    const gasLimit = call === undefined ? undefined : await gasForOwn(call, last, deps);
    if (call !== undefined && gasLimit !== undefined) return { call, gasLimit, job: last.job, reason: "bump" };
  }
  // What made the call unwanted may be its own success.
  if ((await deps.provider.getTransactionCount(deps.wallet.address, "latest")) > last.transaction.nonce)
    return undefined;
  if (last.job?.done === false) succeed(last.job, undefined);
  const next = newer ?? (await nextWanted(deps));
  if (next !== undefined) return { ...next, reason: "superseded" };
  return { ...(await cancelContent(deps)), reason: last.call.purpose === "cancel" ? "bump" : "cancel" };
}

/** Behind a newer report an older one is worth nothing. */
async function newerTransmission({ call }: Attempt, deps: SlotSenderDeps): Promise<Content | undefined> {
  if (call.purpose !== "transmit") return undefined;
  const newer = deps.queue.jobs().filter((job) => job.purpose === "transmit" && job.sequence > call.sequence);
  const [newest] = newer.sort((a, b) => (a.sequence > b.sequence ? -1 : 1));
  return newest === undefined ? undefined : prepared(newest, deps);
}

async function nextWanted(deps: SlotSenderDeps): Promise<Content | undefined> {
  for (const job of deps.queue.jobs()) {
    const content = await prepared(job, deps);
    if (content !== undefined) return content;
  }
  return undefined;
}

/** Nodes of the chain take nothing that its account could not pay in the worst case. Ends a call that is too dear. */
async function isAffordable({ gasLimit, job }: Content, fees: Fees, deps: SlotSenderDeps): Promise<boolean> {
  const price = fees.kind === "legacy" ? fees.gasPrice : fees.maxFeePerGas;
  const [cost, balance] = [gasLimit * price, await deps.provider.getBalance(deps.wallet.address)];
  if (balance >= cost || job === undefined) return true;
  deps.queue.remove(job);
  deps.metrics.transactions.add(1, { purpose: job.purpose, result: "refused" });
  const { address } = deps.wallet;
  const message = `${address} holds ${formatEther(balance)} ether, a transaction may cost ${formatEther(cost)}: fund it`;
  fail(job, new QuorateError<ChainError>({ code: "transmitter-without-funds", balance, cost }, message));
  return false;
}

/** Builds a waiting call, or ends it where it is not wanted or the contract refuses it. */
async function prepared(job: Job, deps: SlotSenderDeps): Promise<Content | undefined> {
  try {
    const call = await job.prepare();
    if (call !== undefined) return { call, job, gasLimit: await gasFor(call, deps) };
    succeed(job, undefined);
    deps.metrics.transactions.add(1, { purpose: job.purpose, result: "unwanted" });
  } catch (error) {
    if (isTransient(error)) throw error;
    fail(job, deps.explain(error));
    deps.metrics.transactions.add(1, { purpose: job.purpose, result: "refused" });
  }
  deps.queue.remove(job);
  return undefined;
}

async function stillWanted({ call, job }: Attempt, deps: SlotSenderDeps): Promise<Call | undefined> {
  if (job === undefined) return (await deps.isWanted(call)) ? call : undefined;
  try {
    return await job.prepare();
  } catch (error) {
    if (isTransient(error)) throw error;
    if (!job.done) fail(job, deps.explain(error));
    return undefined;
  }
}

async function gasForOwn(call: Call, { job }: Attempt, deps: SlotSenderDeps): Promise<bigint | undefined> {
  try {
    return await gasFor(call, deps);
  } catch (error) {
    if (isTransient(error)) throw error;
    if (job?.done === false) fail(job, deps.explain(error));
    return undefined;
  }
}

async function gasFor({ to, data }: Call, { provider, wallet }: SlotSenderDeps): Promise<bigint> {
  const upon = async (block: "latest" | "pending") =>
    BigInt((await provider.send("eth_estimateGas", [{ from: wallet.address, to, data }, block])) as string);
  // Upon the pool a stuck transaction has done the work already; upon the last block time stands still, and a report that
  // was observed since is from the future.
  const estimate = await upon("latest").catch((error: unknown) => {
    if (isTransient(error)) throw error;
    return upon("pending");
  });
  return (estimate * GAS_ROOM_PERCENT) / 100n;
}

async function cancelContent(deps: SlotSenderDeps): Promise<Content> {
  const call = cancelCall(deps.wallet.address.toLowerCase() as Hex);
  return { call, gasLimit: await gasFor(call, deps), job: undefined };
}
