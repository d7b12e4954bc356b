import { TypedDataEncoder, concat, getBytes, id, toBeHex, type TypedDataDomain } from "ethers";
import { keccak256 } from "../crypto/keccak.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Hex } from "../types/hex.ts";
import type { FeedValues } from "../types/observation.ts";
import type { Report, ReportDomain } from "../types/report.ts";
import { abiWords } from "./abi-words.ts";
import { merkleRoot } from "./merkle-root.ts";

export type ReportCodecError =
  | { readonly code: "invalid-lanes"; readonly lanes: number }
  | { readonly code: "invalid-mask"; readonly mask: number; readonly lanes: number }
  | { readonly code: "too-many-lanes"; readonly lanes: number }
  | { readonly code: "value-out-of-range"; readonly lane: number; readonly value: bigint }
  | { readonly code: "unset-lane-not-zero"; readonly lane: number; readonly value: bigint }
  | { readonly code: "invalid-packed-length"; readonly length: number }
  | { readonly code: "unknown-feed"; readonly lane: number; readonly feeds: number }
  | { readonly code: "empty-report" };

/** Of a report that nodes agree about: the mask is a uint32. */
export const MAX_LANES = 32;
/** Of any report that the hub takes: above 32 lanes the mask is a uint256. */
const MAX_WIDE_LANES = 256;
/** int96: twelve bytes let a stored feed fit one slot together with its times and sequence. */
export const MAX_VALUE = 2n ** 95n - 1n;
export const MIN_VALUE = -(2n ** 95n);

const MASK_BYTES = 4;
const WIDE_MASK_BYTES = 32;
const VALUE_BYTES = 12;
const VALUE_BITS = 96;

/** The EIP-712 types, in the form that wallets and `signTypedData` take. */
export const REPORT_TYPES = {
  Report: [
    { name: "configDigest", type: "bytes32" },
    { name: "sequence", type: "uint64" },
    { name: "observedAt", type: "uint32" },
    { name: "feedsRoot", type: "bytes32" },
    { name: "valuesHash", type: "bytes32" },
  ],
};

export const PROPOSAL_TYPES = {
  Proposal: [
    { name: "configDigest", type: "bytes32" },
    { name: "sequence", type: "uint64" },
    { name: "observationsHash", type: "bytes32" },
  ],
};

/** What a leader signs: one choice of 2f+1 observations for one slot. */
export interface ProposalHeader {
  readonly configDigest: Hex;
  /** uint64, see `core/types/sequence.ts`. */
  readonly sequence: bigint;
  /** keccak256 of the chosen observations' bytes. */
  readonly observationsHash: Hex;
}

/** A value for each lane; undefined where the mask's bit is unset. */
export type LaneValues = readonly (bigint | undefined)[];

/** What the Merkle tree of a report is made from. */
export interface ReportLeaves {
  readonly feeds: FeedValues;
  /** bytes32 each, in canonical order: entry q names lane q. */
  readonly feedIds: readonly Hex[];
  /** Unix seconds, uint32. */
  readonly observedAt: number;
}

export interface LaneLeaves extends Pick<ReportLeaves, "feedIds" | "observedAt"> {
  readonly values: LaneValues;
}

/** Tells whether lane q is present. */
export function hasLane(mask: number, lane: number): boolean {
  return ((mask >>> lane) & 1) === 1;
}

/** The present lanes, rising. */
export function lanesOf(mask: number): number[] {
  return Array.from({ length: MAX_LANES }, (_, lane) => lane).filter((lane) => hasLane(mask, lane));
}

/**
 * mask:uint32 ‖ K values, each int96 big-endian two's complement, 0 where unset: 4 + 12·K bytes.
 * @throws QuorateError<ReportCodecError> for K outside 1…32, a mask ≥ 2^K, a value outside int96 or an unset lane that is not 0.
 */
export function packValues(feeds: FeedValues): Uint8Array {
  return packLanes(laneValues(feeds));
}

/** The values that are there. Throws as `packValues`. */
export function laneValues(feeds: FeedValues): LaneValues {
  checkFeedValues(feeds);
  return feeds.values.map((value, lane) => (hasLane(feeds.mask, lane) ? value : undefined));
}

