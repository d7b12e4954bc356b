import {
  Contract,
  dataSlice,
  getBytes,
  Interface,
  type JsonRpcProvider,
  toBeHex,
  type TransactionReceipt,
} from "ethers";
import { readProvenReport, type ReadProvenReport, readUpdate } from "../../core/codec/report-update.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Groth16Proof } from "../../core/ports/prover.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import { isRevert } from "./call-failure.ts";
import { feedHubAbi } from "./generated/abi.ts";

export type ProvenReportError =
  | { readonly code: "feed-not-proven"; readonly feedId: Hex }
  /** No event of such a proof in these blocks. */
  | { readonly code: "proof-not-found"; readonly sequence: bigint | undefined; readonly fromBlock: number }
  /** It is in no block, failed, or proved nothing at this hub. */
  | { readonly code: "transaction-proves-nothing"; readonly transaction: Hex }
  /** What the hub was called with is nothing that this release can read. */
  | { readonly code: "proof-unreadable"; readonly transaction: Hex }
  /** Another contract called the hub: what it passed on is not in the transaction. */
  | { readonly code: "proof-not-in-calldata"; readonly transaction: Hex };

/** A report as it was proven on the chain, with its proof. */
export interface ProvenOnChain extends ReadProvenReport {
  readonly proof: Groth16Proof;
  readonly transaction: Hex;
  readonly blockNumber: number;
}

interface Deps {
  readonly provider: JsonRpcProvider;
}

/** Blocks per log query: endpoints refuse larger ranges. */
const MAX_BLOCK_RANGE = 1_000;
/** A committee's data in code: STOP, then the configuration's digest. */
const DIGEST_AT = 1;
const DIGEST_BYTES = 32;
/** Of a function, as hexadecimal text. */
const SELECTOR_LENGTH = 10;

const hubInterface = new Interface(feedHubAbi);
const PROVEN_TOPIC = hubInterface.getEvent("ReportProven")?.topicHash ?? "";

/** The sequence of a feed's newest proven value. @throws QuorateError<ProvenReportError> `feed-not-proven`. */
export async function latestProvenSequence(
  { hub, feedId }: { hub: Hex; feedId: Hex },
  { provider }: Deps,
): Promise<bigint> {
  try {
    const feed = (await new Contract(hub, feedHubAbi, provider).getFunction("latestProven")(feedId)) as {
      sequence: bigint;
    };
    return feed.sequence;
  } catch (cause) {
    if (!isRevert(cause)) throw cause;
    const message = `the hub ${hub} has no proven value of the feed ${feedId}: check its name, or wait for a proof`;
    throw new QuorateError<ProvenReportError>({ code: "feed-not-proven", feedId }, message, { cause });
  }
}

/**
 * The transaction that proved a report, or, without a sequence, the newest that proved any. Looks back from the newest block.
 * @param options.blocks how many blocks are looked at.
 * @throws QuorateError<ProvenReportError> `proof-not-found`.
 */
export async function findProof(
  { hub, sequence, blocks }: { hub: Hex; sequence: bigint | undefined; blocks: number },
  { provider }: Deps,
): Promise<Hex> {
  const topics = sequence === undefined ? [PROVEN_TOPIC] : [PROVEN_TOPIC, toBeHex(sequence, 32)];
  const head = await provider.getBlockNumber();
  const first = Math.max(0, head - blocks + 1);
  for (let toBlock = head; toBlock >= first; toBlock -= MAX_BLOCK_RANGE) {
    const fromBlock = Math.max(first, toBlock - MAX_BLOCK_RANGE + 1);
    const newest = (await provider.getLogs({ address: hub, topics, fromBlock, toBlock })).at(-1);
    if (newest !== undefined) return newest.transactionHash as Hex;
  }
  const what = sequence === undefined ? "no report" : `no report of sequence ${sequence}`;
  const message = `${what} was proven at ${hub} since block ${first}: look back further with --blocks, or name the transaction`;
  throw new QuorateError<ProvenReportError>({ code: "proof-not-found", sequence, fromBlock: first }, message);
}

