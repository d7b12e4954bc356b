import { hasLane } from "../codec/report.ts";
import { PADDING_KEY } from "../codec/set-root.ts";
import { toField } from "../crypto/field.ts";
import type { MedianStatement } from "../ports/prover.ts";
import type { Point } from "../types/observation.ts";
import type { CircuitShape } from "./circuit.ts";
import { absentHints, pivotHints } from "./pivot-hints.ts";
import { publicBinding, statementVector } from "./public-binding.ts";
import { assertProvable } from "./statement.ts";

type Vector = readonly bigint[];
type Matrix = readonly Vector[];

/** Every input signal of the template `MedianProof`, under its name there; canonical field elements. */
export type CircuitInputs = Readonly<{
  C: bigint;
  x: bigint;
  y: bigint;
  context: bigint;
  setRoot: bigint;
  reportMask: bigint;
  earliest: bigint;
  latest: bigint;
  observedAt: bigint;
  /** K. */
  medians: Vector;
  memberCount: bigint;
  /** nMax × 2, padded with (0, 1). */
  keys: Matrix;
  /** k × (nMax − k + 1): row i has a 1 at j where slot i holds member i + j. */
  selector: Matrix;
  /** k. */
  masks: Vector;
  /** k × K. */
  values: Matrix;
  /** k. */
  timestamps: Vector;
  /** k × 2. */
  r8: Matrix;
  /** k. */
  s: Vector;
  /** (K + 1) × (k − 1): one row per lane, then the timestamps'. */
  swap: Matrix;
  high: Matrix;
}>;

/**
 * The witness inputs of a statement: the circuit's TypeScript twin.
 * Throws a `StatementErrorData` code where no proof can exist.
 */
export function circuitInputs(statement: MedianStatement, shape: CircuitShape): CircuitInputs {
  assertProvable(statement, shape);
  const { report, feeds, observations, observerKeys, window } = statement;
  const w = statementVector(statement, shape);
  const { commitment, x, y } = publicBinding(w);
  const hints = [...laneHints(statement, shape), pivotHints(timestampsOf(statement))];
  return {
    C: commitment,
    x,
    y,
    context: w[0] ?? 0n,
    setRoot: w[1] ?? 0n,
    reportMask: BigInt(feeds.mask),
    earliest: BigInt(report.observedAt - window),
    latest: BigInt(report.observedAt + window),
    observedAt: BigInt(report.observedAt),
    medians: feeds.values.map(toField),
    memberCount: BigInt(observerKeys.length),
    keys: Array.from({ length: shape.nMax }, (_, j) => coordinates(observerKeys[j] ?? PADDING_KEY)),
    selector: observations.map(({ observer }, slot) => selectorRow(observer - slot, shape)),
    masks: observations.map(({ observation }) => BigInt(observation.feeds.mask)),
    values: observations.map(({ observation }) => observation.feeds.values.map(toField)),
    timestamps: timestampsOf(statement),
    r8: observations.map(({ signature }) => coordinates(signature.r8)),
    s: observations.map(({ signature }) => signature.s),
    swap: hints.map(({ swap }) => swap),
    high: hints.map(({ high }) => high),
  };
}

function laneHints({ feeds, observations }: MedianStatement, { k, lanes }: CircuitShape) {
  return Array.from({ length: lanes }, (_, lane) =>
    hasLane(feeds.mask, lane)
      ? pivotHints(observations.map(({ observation }) => observation.feeds.values[lane] ?? 0n))
      : absentHints(k),
  );
}

/** Members ascend over slots, so slot i holds a member from i to i + nMax − k. */
function selectorRow(chosen: number, { nMax, k }: CircuitShape): Vector {
  return Array.from({ length: nMax - k + 1 }, (_, j) => (j === chosen ? 1n : 0n));
}

function timestampsOf({ observations }: MedianStatement): bigint[] {
  return observations.map(({ observation }) => BigInt(observation.timestamp));
}

function coordinates({ x, y }: Point): Vector {
  return [x, y];
}
