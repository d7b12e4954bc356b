import { Contract, getBytes, Interface, type JsonRpcProvider, type LogDescription, type Log as ChainLog } from "ethers";
import { reportDigest, valuesHash } from "../../../core/codec/report.ts";
import { readUpdate } from "../../../core/codec/report-update.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Report } from "../../../core/types/report.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import type { Groth16Proof } from "../../../core/ports/prover.ts";
import { feedHubAbi, feedProxyAbi } from "../../../node/chain/generated/abi.ts";
import { CHAIN_ID } from "../network.ts";

/** What a dApp sees of a feed: `latestRoundData` through its AggregatorV3 proxy. */
export interface Answer {
  readonly answer: bigint;
  readonly roundId: bigint;
  readonly updatedAt: number;
}

export interface TransmissionSeen {
  readonly sequence: bigint;
  /** 0n for one that can not be proven. */
  readonly index: bigint;
  readonly digest: Hex;
  readonly report: Report;
  readonly feeds: FeedValues;
  /** Committee indices of the signers. */
  readonly signers: readonly number[];
  /** Lanes that this transaction stored. */
  readonly stored: number;
  readonly transmitter: Hex;
  readonly txHash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** One per feed, read at this transaction's block; undefined where a feed has no answer yet. */
  readonly answers: readonly (Answer | undefined)[];
  /** Unix milliseconds. */
  readonly seenAt: number;
}

export interface ProofSeen {
  readonly sequence: bigint;
  readonly index: bigint;
  readonly proof: Groth16Proof;
  readonly commitment: bigint;
  readonly txHash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  readonly seenAt: number;
}

export interface ChainObserverDeps {
  readonly provider: JsonRpcProvider;
  readonly now: () => number;
  /** The configuration that reports of this index belong to. */
  committeeOf(configIndex: number): { readonly digest: Hex; readonly lanes: number };
  onTransmission(seen: TransmissionSeen): void;
  onProof(seen: ProofSeen): void;
}

/** Blocks that each poll reads again. */
const OVERLAP_BLOCKS = 16;

const hubInterface = new Interface(feedHubAbi);
/** Of committees without and with a verifier. */
const TRANSMISSIONS = new Set(["FeedsUpdated", "ReportRecorded"]);

/** Watches the hub from outside, as no node: everything here comes from transactions, receipts and calls. */
export class ChainObserver {
  readonly #hub: Hex;
  readonly #proxies: readonly Contract[];
  readonly #deps: ChainObserverDeps;
  #next = 0;
  /** Logs of the blocks that are read again. */
  #seen = new Set<string>();

  constructor({ hub, proxies }: { hub: Hex; proxies: readonly Hex[] }, deps: ChainObserverDeps) {
    this.#hub = hub;
    this.#proxies = proxies.map((proxy) => new Contract(proxy, feedProxyAbi, deps.provider));
    this.#deps = deps;
  }

  /** Reads all blocks since the last poll, and some again: a block's number is known before its logs are. */
  async poll(): Promise<void> {
    const head = await this.#deps.provider.getBlockNumber();
    const logs = await this.#deps.provider.getLogs({ address: this.#hub, fromBlock: this.#next, toBlock: head });
    const keyOf = ({ transactionHash, index }: ChainLog) => `${transactionHash} ${index}`;
    const fresh = logs.filter((log) => !this.#seen.has(keyOf(log)));
    this.#seen = new Set(logs.map(keyOf));
    this.#next = Math.max(0, head + 1 - OVERLAP_BLOCKS);
    for (const log of fresh) {
      const event = hubInterface.parseLog(log);
      if (event !== null && TRANSMISSIONS.has(event.name))
        this.#deps.onTransmission(await this.#transmission(event, log));
      if (event?.name === "ReportProven") this.#deps.onProof(await this.#proof(event, log));
    }
  }

  async #transmission(event: LogDescription, log: ChainLog): Promise<TransmissionSeen> {
    const { call, transmitter, gasUsed } = await this.#transaction(log);
    const place = placeOf(event, log);
    const { sequence } = place;
    const { digest: configDigest, lanes } = this.#deps.committeeOf(slotOf(sequence).configIndex);
    const { observedAt, feedsRoot, feeds, signers } = readUpdate(
      getBytes(call.args.getValue("update") as string),
      lanes,
    );
    const report = { configDigest, sequence, observedAt, feedsRoot, valuesHash: valuesHash(feeds) };
    return {
      ...{ ...place, report, feeds, signers, transmitter },
      digest: reportDigest(report, { chainId: BigInt(CHAIN_ID), hub: this.#hub }),
      stored: Number(event.args.getValue("storedMask")),
      gasUsed,
      answers: await this.#answers(log.blockNumber),
      seenAt: this.#deps.now(),
    };
  }

  async #proof(event: LogDescription, log: ChainLog): Promise<ProofSeen> {
    const { call, gasUsed } = await this.#transaction(log);
    const { a, b, c } = call.args.getValue("proof") as { a: bigint[]; b: bigint[][]; c: bigint[] };
    const pair = ([x = 0n, y = 0n]: readonly bigint[]): [bigint, bigint] => [x, y];
    return {
      ...placeOf(event, log),
      proof: { a: pair(a), b: [pair(b[0] ?? []), pair(b[1] ?? [])], c: pair(c) },
      commitment: call.args.getValue("commitment") as bigint,
      gasUsed,
      seenAt: this.#deps.now(),
    };
  }

  async #transaction({ transactionHash }: ChainLog) {
    const { provider } = this.#deps;
    const [transaction, receipt] = await Promise.all([
      provider.getTransaction(transactionHash),
      provider.getTransactionReceipt(transactionHash),
    ]);
    const call = transaction === null ? null : hubInterface.parseTransaction(transaction);
    if (call === null || receipt === null) throw new TypeError(`transaction ${transactionHash} is no call of the hub`);
    return { call, transmitter: receipt.from.toLowerCase() as Hex, gasUsed: receipt.gasUsed };
  }

  /** `eth_call` at one block, through each proxy. A proxy reverts before its feed's first answer. */
  async #answers(blockTag: number): Promise<(Answer | undefined)[]> {
    return Promise.all(
      this.#proxies.map(async (proxy) => {
        try {
          const [roundId, answer, , updatedAt] = (await proxy
            .getFunction("latestRoundData")
            .staticCall({ blockTag })) as bigint[];
          return { answer: answer ?? 0n, roundId: roundId ?? 0n, updatedAt: Number(updatedAt) };
        } catch {
          return undefined;
        }
      }),
    );
  }
}

function placeOf({ name, args }: LogDescription, log: ChainLog) {
  return {
    sequence: args.getValue("sequence") as bigint,
    index: name === "FeedsUpdated" ? 0n : (args.getValue("reportIndex") as bigint),
    txHash: log.transactionHash as Hex,
    blockNumber: log.blockNumber,
  };
}
