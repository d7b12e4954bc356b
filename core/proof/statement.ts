import { hasLane, MAX_VALUE, MIN_VALUE } from "../codec/report.ts";
import { observationContext, observationDigest } from "../codec/observation-digest.ts";
import { verifyEddsaPoseidon } from "../crypto/eddsa-poseidon.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { MedianStatement } from "../ports/prover.ts";
import type { AttributedObservation, FeedValues } from "../types/observation.ts";
import type { CircuitShape } from "./circuit.ts";
import { pivotHints } from "./pivot-hints.ts";

/** Why no proof of a statement can exist. `observer` is a committee index, `lane` a feed's index. */
export type StatementErrorData =
  | { readonly code: "committee-does-not-fit"; readonly members: number; readonly nMax: number }
  | { readonly code: "observation-count"; readonly observations: number; readonly k: number }
  | { readonly code: "observers-not-ascending"; readonly observer: number }
  | { readonly code: "observer-unknown"; readonly observer: number }
  | { readonly code: "observation-other-slot"; readonly observer: number; readonly sequence: bigint }
  | { readonly code: "lanes-mismatch"; readonly values: number; readonly lanes: number }
  | { readonly code: "mask-out-of-range"; readonly mask: number }
  | { readonly code: "value-out-of-range"; readonly lane: number; readonly value: bigint }
  | { readonly code: "absent-value-not-zero"; readonly lane: number; readonly value: bigint }
  | { readonly code: "observation-signature"; readonly observer: number }
  | { readonly code: "window-out-of-range"; readonly window: number; readonly observedAt: number }
  | { readonly code: "timestamp-outside-window"; readonly observer: number; readonly timestamp: number }
  | { readonly code: "observed-at-not-median"; readonly observedAt: number; readonly median: number }
  | { readonly code: "feed-not-observed"; readonly lane: number; readonly observer: number }
  | { readonly code: "value-not-median"; readonly lane: number; readonly value: bigint; readonly median: bigint };

/** W, seconds: 2·W must fit the circuit's 16-bit window. */
const MAX_WINDOW = 32_767;
const MAX_TIMESTAMP = 2 ** 32 - 1;

/**
 * Throws the first reason why the circuit of this shape cannot prove a statement; silent if it can. Costs 2f + 1
 * signature checks. A statement that passes has a valid witness, but for one signature in 2^59: a challenge within 2^193 of 0 or
 * of p has none, nor have three of its multiples and one value of S (`ChallengeScalar`, `SignedMultiple`, `EddsaPoseidon`). A member
 * can look for such a signature, which takes some 2^59 nonces, and spoils one proof, never its truth.
 */
export function assertProvable(statement: MedianStatement, shape: CircuitShape): void {
  checkCommittee(statement, shape);
  checkFeeds(statement.feeds, shape);
  checkWindow(statement);
  checkObservations(statement, shape);
  checkMedians(statement);
}

function checkCommittee({ observerKeys, observations }: MedianStatement, { nMax, k }: CircuitShape): void {
  const members = observerKeys.length;
  if (members < k || members > nMax) {
    fail(
      { code: "committee-does-not-fit", members, nMax },
      `the circuit serves ${k} to ${nMax} members, not ${members}`,
    );
  }
  if (observations.length !== k) {
    const count = observations.length;
    fail(
      { code: "observation-count", observations: count, k },
      `a proof takes exactly ${k} observations, not ${count}`,
    );
  }
  let previous = -1;
  for (const { observer } of observations) {
    if (observer <= previous) {
      fail(
        { code: "observers-not-ascending", observer },
        `order observations by member, each once: ${observer} is not`,
      );
    }
    if (!Number.isInteger(observer) || observer >= members) {
      fail({ code: "observer-unknown", observer }, `member ${observer} is not in a committee of ${members}`);
    }
    previous = observer;
  }
}

