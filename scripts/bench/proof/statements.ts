import { id } from "ethers";
import type { MedianStatement } from "../../../core/ports/prover.ts";
import type { CircuitShape } from "../../../core/proof/circuit.ts";
import { createMedianReporting } from "../../../core/feeds/median-reporting.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { createBenchCommittee } from "../gas/committee.ts";
import { valuesOf } from "../gas/gas-network.ts";

const DOMAIN = { chainId: 31337n, hub: `0x${"b2".repeat(20)}` } as const;
const CONFIG_DIGEST = id("bench configuration") as Hex;
const FIRST_SECOND = 1_800_000_000;

/**
 * What a committee of the circuit's own size has to prove round by round: 2f+1 signed observations of a full report, every
 * value and time another in each round. From round 1 on.
 */
export function statementMaker({ nMax: n, k, lanes }: CircuitShape): (round: number) => MedianStatement {
  const f = (k - 1) / 2;
  const committee = createBenchCommittee({ n, f, lanes, feeds: lanes });
  const { configuration } = committee;
  const slot = { domain: DOMAIN, configDigest: CONFIG_DIGEST };
  const reporting = createMedianReporting({ configuration, ...slot });
  return (round) => {
    const sequence = sequenceOf({ configIndex: configuration.index, epoch: 1, round });
    const timestamp = FIRST_SECOND + round;
    const observations = Array.from({ length: k }, (_, observer) => {
      const feeds = { mask: 2 ** lanes - 1, values: valuesOf(lanes, { round, observer }) };
      const observation = { sequence, feeds, timestamp, inputsDigest: CONFIG_DIGEST, fuel: 0n };
      return committee.signObservation(observer, observation, slot);
    });
    const outcome = reporting.report(sequence, observations);
    if (outcome.kind !== "report") throw new TypeError(`no report: ${outcome.code}`);
    const { report, feeds } = outcome;
    const observerKeys = configuration.members.map(({ observer }) => observer);
    return { domain: DOMAIN, report, feeds, observations, observerKeys, window: configuration.timing.window };
  };
}
