import type { PublicStatement } from "../../core/proof/public-binding.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { FeedValues, Point } from "../../core/types/observation.ts";
import { readVectors, revive } from "./vectors.ts";

/** `test/vectors/statements.json`: what contracts are told at the edges, and the public inputs of its proof. */
interface StatementVectors {
  readonly chainId: bigint;
  readonly hub: Hex;
  readonly configDigest: Hex;
  readonly committee: { readonly nMax: number; readonly keys: readonly Point[]; readonly root: bigint };
  readonly statements: readonly StatementVector[];
}

interface StatementVector extends FeedValues {
  readonly name: string;
  readonly sequence: bigint;
  /** Unix seconds. */
  readonly observedAt: number;
  /** Seconds. */
  readonly window: number;
  readonly w: readonly bigint[];
  readonly publicSignals: readonly [bigint, bigint, bigint];
}

export function statementVectors(): StatementVectors {
  return revive(readVectors("statements")) as StatementVectors;
}

/** A vector as the core sees it. What w does not tell of a report is 0. */
export function publicStatement(vectors: StatementVectors, vector: StatementVector): PublicStatement {
  const { chainId, hub, configDigest, committee } = vectors;
  const { sequence, observedAt, window, mask, values } = vector;
  const none: Hex = `0x${"00".repeat(32)}`;
  return {
    domain: { chainId, hub },
    report: { configDigest, sequence, observedAt, feedsRoot: none, valuesHash: none },
    feeds: { mask, values },
    observerKeys: committee.keys,
    window,
  };
}
