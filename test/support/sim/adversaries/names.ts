/** What a faulty member may do: one file of this folder each. */
export const STRATEGY_NAMES = [
  "two-proposals",
  "double-voter",
  "silent-leader",
  "choosy-leader",
  "hurried-leader",
  "late-leader",
  "crooked-leader",
  "garbage-signer",
  "two-prepares",
  "two-signatures",
  "two-observations",
  "value-liar",
  "clock-liar",
  "replayer",
  "malformed-frames",
  "epoch-flooder",
  "slow-loris",
  "final-forger",
  "request-flooder",
  "selective-sender",
  "framer",
  "tempter",
  "starving-leader",
  "mute",
] as const;

export type StrategyName = (typeof STRATEGY_NAMES)[number];
