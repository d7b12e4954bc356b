import { hexlify } from "ethers";
import { createReport, packValues, reportDigest } from "../../../core/codec/report.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";
import { signaturesOf } from "./committee.ts";
import type { TestNetwork } from "./network.ts";

/** The arguments of `transmit`, and what they were made from. */
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

/** All feeds present with values that tell round and lane, every second one negative. */
export function valuesFor(round: number, lanes: number, feeds = lanes): FeedValues {
  const values = Array.from({ length: lanes }, (_, lane) => {
    if (lane >= feeds) return 0n;
    const value = BigInt(round) * 1_000_000n + BigInt(lane) + 1n;
    return lane % 2 === 0 ? value : -value;
  });
  return { mask: 2 ** feeds - 1, values };
}
