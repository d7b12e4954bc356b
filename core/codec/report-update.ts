import { concat, hexlify, toBeHex } from "ethers";
import type { MemberSignature } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";
import type { FeedValues } from "../types/observation.ts";
import type { Report } from "../types/report.ts";
import { type LaneValues, lanesOf, laneValues, packLanes, packMask, packValues, unpackValues } from "./report.ts";
import { packSignatures } from "./signature-quorum.ts";

const SEQUENCE_BYTES = 8;
const TIMESTAMP_BYTES = 4;
const VALUE_BYTES = 12;
const VALUE_BITS = 96;
const DEPTH_BYTES = 1;
const MASK_BYTES = 4;
const OBSERVED_AT = SEQUENCE_BYTES;
const ROOT_AT = OBSERVED_AT + TIMESTAMP_BYTES;
const STORE_MASK_AT = ROOT_AT + 32;
const VALUES_AT = STORE_MASK_AT + MASK_BYTES;

/** What is signed: a report, its values, and the signatures of exactly f+1 members. */
export interface SignedUpdate {
  readonly report: Report;
  readonly feeds: FeedValues;
  readonly signatures: readonly MemberSignature[];
}

/** One value of a report with its Merkle path: see `feedLeafProof`. */
export interface ClaimedLeaf {
  readonly value: bigint;
  readonly path: readonly Hex[];
}

/** The same for up to 256 lanes and any scheme. */
export interface SignedLaneUpdate {
  readonly report: Report;
  readonly values: LaneValues;
  /** As the hub takes them: see `packSignatures`, `packKeySumSignature`, `packGroupSignature`. */
  readonly signatures: Hex;
}

/**
 * What the hub's `transmit` takes: sequence:8 | observedAt:4 | feedsRoot:32 | store mask | packed values | signatures.
 * @throws QuorateError<ReportCodecError> as `packValues`.
 */
export function packUpdate({ report, feeds, signatures }: SignedUpdate, storeMask: number): Hex {
  const signed = { report, values: laneValues(feeds), signatures: packSignatures(signatures) };
  return packLaneUpdate(signed, lanesOf(storeMask));
}

/** The same. @param stored lanes that the hub is to store. @throws QuorateError<ReportCodecError> as `packLanes`. */
export function packLaneUpdate({ report, values, signatures }: SignedLaneUpdate, stored: readonly number[]): Hex {
  const storeMask = packMask(stored, values.length);
  return concat([slotOf(report), report.feedsRoot, storeMask, packLanes(values), signatures]) as Hex;
}

/** What a packed hub's `transmit` takes: sequence:8 | observedAt:4 | feedsRoot:32 | words | signatures. @param words see `packWords`. */
export function packPackedUpdate({
  report,
  words,
  signatures,
}: Omit<SignedLaneUpdate, "values"> & { words: Hex }): Hex {
  return concat([slotOf(report), report.feedsRoot, words, signatures]) as Hex;
}

/**
 * What the hub's `prove` takes: sequence:8 | observedAt:4 | packed values. The hub computes the root itself.
 * @throws QuorateError<ReportCodecError> as `packValues`.
 */
export function packProvenReport({ report, feeds }: Omit<SignedUpdate, "signatures">): Hex {
  return concat([slotOf(report), packValues(feeds)]) as Hex;
}

/**
 * What the hub's `verify` functions take: sequence:8 | observedAt:4 | valuesHash:32 | signatures | leaves. A leaf is
 * value:12 | depth:1 | path. Against a report that the hub has recorded the signatures are left out.
 */
export function packClaim(
  { report, signatures }: Pick<SignedUpdate, "report"> & { readonly signatures?: readonly MemberSignature[] },
  leaves: readonly ClaimedLeaf[],
): Hex {
  return packSignedClaim({ report, signatures: signatures === undefined ? "0x" : packSignatures(signatures) }, leaves);
}

/** The same with signatures as the hub takes them: see `SignedLaneUpdate`. */
export function packSignedClaim(
  { report, signatures }: Pick<SignedLaneUpdate, "report" | "signatures">,
  leaves: readonly ClaimedLeaf[],
): Hex {
  const packed = leaves.flatMap(({ value, path }) => [
    toBeHex(BigInt.asUintN(VALUE_BITS, value), VALUE_BYTES),
    toBeHex(path.length, DEPTH_BYTES),
    ...path,
  ]);
  return concat([slotOf(report), report.valuesHash, signatures, ...packed]) as Hex;
}

/** A transmitted update as anybody can read it from the chain. Its configuration is named by the sequence. */
export interface ReadUpdate extends Pick<Report, "sequence" | "observedAt" | "feedsRoot"> {
  readonly storeMask: number;
  readonly feeds: FeedValues;
  /** Positions of the members that signed, rising. */
  readonly signers: readonly number[];
}

/**
 * The inverse of `packUpdate`, but for the signatures' bytes.
 * @param lanes of the configuration.
 * @throws QuorateError<ReportCodecError> for values that `packValues` cannot have made; RangeError for fewer bytes.
 */
export function readUpdate(update: Uint8Array, lanes: number): ReadUpdate {
  const view = new DataView(update.buffer, update.byteOffset, update.byteLength);
  const end = VALUES_AT + MASK_BYTES + VALUE_BYTES * lanes;
  const bitmap = view.getUint32(end);
  return {
    storeMask: view.getUint32(STORE_MASK_AT),
    sequence: view.getBigUint64(0),
    observedAt: view.getUint32(OBSERVED_AT),
    feedsRoot: hexlify(update.subarray(ROOT_AT, STORE_MASK_AT)) as Hex,
    feeds: unpackValues(update.subarray(VALUES_AT, end)),
    signers: Array.from({ length: 32 }, (_, member) => member).filter((member) => ((bitmap >>> member) & 1) === 1),
  };
}

/** What `prove` was given of a report: the rest follows from its configuration. */
export type ReadProvenReport = Pick<ReadUpdate, "sequence" | "observedAt" | "feeds">;

/**
 * The inverse of `packProvenReport`.
 * @throws QuorateError<ReportCodecError> for values that `packValues` cannot have made; RangeError for fewer bytes.
 */
export function readProvenReport(report: Uint8Array): ReadProvenReport {
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  const [sequence, observedAt] = [view.getBigUint64(0), view.getUint32(OBSERVED_AT)];
  return { sequence, observedAt, feeds: unpackValues(report.subarray(ROOT_AT)) };
}

function slotOf({ sequence, observedAt }: Report): Hex {
  return concat([toBeHex(sequence, SEQUENCE_BYTES), toBeHex(observedAt, TIMESTAMP_BYTES)]) as Hex;
}
