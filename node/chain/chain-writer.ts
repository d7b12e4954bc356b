import {
  Contract,
  type ContractTransaction,
  hexlify,
  type Interface,
  isError,
  type JsonRpcProvider,
  type TransactionReceipt,
  Wallet,
} from "ethers";
import { packSignatures } from "../../core/codec/signature-quorum.ts";
import { packValues } from "../../core/codec/report.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainWriter, Receipt } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ChainError } from "./connect.ts";
import { feedHubAbi } from "./generated/abi.ts";

export interface ChainWriterOptions {
  readonly hub: Hex;
  /** secp256k1 key of the transmitter account. */
  readonly transmitterKey: Uint8Array;
}

export interface ChainWriterDeps {
  readonly provider: JsonRpcProvider;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends waiting for receipts. */
  readonly signal: AbortSignal;
}

/** A receipt later than this means fees too low or a stuck chain: the schedule's next member takes over. */
const RECEIPT_TIMEOUT_MS = 60_000;
const RECEIPT_POLLING_MS = 250;

/** Sends one transaction at a time, so that nonces stay in order; after any failure the chain's own count is taken again. */
export function createChainWriter({ hub, transmitterKey }: ChainWriterOptions, deps: ChainWriterDeps): ChainWriter {
  const { provider, log } = deps;
  const wallet = new Wallet(hexlify(transmitterKey), provider);
  const contract = new Contract(hub, feedHubAbi, wallet);
  let queue: Promise<unknown> = Promise.resolve();
  let nextNonce: number | undefined;

  async function submit(transaction: ContractTransaction): Promise<Receipt> {
    nextNonce ??= await provider.getTransactionCount(wallet.address, "pending");
    try {
      const response = await wallet.sendTransaction({ ...transaction, nonce: nextNonce });
      nextNonce += 1;
      return await receiptOf(response.hash as Hex, deps);
    } catch (error) {
      nextNonce = undefined;
      throw error;
    }
  }

  async function submitWithNonceRecovery(transaction: ContractTransaction): Promise<Receipt> {
    try {
      return await submit(transaction);
    } catch (error) {
      if (!isError(error, "NONCE_EXPIRED") && !isError(error, "REPLACEMENT_UNDERPRICED"))
        throw explained(error, contract.interface);
      log.warn(
        { transmitter: wallet.address },
        "the account's nonce moved without us: is the key used elsewhere? taking the chain's count",
      );
    }
    return submit(transaction).catch((error: unknown) => {
      throw explained(error, contract.interface);
    });
  }

  /** Never two at once: a failure of one does not stop the next. */
  function enqueue(build: () => Promise<ContractTransaction>): Promise<Receipt> {
    const job = queue.then(async () => submitWithNonceRecovery(await build()));
    queue = job.catch(() => undefined);
    return job;
  }

  return {
    transmit: ({ report, feeds, signatures }, storeMask) =>
      enqueue(() =>
        contract
          .getFunction("transmit")
          .populateTransaction(report, packValues(feeds), storeMask, packSignatures(signatures)),
      ),
    prove: ({ report, feeds }, { proof, publicSignals }, { index, storeMask }) =>
      enqueue(() =>
        contract
          .getFunction("prove")
          .populateTransaction(index, report, packValues(feeds), storeMask, proof, publicSignals[0]),
      ),
  };
}

/**
 * Looks for the receipt itself: ethers' `wait` polls in the background, where an endpoint's failure is nobody's to catch
 * and ends the process.
 */
async function receiptOf(txHash: Hex, { provider, clock, signal }: ChainWriterDeps): Promise<Receipt> {
  const deadline = clock.now() + RECEIPT_TIMEOUT_MS;
  while (clock.now() < deadline && !signal.aborted) {
    // An endpoint that fails once is asked again: the transaction is on its way all the same.
    const receipt = await provider.getTransactionReceipt(txHash).catch(() => null);
    if (receipt !== null) return toReceipt(receipt);
    await clock.sleep(RECEIPT_POLLING_MS, signal);
  }
  const message = `no receipt for ${txHash} after ${RECEIPT_TIMEOUT_MS / 1000} s: is the transmitter's fee too low?`;
  throw new QuorateError<ChainError>({ code: "transaction-timeout", txHash }, message);
}

function toReceipt(receipt: TransactionReceipt): Receipt {
  if (receipt.status !== 1) {
    const reason = `reverted in block ${receipt.blockNumber}`;
    const message = `${receipt.hash} ${reason}: the chain moved on between estimate and inclusion`;
    throw new QuorateError<ChainError>({ code: "transaction-reverted", reason }, message);
  }
  return { txHash: receipt.hash as Hex, gasUsed: receipt.gasUsed, blockNumber: receipt.blockNumber };
}

/** Names the contract's own error instead of four unreadable bytes. */
function explained(error: unknown, abi: Interface): unknown {
  if (!isError(error, "CALL_EXCEPTION")) return error;
  const parsed = error.data == null ? null : abi.parseError(error.data);
  const reason =
    parsed === null ? (error.reason ?? error.shortMessage) : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
  return new QuorateError<ChainError>(
    { code: "transaction-reverted", reason },
    `the hub refused the transaction: ${reason}`,
    { cause: error },
  );
}