/**
 * mask ‖ K values as `packValues` has them, for K up to 256: above 32 lanes the mask is a uint256.
 * @throws QuorateError<ReportCodecError> for more lanes, none, or a value outside int96.
 */
export function packLanes(values: LaneValues): Uint8Array {
  if (values.length < 1 || values.length > MAX_WIDE_LANES) {
    const data = { code: "too-many-lanes", lanes: values.length } as const;
    throw new QuorateError<ReportCodecError>(data, `a report has 1…${MAX_WIDE_LANES} lanes, not ${values.length}`);
  }
  values.forEach((value, lane) => checkValue(value ?? 0n, lane, true));
  const words = values.map((value) => toBeHex(BigInt.asUintN(VALUE_BITS, value ?? 0n), VALUE_BYTES));
  const present = values.flatMap((value, lane) => (value === undefined ? [] : [lane]));
  return getBytes(concat([packMask(present, values.length), ...words]));
}

/** A mask over so many lanes with these bits set. */
export function packMask(present: readonly number[], lanes: number): Hex {
  const mask = present.reduce((bits, lane) => bits | (1n << BigInt(lane)), 0n);
  return toBeHex(mask, lanes > MAX_LANES ? WIDE_MASK_BYTES : MASK_BYTES) as Hex;
}

/**
 * The inverse of `packValues`; K follows from the length.
 * @throws QuorateError<ReportCodecError> for bytes that `packValues` cannot have made.
 */
export function unpackValues(packed: Uint8Array): FeedValues {
  const lanes = (packed.length - MASK_BYTES) / VALUE_BYTES;
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > MAX_LANES) {
    const data = { code: "invalid-packed-length", length: packed.length } as const;
    throw new QuorateError<ReportCodecError>(
      data,
      `packed values are 4 + 12·K bytes for K in 1…${MAX_LANES}, not ${packed.length}`,
    );
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const values = Array.from({ length: lanes }, (_, lane) => readInt96(view, MASK_BYTES + VALUE_BYTES * lane));
  const feeds = { mask: view.getUint32(0), values };
  checkFeedValues(feeds);
  return feeds;
}

/** keccak256 of the packed values: the report's `valuesHash`. Throws as `packValues` does. */
export function valuesHash(feeds: FeedValues): Hex {
  return keccak256(packValues(feeds));
}

/**
 * Root of OpenZeppelin's StandardMerkleTree (leaves unsorted, canonical order) over (feedId, value, observedAt) of the present feeds.
 * @throws QuorateError<ReportCodecError> as `packValues`, and for an empty mask or a present lane without a feed id.
 */
export function feedsRoot(feeds: FeedValues, feedIds: readonly Hex[], observedAt: number): Hex {
  return merkleRoot(leafHashes({ values: laneValues(feeds), feedIds, observedAt }));
}

/** Builds the report of one slot: what every honest node computes from the same medians. Throws as `feedsRoot`. */
export function createReport(slot: Pick<Report, "configDigest" | "sequence">, leaves: ReportLeaves): Report {
  return createLaneReport(slot, { ...leaves, values: laneValues(leaves.feeds) });
}

/** The same for up to 256 lanes. Throws as `packLanes`, and as `feedsRoot`. */
export function createLaneReport(slot: Pick<Report, "configDigest" | "sequence">, leaves: LaneLeaves): Report {
  const { values, observedAt } = leaves;
  const root = merkleRoot(leafHashes(leaves));
  return { ...slot, observedAt, feedsRoot: root, valuesHash: keccak256(packLanes(values)) };
}

/** The EIP-712 domain of a hub. */
export function typedDataDomain({ chainId, hub }: ReportDomain): TypedDataDomain {
  return { name: "Quorate", version: "1", chainId, verifyingContract: hub };
}

/** EIP-712 `hashStruct(report)`: equal for equal reports, whatever the domain. */
export function reportStructHash(report: Report): Hex {
  const { configDigest, sequence, observedAt, feedsRoot: root, valuesHash: hash } = report;
  return keccak256(abiWords([REPORT_TYPE_HASH, configDigest, sequence, observedAt, root, hash]));
}

