import { concat, hexlify, toBeHex } from "ethers";
import { createReport, packValues, reportDigest } from "../../../core/codec/report.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";
import { signaturesOf } from "./committee.ts";
import type { TestNetwork } from "./network.ts";

/** The parts of an update, and what they were made from. */
export interface SignedReport {
  readonly report: Report;
  readonly feeds: FeedValues;
  readonly values: Hex;
  readonly signatures: Hex;
  readonly digest: Hex;
}

export interface ReportOptions {
  readonly round: number;
  /** Unix seconds; the chain's newest block by default. */
  readonly observedAt?: number;
  readonly feeds?: FeedValues;
  readonly signers?: readonly number[];
  readonly sequence?: bigint;
}

/** A report of the network's committee with f+1 signatures. */
export async function signReport(network: TestNetwork, options: ReportOptions): Promise<SignedReport> {
  const { configuration } = network.committee;
  const feeds = options.feeds ?? valuesFor(options.round, configuration.lanes, configuration.feeds.length);
  const observedAt = options.observedAt ?? (await network.connection.networkHelpers.time.latest());
  const sequence = options.sequence ?? sequenceOf({ configIndex: configuration.index, epoch: 1, round: options.round });
  const slot = { configDigest: network.configDigest, sequence };
  const feedIds = configuration.feeds.map(({ id }) => id);
  const report = createReport(slot, { feeds, feedIds, observedAt });
  const digest = reportDigest(report, network.domain);
  const signers = options.signers ?? Array.from({ length: configuration.f + 1 }, (_, i) => i);
  const signatures = signaturesOf(network.committee, digest, signers);
  return { report, feeds, values: hexlify(packValues(feeds)) as Hex, signatures, digest };
}

/** What `transmit` takes, put together here by hand: any part may be wrong. */
export function updateOf(
  { report, values, signatures }: Pick<SignedReport, "report" | "values" | "signatures">,
  storeMask: number,
): Hex {
  return concat([timesOf(report), report.feedsRoot, toBeHex(storeMask, 4), values, signatures]) as Hex;
}

/** What `prove` takes. */
export function provenReportOf({ report, values }: Pick<SignedReport, "report" | "values">): Hex {
  return concat([timesOf(report), values]) as Hex;
}

/** What the `verify` functions take. */
export function claimOf(
  { report, signatures }: Pick<SignedReport, "report" | "signatures">,
  leaves: readonly { readonly value: bigint; readonly path: readonly Hex[] }[],
): Hex {
  const packed = leaves.flatMap(({ value, path }) => [
    toBeHex(BigInt.asUintN(96, value), 12),
    toBeHex(path.length, 1),
    ...path,
  ]);
  return concat([timesOf(report), report.valuesHash, signatures, ...packed]) as Hex;
}

function timesOf({ sequence, observedAt }: Report): string {
  return concat([toBeHex(sequence, 8), toBeHex(observedAt, 4)]);
}

/** All feeds present with values that tell round and lane, every second one negative. */
export function valuesFor(round: number, lanes: number, feeds = lanes): FeedValues {
  const values = Array.from({ length: lanes }, (_, lane) => {
    if (lane >= feeds) return 0n;
    const value = BigInt(round) * 1_000_000n + BigInt(lane) + 1n;
    return lane % 2 === 0 ? value : -value;
  });
  return { mask: 2 ** feeds - 1, values };
}
