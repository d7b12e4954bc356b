import { concat, toBeHex } from "ethers";
import { feedLeafProof } from "../../../core/codec/feed-leaf-proof.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { TestNetwork } from "./network.ts";
import { claimOf, type SignedReport } from "./signed-report.ts";

/** A claim of these lanes of a report, for `verify` (of one) and `verifyMany`. */
export function claimOfLanes(network: TestNetwork, signed: SignedReport, lanes: readonly number[]): Hex {
  const feedIds = network.committee.configuration.feeds.map(({ id }) => id);
  const { feeds, report } = signed;
  const leaves = lanes.map((lane) => ({
    value: feeds.values[lane]!,
    path: feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, lane),
  }));
  return claimOf(signed, leaves);
}

/** The same with its feeds named, as `PythAdapter` parses it. */
export function pythClaimOfLanes(network: TestNetwork, signed: SignedReport, lanes: readonly number[]): Hex {
  const { feeds } = network.committee.configuration;
  const ids = lanes.map((lane) => feeds[lane]!.id);
  return concat([toBeHex(lanes.length, 1), ...ids, claimOfLanes(network, signed, lanes)]) as Hex;
}
