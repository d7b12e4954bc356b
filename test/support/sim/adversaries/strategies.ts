import { choosyLeader } from "./choosy-leader.ts";
import { clockLiar } from "./clock-liar.ts";
import { crookedLeader } from "./crooked-leader.ts";
import { doubleVoter } from "./double-voter.ts";
import { epochFlooder } from "./epoch-flooder.ts";
import { finalForger } from "./final-forger.ts";
import { framer } from "./framer.ts";
import { garbageSigner } from "./garbage-signer.ts";
import { hurriedLeader } from "./hurried-leader.ts";
import { lateLeader } from "./late-leader.ts";
import { malformedFrames } from "./malformed-frames.ts";
import { mute } from "./mute.ts";
import type { StrategyName } from "./names.ts";
import { omitter } from "./omitter.ts";
import { replayer } from "./replayer.ts";
import { requestFlooder } from "./request-flooder.ts";
import { selectiveSender } from "./selective-sender.ts";
import { silentLeader } from "./silent-leader.ts";
import { slowLoris } from "./slow-loris.ts";
import type { Strategy } from "./strategy.ts";
import { starvingLeader } from "./starving-leader.ts";
import { tempter } from "./tempter.ts";
import { twoObservations } from "./two-observations.ts";
import { twoPrepares } from "./two-prepares.ts";
import { twoProposals } from "./two-proposals.ts";
import { twoSignatures } from "./two-signatures.ts";
import { valueLiar } from "./value-liar.ts";

/** Makes a strategy with a memory of its own. */
export const STRATEGIES: Readonly<Record<StrategyName, () => Strategy>> = {
  "two-proposals": twoProposals,
  "double-voter": doubleVoter,
  "silent-leader": silentLeader,
  "choosy-leader": choosyLeader,
  "hurried-leader": hurriedLeader,
  "late-leader": lateLeader,
  "crooked-leader": crookedLeader,
  "garbage-signer": garbageSigner,
  "two-prepares": twoPrepares,
  "two-signatures": twoSignatures,
  "two-observations": twoObservations,
  "value-liar": valueLiar,
  omitter,
  "clock-liar": clockLiar,
  replayer,
  "malformed-frames": malformedFrames,
  "epoch-flooder": epochFlooder,
  "slow-loris": slowLoris,
  "final-forger": finalForger,
  "request-flooder": requestFlooder,
  "selective-sender": selectiveSender,
  framer,
  tempter,
  "starving-leader": starvingLeader,
  mute,
};