/**
 * The report and the proof in a transaction's calldata. The hub took both: it emitted so.
 * @param options.lanesOf the lanes of the configuration with this index.
 * @throws QuorateError<ProvenReportError>
 */
export async function readProof(
  { hub, transaction, lanesOf }: { hub: Hex; transaction: Hex; lanesOf: (configIndex: number) => Promise<number> },
  { provider }: Deps,
): Promise<ProvenOnChain> {
  const [sent, receipt] = await Promise.all([
    provider.getTransaction(transaction),
    provider.getTransactionReceipt(transaction),
  ]);
  const sequence = provenSequence(receipt, hub);
  if (sent === null || receipt === null || sequence === undefined) {
    const message = `the transaction ${transaction} proved no report at ${hub}: check its hash, the registry and the chain`;
    throw new QuorateError<ProvenReportError>({ code: "transaction-proves-nothing", transaction }, message);
  }
  const name =
    sent.to?.toLowerCase() === hub ? hubInterface.getFunction(sent.data.slice(0, SELECTOR_LENGTH))?.name : "";
  if (name !== "transmitProven" && name !== "prove") {
    const message = `the transaction ${transaction} proved a report through another contract, so its proof is not in the calldata: export another report`;
    throw new QuorateError<ProvenReportError>({ code: "proof-not-in-calldata", transaction }, message);
  }
  const lanes = name === "transmitProven" ? await lanesOf(slotOf(sequence).configIndex) : undefined;
  try {
    return { ...readCall(sent.data as Hex, lanes), sequence, transaction, blockNumber: receipt.blockNumber };
  } catch (cause) {
    const message = `the calldata of ${transaction} is no report and proof of its committee: check the registry, or export another report`;
    throw new QuorateError<ProvenReportError>({ code: "proof-unreadable", transaction }, message, { cause });
  }
}

/** @param lanes of an update; undefined for `prove`. @throws what is wrong with the bytes. */
function readCall(data: Hex, lanes: number | undefined): Pick<ProvenOnChain, "observedAt" | "feeds" | "proof"> {
  const args = hubInterface.decodeFunctionData(lanes === undefined ? "prove" : "transmitProven", data);
  const bytes = (name: string) => getBytes(args.getValue(name) as string);
  const { observedAt, feeds } =
    lanes === undefined ? readProvenReport(bytes("report")) : readUpdate(bytes("update"), lanes);
  return { observedAt, feeds, proof: proofOf(args.getValue("proof")) };
}

/**
 * Digest of the configuration with this index; undefined if it was never put in force.
 * The bytes are the hub's word: `readConfigurationOf` hashes what they name.
 */
export async function configDigestOf(
  { hub, configIndex }: { hub: Hex; configIndex: number },
  { provider }: Deps,
): Promise<Hex | undefined> {
  const tenure = (await new Contract(hub, feedHubAbi, provider).getFunction("tenureOf")(configIndex)) as {
    data: Hex;
    length: bigint;
  };
  if (tenure.length === 0n) return undefined;
  const code = await provider.getCode(tenure.data);
  return dataSlice(code, DIGEST_AT, DIGEST_AT + DIGEST_BYTES) as Hex;
}

function provenSequence(receipt: TransactionReceipt | null, hub: Hex): bigint | undefined {
  const log = receipt?.logs.find(({ address, topics }) => address.toLowerCase() === hub && topics[0] === PROVEN_TOPIC);
  return log === undefined ? undefined : BigInt(log.topics[1] ?? 0);
}

function proofOf(value: unknown): Groth16Proof {
  const { a, b, c } = value as { a: bigint[]; b: bigint[][]; c: bigint[] };
  const pair = ([x = 0n, y = 0n]: readonly bigint[]): [bigint, bigint] => [x, y];
  return { a: pair(a), b: [pair(b[0] ?? []), pair(b[1] ?? [])], c: pair(c) };
}
