import { type Addressable, computeAddress, Contract, hexlify, type JsonRpcProvider } from "ethers";
import { packProvenReport, packUpdate } from "../../core/codec/report-update.ts";
import type { ChainWriter } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { TransactionStore } from "../../core/ports/transaction-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import { Account } from "./account.ts";
import { createBalance } from "./balance.ts";
import { explained, isRevert } from "./call-failure.ts";
import { awaitsProof } from "./chain-reader.ts";
import type { FeeOptions } from "./fees.ts";
import type { FinalityRule } from "./finality.ts";
import { feedHubAbi } from "./generated/abi.ts";
import type { ChainMetrics } from "./metrics.ts";
import type { describeSlot } from "./nonce-slots.ts";
import type { Call } from "./signed-call.ts";

export interface ChainWriterOptions {
  readonly hub: Hex;
  readonly chainId: number;
  /** secp256k1 key of the transmitter account. */
  readonly transmitterKey: Uint8Array;
  readonly pollMs: number;
  readonly fees: FeeOptions;
  readonly finality: FinalityRule;
  /** Wei below which the operator is warned. */
  readonly minBalance: bigint;
}

export interface ChainWriterDeps {
  readonly provider: JsonRpcProvider;
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ChainMetrics;
}

export interface WriterStatus {
  readonly account: Hex;
  /** Wei, as last seen. */
  readonly balance: bigint | undefined;
  readonly lowBalance: boolean;
  /** Calls that wait for a nonce. */
  readonly waiting: number;
  /** The transaction that the chain waits for. */
  readonly open: ReturnType<typeof describeSlot> | undefined;
}

/** One per node and account: two writers of one account would take each other's nonces. */
export interface RunningChainWriter extends ChainWriter {
  status(): WriterStatus;
  /** What keeps this node from transmitting, as far as it is known; empty if nothing does. */
  unreadyReasons(): readonly string[];
  /** What is signed is stored: the next start goes on with it. */
  stop(): Promise<void>;
}

/** Makes calls of the hub from the transmitter's account and sees them into final blocks. */
export function createChainWriter(options: ChainWriterOptions, deps: ChainWriterDeps): RunningChainWriter {
  const { hub, transmitterKey, minBalance } = options;
  const address = computeAddress(hexlify(transmitterKey)).toLowerCase() as Hex;
  const balance = createBalance({ account: address, minBalance }, deps);
  const contract = new Contract(hub, feedHubAbi, deps.provider);
  const account = new Account(
    { ...options, privateKey: transmitterKey },
    {
      ...{ ...deps, balance },
      isWanted: (call) => isWanted(call, { contract, account: address }),
      explain: (error) => explained(error, contract.interface),
    },
  );
  const status = () => ({
    ...{ account: address, balance: balance.amount(), lowBalance: balance.low() },
    ...account.status(),
  });

  return {
    ...hubCalls(contract, account),
    status,
    unreadyReasons() {
      const { lowBalance, open } = status();
      return [
        ...(lowBalance ? ["the transmitter's balance is low"] : []),
        ...(open?.atFeeCap === true ? ["a transaction is stuck at the fee cap"] : []),
      ];
    },
    stop: () => account.stop(),
  };
}

function hubCalls(contract: Contract, account: Account): ChainWriter {
  const { target, interface: abi } = contract;
  const encode = (method: string, values: readonly unknown[]) => ({
    to: addressOf(target),
    data: abi.encodeFunctionData(method, values) as Hex,
  });
  return {
    transmit(final, storeMask) {
      const about = { purpose: "transmit", sequence: final.report.sequence } as const;
      return account.send({
        ...about,
        async prepare() {
          const mask = await storeMask();
          return mask === 0 ? undefined : { ...about, ...encode("transmit", [packUpdate(final, mask)]) };
        },
      });
    },
    prove({ report, feeds, digest }, { proof, publicSignals }, { index, signal }) {
      const about = { purpose: "prove", sequence: report.sequence } as const;
      const values = [index, packProvenReport({ report, feeds }), proof, publicSignals[0]];
      return account.send({
        ...about,
        async prepare() {
          const wanted = await awaitsProof(contract, { index, digest });
          return wanted && signal?.aborted !== true ? { ...about, ...encode("prove", values) } : undefined;
        },
      });
    },
    settled: (txHash) => account.settled(txHash),
  };
}

/** What can be said of a stored call alone: a report behind a newer one is worth nothing; for the rest the hub is asked. */
async function isWanted(call: Call, { contract, account }: { contract: Contract; account: Hex }): Promise<boolean> {
  if (call.purpose === "cancel") return true;
  if (call.purpose === "transmit") {
    const [lastSequence] = (await contract.getFunction("head")()) as [bigint];
    if (lastSequence >= call.sequence) return false;
  }
  try {
    await contract.runner?.call?.({ from: account, to: call.to, data: call.data });
    return true;
  } catch (error) {
    if (isRevert(error)) return false;
    throw error;
  }
}

function addressOf(target: string | Addressable): Hex {
  if (typeof target !== "string") throw new TypeError("contracts are named by address here");
  return target as Hex;
}
