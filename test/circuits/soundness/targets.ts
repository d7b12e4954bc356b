import { challengeScalar, doubleAndAdd, signedMultiple } from "./arithmetic.ts";
import { memberSelector, poseidonChainTarget, publicBinding, setRootTarget, valuesCommitmentTarget } from "./lists.ts";
import { laplaceNoise, localAggregate } from "./local-aggregate.ts";
import { medianProof } from "./median-proof.ts";
import { eddsaPoseidon, observationSignature } from "./signatures.ts";
import type { Target } from "./target.ts";
import { pivotMedian, range, reportMask, timestampWindow } from "./values.ts";

/** Every template of ours, the components before those that use them. */
export const TARGETS: readonly Target[] = [
  ...[range, timestampWindow, reportMask, pivotMedian],
  ...[poseidonChainTarget, valuesCommitmentTarget, setRootTarget, memberSelector, publicBinding],
  ...[doubleAndAdd, signedMultiple, challengeScalar, eddsaPoseidon, observationSignature],
  ...[medianProof, laplaceNoise, localAggregate],
];
