import { observationContext, observationDigest } from "../../core/codec/observation-digest.ts";
import { deriveObserverKey, signEddsaPoseidon } from "../../core/crypto/eddsa-poseidon.ts";
import { pivotHints } from "../../core/proof/pivot-hints.ts";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import type { MedianStatement } from "../../core/ports/prover.ts";
import type { AttributedObservation, FeedValues } from "../../core/types/observation.ts";
import type { Report, ReportDomain } from "../../core/types/report.ts";

export const SHAPE: CircuitShape = { nMax: 4, k: 3, lanes: 8 };
const DOMAIN: ReportDomain = { chainId: 31337n, hub: "0x00000000000000000000000000000000000000aa" };
const WINDOW = 10;
const BASE_TIME = 1_700_000_000;
const FULL_MASK = 0xff;

export interface StatementOptions {
  readonly members?: number;
  /** Committee indices of the chosen members, ascending. */
  readonly chosen?: readonly number[];
  /** Masks of the chosen observations. */
  readonly masks?: readonly number[];
  /** The report's mask; by default what all share. */
  readonly reportMask?: number;
  /** values[i][q] of the chosen observations; absent lanes are set to 0. */
  readonly values?: readonly (readonly bigint[])[];
  readonly timestamps?: readonly number[];
  readonly sequence?: bigint;
  readonly window?: number;
  /** Overrides the recomputed report time. */
  readonly observedAt?: number;
}

/** A member's observation seed in all test vectors. */
export function seedOf(member: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (member * 37 + i * 11 + 1) & 0xff);
}

/** A statement that is provable unless an option spoils it. Deterministic. */
export function medianStatement(options: StatementOptions = {}): MedianStatement {
  const { members = 4, chosen = [0, 1, 3], sequence = (1n << 48n) | (1n << 16n) | 7n, window = WINDOW } = options;
  const masks = options.masks ?? chosen.map(() => FULL_MASK);
  const times = options.timestamps ?? [3, 0, 5].map((offset) => BASE_TIME + offset);
  const vectors = chosen.map((_, i) => vectorOf(masks[i] ?? 0, options.values?.[i] ?? defaultValues(i)));
  const mask = options.reportMask ?? masks.reduce((shared, own) => shared & own, FULL_MASK);
  const medians = Array.from(
    { length: SHAPE.lanes },
    (_, q) => pivotHints(vectors.map((v) => v.values[q] ?? 0n)).median,
  );
  const observedAt = options.observedAt ?? Number(pivotHints(times.map(BigInt)).median);
  const report: Report = {
    configDigest: `0x${"11".repeat(32)}`,
    sequence,
    observedAt,
    feedsRoot: `0x${"22".repeat(32)}`,
    valuesHash: `0x${"33".repeat(32)}`,
  };
  const context = observationContext(DOMAIN, report.configDigest, sequence);
  const observations = chosen.map((observer, i): AttributedObservation => {
    const [feeds, timestamp] = [vectors[i] ?? vectorOf(0, []), times[i] ?? BASE_TIME];
    const signature = signEddsaPoseidon(seedOf(observer), observationDigest(context, feeds, timestamp));
    return {
      observer,
      observation: { sequence, feeds, timestamp, inputsDigest: `0x${"00".repeat(32)}`, fuel: 0n },
      signature,
    };
  });
  return {
    domain: DOMAIN,
    report,
    feeds: vectorOf(mask, medians),
    observations,
    observerKeys: Array.from({ length: members }, (_, j) => deriveObserverKey(seedOf(j)).publicKey),
    window,
  };
}

function vectorOf(mask: number, values: readonly bigint[]): FeedValues {
  const lanes = Array.from({ length: SHAPE.lanes }, (_, q) => ((mask >>> q) & 1 ? (values[q] ?? 0n) : 0n));
  return { mask, values: lanes };
}

/** Different per member, of both signs, with neighbours and ties. */
function defaultValues(i: number): bigint[] {
  const spread = [7n, -3n, 2n][i] ?? 0n;
  return [6_712_345_000_000n, -12_000n, 0n, 1n, 5n, 10n ** 18n, -(10n ** 12n), 42n].map((base, q) =>
    q === 4 ? base : base + spread * BigInt(q + 1),
  );
}
