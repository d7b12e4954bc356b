import { hexlify, Transaction, Wallet } from "ethers";
import type { Receipt } from "../../../../core/ports/chain.ts";
import type { TransactionStore } from "../../../../core/ports/transaction-store.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { Account, type AccountOptions } from "../../../../node/chain/account.ts";
import { createBalance } from "../../../../node/chain/balance.ts";
import { createChainMetrics } from "../../../../node/chain/metrics.ts";
import type { Call } from "../../../../node/chain/signed-call.ts";
import { openDatabase } from "../../../../node/storage/database.ts";
import { createTransactionStore } from "../../../../node/storage/transaction-store.ts";
import { createManualClock, settled } from "../../../support/manual-clock.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";
import { FakeChain } from "./fake-chain.ts";

export const GWEI = 1_000_000_000n;
const POLL_MS = 1_000;
export const BUMP_AFTER_MS = 30_000;
const CHAIN_ID = 31337;
const HUB: Hex = `0x${"ab".repeat(20)}`;
const KEY = new Uint8Array(32).fill(7);
const wallet = new Wallet(hexlify(KEY));
const account = wallet.address.toLowerCase() as Hex;

/** What became of a wish. */
export interface Fate {
  included?: Receipt | undefined;
  ended: "included" | "unwanted" | "failed" | undefined;
  error?: unknown;
}

export const sequenceOfData = (data: string): bigint => BigInt(data);
const dataOf = (sequence: bigint): Hex => `0x${sequence.toString(16).padStart(4, "0")}`;

/** An account on a fake chain, whose calls are wanted until they are executed or called off. */
export function createRig(options: Partial<AccountOptions> = {}) {
  const [chain, clock, log, meter] = [
    new FakeChain(),
    createManualClock(),
    createRecordingLog(),
    createRecordingMeter(),
  ];
  const database = openDatabase(":memory:");
  const stored = createTransactionStore({ chainId: CHAIN_ID, account }, { database });
  const disk = { failure: undefined as Error | undefined };
  const store: TransactionStore = {
    ...stored,
    put(transaction) {
      if (disk.failure !== undefined) throw disk.failure;
      stored.put(transaction);
    },
  };
  const metrics = createChainMetrics(meter);
  const calledOff = new Set<bigint>();
  const executed = () => new Set(chain.included.map(({ data }) => data));
  const isWanted = (sequence: bigint) => !calledOff.has(sequence) && !executed().has(dataOf(sequence));
  let running: Account | undefined;

  function start(): Account {
    const { provider } = chain;
    running = new Account(
      {
        ...{ chainId: CHAIN_ID, privateKey: KEY, pollMs: POLL_MS, finality: { confirmations: 3 } },
        fees: {
          ...{ maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: undefined },
          ...{ bumpPercent: 12, bumpAfterMs: BUMP_AFTER_MS },
        },
        ...options,
      },
      {
        ...{ provider, store, clock, log, metrics },
        balance: createBalance({ account, minBalance: 10n ** 17n }, { provider, log, metrics }),
        isWanted: ({ purpose, sequence }: Call) => Promise.resolve(purpose === "cancel" || isWanted(sequence)),
        explain: (error) => error,
      },
    );
    return running;
  }

  const current = () => running ?? start();

  function follow(what: Promise<Receipt | undefined>): Fate {
    const fate: Fate = { ended: undefined };
    what.then(
      (receipt) => Object.assign(fate, { included: receipt, ended: receipt === undefined ? "unwanted" : "included" }),
      (error: unknown) => Object.assign(fate, { ended: "failed", error }),
    );
    return fate;
  }

  function wish(sequence: bigint, purpose: "transmit" | "prove" = "transmit"): Fate {
    const prepare = (): Promise<Call | undefined> =>
      Promise.resolve(isWanted(sequence) ? { purpose, sequence, to: HUB, data: dataOf(sequence) } : undefined);
    return follow(current().send({ purpose, sequence, prepare }));
  }

  return {
    ...{ chain, clock, log, meter, store, disk, calledOff, start, wish, dataOf, account: current },
    settledFate: (txHash: Hex) => follow(current().settled(txHash)),
    /** Time for so many looks at the chain. */
    polls: (count = 1) => clock.advance(count * POLL_MS),
    stop: async () => {
      const stopping = running?.stop();
      await settled();
      await stopping;
    },
    /** A raw transaction of this account, made by another program. */
    foreign: (nonce: number) =>
      wallet.signTransaction({
        ...{ type: 2, chainId: CHAIN_ID, nonce, gasLimit: 21_000n, to: HUB, data: "0xfeed" },
        ...{ maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: 10n * GWEI },
      }),
    warnings: () =>
      log.lines.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message),
  };
}

export type Rig = ReturnType<typeof createRig>;

export const pricesOf = ({ maxFeePerGas, maxPriorityFeePerGas }: Transaction) => [maxFeePerGas, maxPriorityFeePerGas];