/** The EIP-712 digest that f+1 members sign and the hub checks. */
export function reportDigest(report: Report, domain: ReportDomain): Hex {
  return typedDataDigest(domain, reportStructHash(report));
}

/** The EIP-712 digest that a leader signs over its proposal. */
export function proposalDigest(proposal: ProposalHeader, domain: ReportDomain): Hex {
  const { configDigest, sequence, observationsHash } = proposal;
  return typedDataDigest(domain, keccak256(abiWords([PROPOSAL_TYPE_HASH, configDigest, sequence, observationsHash])));
}

// All fields are static, so that a struct's hash is that of its type's hash and its words: ethers takes ten times as long.
const REPORT_TYPE_HASH = id(TypedDataEncoder.from(REPORT_TYPES).encodeType("Report")) as Hex;
const PROPOSAL_TYPE_HASH = id(TypedDataEncoder.from(PROPOSAL_TYPES).encodeType("Proposal")) as Hex;
const domainHashes = new WeakMap<ReportDomain, Hex>();

/** keccak256(0x1901 ‖ hash of the domain ‖ hash of the struct). */
function typedDataDigest(domain: ReportDomain, structHash: Hex): Hex {
  const domainHash = domainHashes.get(domain) ?? (TypedDataEncoder.hashDomain(typedDataDomain(domain)) as Hex);
  domainHashes.set(domain, domainHash);
  return keccak256(concat(["0x1901", domainHash, structHash]) as Hex);
}

/** The leaves as StandardMerkleTree hashes them, of the present lanes in their order. Throws as `feedsRoot`. */
export function leafHashes({ values, feedIds, observedAt }: LaneLeaves): [Hex, ...Hex[]] {
  const [first, ...rest] = values.flatMap((value, lane) => {
    if (value === undefined) return [];
    const feedId = feedIds[lane];
    if (feedId === undefined) throw unknownFeed(lane, feedIds.length);
    return [keccak256(keccak256(abiWords([feedId, value, observedAt])))];
  });
  if (first === undefined) {
    throw new QuorateError<ReportCodecError>(
      { code: "empty-report" },
      "a report needs at least one present feed: set a bit of the mask",
    );
  }
  return [first, ...rest];
}

/**
 * The door of every function here.
 * @throws QuorateError<ReportCodecError> that names the first rule broken.
 */
function checkFeedValues({ mask, values }: FeedValues): void {
  const lanes = values.length;
  if (lanes < 1 || lanes > MAX_LANES) {
    throw new QuorateError<ReportCodecError>(
      { code: "invalid-lanes", lanes },
      `a value vector has 1…${MAX_LANES} lanes, not ${lanes}`,
    );
  }
  if (!Number.isInteger(mask) || mask < 0 || mask >= 2 ** lanes) {
    throw new QuorateError<ReportCodecError>(
      { code: "invalid-mask", mask, lanes },
      `a mask over ${lanes} lanes is below 2^${lanes}, not ${mask}`,
    );
  }
  values.forEach((value, lane) => checkValue(value, lane, hasLane(mask, lane)));
}

function checkValue(value: bigint, lane: number, present: boolean): void {
  if (value < MIN_VALUE || value > MAX_VALUE) {
    const data = { code: "value-out-of-range", lane, value } as const;
    throw new QuorateError<ReportCodecError>(
      data,
      `the value of lane ${lane} must fit an int96, not ${value.toString()}`,
    );
  }
  if (!present && value !== 0n) {
    const data = { code: "unset-lane-not-zero", lane, value } as const;
    throw new QuorateError<ReportCodecError>(
      data,
      `lane ${lane} is not in the mask, so its value must be 0, not ${value.toString()}`,
    );
  }
}

/** Of a lane that is not in a report, or that nobody has named. */
export function unknownFeed(lane: number, feeds: number): QuorateError<ReportCodecError> {
  return new QuorateError(
    { code: "unknown-feed", lane, feeds },
    `lane ${lane} is not a present feed of this report (${feeds} feeds known)`,
  );
}

function readInt96(view: DataView, offset: number): bigint {
  return (BigInt(view.getInt32(offset)) << 64n) | view.getBigUint64(offset + 4);
}
