import { encodeBytes32String } from "ethers";
import type { FeedSpec, Timing } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";

/** A recorded series and the feed that the committee makes of it. */
export interface RecordedFeed {
  /** In the fetcher's manifest and on chain. */
  readonly name: string;
  /** In the replayed exchanges. */
  readonly symbol: string;
  /** Bounds in whole units. */
  readonly min: number;
  readonly max: number;
}

export const FEED_DECIMALS = 8;

/** Eight lanes, eight series of vega-datasets, none a copy of another. */
export const RECORDED_FEEDS: readonly RecordedFeed[] = [
  { name: "SP500/USD", symbol: "SP500", min: 1, max: 100_000 },
  { name: "MSFT/USD", symbol: "MSFT", min: 1, max: 100_000 },
  { name: "AMZN/USD", symbol: "AMZN", min: 1, max: 100_000 },
  { name: "IBM/USD", symbol: "IBM", min: 1, max: 100_000 },
  { name: "GOOG/USD", symbol: "GOOG", min: 1, max: 100_000 },
  { name: "AAPL/USD", symbol: "AAPL", min: 1, max: 100_000 },
  { name: "SEATTLE/TEMP-MAX", symbol: "SEATEMP", min: -100, max: 100 },
  { name: "SEATTLE/PRECIPITATION", symbol: "SEAPRCP", min: 0, max: 5_000 },
];

const HEARTBEAT_SECONDS = 30;
const DEVIATION_PPB = 1_000_000; // 0.1 %

/** The development defaults of docs/protocol.md. */
export const DEVELOPMENT_TIMING: Timing = {
  deltaRound: 4_000,
  deltaGrace: 20,
  deltaProgress: 6_000,
  deltaResend: 2_000,
  deltaStage: 5_000,
  rMax: 100,
  window: 10,
};

export function feedSpec({ name, min, max }: RecordedFeed, moduleDigest: Hex): FeedSpec {
  const scale = 10n ** BigInt(FEED_DECIMALS);
  return {
    id: encodeBytes32String(name) as Hex,
    decimals: FEED_DECIMALS,
    min: BigInt(min) * scale,
    max: BigInt(max) * scale,
    heartbeat: HEARTBEAT_SECONDS,
    deviationPpb: DEVIATION_PPB,
    moduleDigest,
  };
}