function checkFeeds({ mask, values }: FeedValues, { lanes }: CircuitShape): void {
  if (values.length !== lanes) {
    fail({ code: "lanes-mismatch", values: values.length, lanes }, `pass ${lanes} values, not ${values.length}`);
  }
  if (!Number.isInteger(mask) || mask < 0 || mask >= 2 ** lanes) {
    fail({ code: "mask-out-of-range", mask }, `a mask over ${lanes} lanes is below 2^${lanes}, not ${mask}`);
  }
  for (const [lane, value] of values.entries()) {
    if (value < MIN_VALUE || value > MAX_VALUE) {
      fail({ code: "value-out-of-range", lane, value }, `value ${value} of lane ${lane} is not an int96`);
    }
    if (!hasLane(mask, lane) && value !== 0n) {
      fail({ code: "absent-value-not-zero", lane, value }, `lane ${lane} is absent but holds ${value}: set it to 0`);
    }
  }
}

function checkWindow({ window, report: { observedAt } }: MedianStatement): void {
  const inRange = Number.isInteger(window) && window >= 0 && window <= MAX_WINDOW;
  const representable = Number.isInteger(observedAt) && observedAt >= window && observedAt <= MAX_TIMESTAMP;
  if (!inRange || !representable) {
    const message = `W must be 0…${MAX_WINDOW} s and observedAt a uint32 ≥ W, not W = ${window}, observedAt = ${observedAt}`;
    fail({ code: "window-out-of-range", window, observedAt }, message);
  }
}

function checkObservations(statement: MedianStatement, shape: CircuitShape): void {
  const { domain, report, observations } = statement;
  const context = observationContext(domain, report.configDigest, report.sequence);
  for (const attributed of observations) {
    const { observer, observation } = attributed;
    const { sequence, timestamp } = observation;
    if (sequence !== report.sequence) {
      fail(
        { code: "observation-other-slot", observer, sequence },
        `member ${observer} observed another slot, ${sequence}`,
      );
    }
    checkFeeds(observation.feeds, shape);
    if (!Number.isInteger(timestamp) || Math.abs(timestamp - report.observedAt) > statement.window) {
      const message = `member ${observer}'s timestamp ${timestamp} is not in ${report.observedAt} ± ${statement.window}`;
      fail({ code: "timestamp-outside-window", observer, timestamp }, message);
    }
    if (!isSigned(statement, attributed, context)) {
      fail({ code: "observation-signature", observer }, `member ${observer}'s signature does not fit its observation`);
    }
  }
}

function isSigned(statement: MedianStatement, attributed: AttributedObservation, context: bigint): boolean {
  const key = statement.observerKeys[attributed.observer];
  const { feeds, timestamp } = attributed.observation;
  return (
    key !== undefined && verifyEddsaPoseidon(key, observationDigest(context, feeds, timestamp), attributed.signature)
  );
}

function checkMedians({ report, feeds, observations }: MedianStatement): void {
  const { observedAt } = report;
  const time = Number(pivotHints(observations.map(({ observation }) => BigInt(observation.timestamp))).median);
  if (time !== observedAt) {
    const message = `observedAt ${observedAt} is not the median of the timestamps, ${time}`;
    fail({ code: "observed-at-not-median", observedAt, median: time }, message);
  }
  for (const [lane, value] of feeds.values.entries()) {
    if (!hasLane(feeds.mask, lane)) continue;
    const without = observations.find(({ observation }) => !hasLane(observation.feeds.mask, lane));
    if (without !== undefined) {
      const { observer } = without;
      fail({ code: "feed-not-observed", lane, observer }, `lane ${lane} is reported, but member ${observer} lacks it`);
    }
    const { median } = pivotHints(observations.map(({ observation }) => observation.feeds.values[lane] ?? 0n));
    if (median !== value) {
      fail({ code: "value-not-median", lane, value, median }, `lane ${lane}: ${value} is not the median, ${median}`);
    }
  }
}

function fail(data: StatementErrorData, message: string): never {
  throw new QuorateError<StatementErrorData>(data, message);
}
