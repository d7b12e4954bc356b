import { type JsonRpcProvider, keccak256, makeError, toUtf8Bytes, Transaction } from "ethers";
import type { Hex } from "../../../../core/types/hex.ts";

interface Block {
  readonly number: number;
  readonly hash: string;
  readonly transactions: readonly Transaction[];
}

/** Go Ethereum's rule: a replacement pays at least a tenth more, in both prices. */
const MIN_BUMP_PERCENT = 110n;
const GWEI = 1_000_000_000n;

/**
 * A chain for one account, exact where transactions are concerned: a pool with the replacement rule, blocks that take
 * only the next nonce at a sufficient price, and branches that come and go.
 */
export class FakeChain {
  baseFee = GWEI;
  /** Chains before EIP-1559 have no base fee. */
  legacy = false;
  /** The endpoint answers nothing. */
  down = false;
  /** Calls that the contract refuses, by their data. */
  readonly refused = new Set<string>();
  balance = 10n ** 18n;
  /** The account's count as the endpoint falsely states it. */
  statedCount: number | undefined;
  /** The count as another endpoint states it; undefined where there is no other. */
  countElsewhere: number | undefined;
  /** Everything that was ever offered, in order. */
  readonly offered: Transaction[] = [];
  #blocks: Block[] = [];
  readonly #pool = new Map<number, Transaction>();
  #branch = 0;

  get head(): number {
    return this.#blocks.length;
  }

  /** Included transactions, by nonce. */
  get included(): readonly Transaction[] {
    return this.#blocks.flatMap(({ transactions }) => transactions);
  }

  get pending(): readonly Transaction[] {
    return [...this.#pool.values()];
  }

  /** Mines a block of whatever the pool holds and the price allows. */
  mine(blocks = 1): void {
    for (let count = 0; count < blocks; count++) {
      const transactions: Transaction[] = [];
      for (let nonce = this.#count(); ; nonce++) {
        const next = this.#pool.get(nonce);
        if (next === undefined || priceOf(next) < this.baseFee) break;
        this.#pool.delete(nonce);
        transactions.push(next);
      }
      const number = this.head + 1;
      this.#blocks.push({ number, hash: keccak256(toUtf8Bytes(`${number} ${this.#branch}`)), transactions });
    }
  }

  /** A transaction of another program with the same key, in a block of its own. */
  mineForeign(raw: string): void {
    this.#blocks.push({
      ...{ number: this.head + 1, hash: keccak256(toUtf8Bytes(`foreign ${this.head} ${this.#branch}`)) },
      transactions: [Transaction.from(raw)],
    });
    this.#pool.delete(Transaction.from(raw).nonce);
  }

  /** Replaces the newest blocks by as many empty ones. What they held goes back to the pool, or is forgotten. */
  reorganise(depth: number, { forget = false } = {}): void {
    const gone = this.#blocks.splice(-depth).flatMap(({ transactions }) => transactions);
    this.#branch += 1;
    if (!forget) for (const transaction of gone) this.#pool.set(transaction.nonce, transaction);
    const kept = new Map(this.#pool);
    this.#pool.clear();
    this.mine(depth);
    for (const [nonce, transaction] of kept) this.#pool.set(nonce, transaction);
  }

  /** Nodes drop what waits too long. */
  emptyPool(): void {
    this.#pool.clear();
  }

  get provider(): JsonRpcProvider {
    const guard = async <T>(answer: () => T): Promise<T> => {
      await Promise.resolve();
      if (this.down) throw makeError("down", "SERVER_ERROR", { request: {} as never });
      return answer();
    };
    return {
      getTransactionCount: () => guard(() => this.statedCount ?? this.#count()),
      elsewhere: () => guard(() => this.countElsewhere),
      getTransactionReceipt: (hash: string) => guard(() => this.#receipt(hash)),
      getBlockNumber: () => guard(() => this.head),
      getBlock: () => guard(() => ({ number: this.head, baseFeePerGas: this.legacy ? null : this.baseFee })),
      getBalance: () => guard(() => this.balance),
      send: (method: string, params: unknown[]) => guard(() => this.#answer(method, params)),
    } as unknown as JsonRpcProvider;
  }

  #count(): number {
    return this.included.length;
  }

  #estimate(data: string): bigint {
    if (!this.refused.has(data)) return 100_000n;
    throw makeError("execution reverted", "CALL_EXCEPTION", {
      ...{ action: "estimateGas", data: "0x12345678", reason: null, invocation: null, revert: null },
      transaction: { to: null, data },
    });
  }

  #receipt(hash: string) {
    const block = this.#blocks.find(({ transactions }) => transactions.some((one) => one.hash === hash));
    return block === undefined ? null : { hash, blockNumber: block.number, gasUsed: 90_000n, status: 1 };
  }

  #answer(method: string, [first]: unknown[]): Hex {
    if (method === "eth_estimateGas") return `0x${this.#estimate((first as { data: string }).data).toString(16)}`;
    if (method === "eth_maxPriorityFeePerGas") return `0x${GWEI.toString(16)}`;
    if (method === "eth_gasPrice") return `0x${(this.baseFee * 2n).toString(16)}`;
    if (method !== "eth_sendRawTransaction") throw new TypeError(`no answer to ${method}`);
    return this.#offer(Transaction.from(first as string));
  }

  #offer(offered: Transaction): Hex {
    const { nonce } = offered;
    this.offered.push(offered);
    const held = this.#pool.get(nonce);
    if (held?.hash === offered.hash) throw new Error("already known");
    if (nonce < this.#count()) throw makeError("nonce too low", "NONCE_EXPIRED", { transaction: offered });
    if (held !== undefined && !replaces(offered, held))
      throw makeError("replacement fee too low", "REPLACEMENT_UNDERPRICED", { transaction: offered });
    this.#pool.set(nonce, offered);
    return offered.hash as Hex;
  }
}

function priceOf({ gasPrice, maxFeePerGas }: Transaction): bigint {
  return maxFeePerGas ?? gasPrice ?? 0n;
}

function replaces(next: Transaction, held: Transaction): boolean {
  const enough = (before: bigint, after: bigint) => after * 100n >= before * MIN_BUMP_PERCENT && after > before;
  const tip = ({ maxPriorityFeePerGas, gasPrice }: Transaction) => maxPriorityFeePerGas ?? gasPrice ?? 0n;
  return enough(priceOf(held), priceOf(next)) && enough(tip(held), tip(next));
}
