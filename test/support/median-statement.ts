import { observationContext, observationDigest } from "../../core/codec/observation-digest.ts";
import { deriveObserverKey, signEddsaPoseidon } from "../../core/crypto/eddsa-poseidon.ts";
import { pivotHints } from "../../core/proof/pivot-hints.ts";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import type { MedianStatement } from "../../core/ports/prover.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { AttributedObservation, FeedValues } from "../../core/types/observation.ts";
import type { Report, ReportDomain } from "../../core/types/report.ts";

export const SHAPE: CircuitShape = { nMax: 4, k: 3, lanes: 8 };
const DOMAIN: ReportDomain = { chainId: 31337n, hub: "0x00000000000000000000000000000000000000aa" };
const WINDOW = 10;
const BASE_TIME = 1_700_000_000;

export interface StatementOptions {
  /** Default {@link SHAPE}. */
  readonly shape?: CircuitShape;
  /** Default nMax. */
  readonly members?: number;
  /** Committee indices of the chosen members, ascending; by default the first two and the last ones. */
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
  readonly domain?: ReportDomain;
  readonly configDigest?: Hex;
}

/** A member's observation seed in all test vectors. */
export function seedOf(member: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (member * 37 + i * 11 + 1) & 0xff);
}

/** A statement that is provable unless an option spoils it. Deterministic. */
export function medianStatement(options: StatementOptions = {}): MedianStatement {
  const { shape = SHAPE, sequence = (1n << 48n) | (1n << 16n) | 7n, window = WINDOW } = options;
  const { domain = DOMAIN, configDigest = `0x${"11".repeat(32)}` } = options;
  const { members = shape.nMax, chosen = defaultMembers(shape) } = options;
  const fullMask = 2 ** shape.lanes - 1;
  const lanesOf = (own: number, values: readonly bigint[]) => vectorOf(shape.lanes, own, values);
  const masks = options.masks ?? chosen.map(() => fullMask);
  const times = options.timestamps ?? chosen.map((_, i) => BASE_TIME + ([3, 0, 5][i] ?? (7 * i) % WINDOW));
  const vectors = chosen.map((_, i) => lanesOf(masks[i] ?? 0, options.values?.[i] ?? defaultValues(i, shape.lanes)));
  const mask = options.reportMask ?? masks.reduce((shared, own) => (shared & own) >>> 0, fullMask);
  const medians = Array.from(
    { length: shape.lanes },
    (_, q) => pivotHints(vectors.map((v) => v.values[q] ?? 0n)).median,
  );
  const observedAt = options.observedAt ?? Number(pivotHints(times.map(BigInt)).median);
  const report: Report = {
    configDigest,
    sequence,
    observedAt,
    feedsRoot: `0x${"22".repeat(32)}`,
    valuesHash: `0x${"33".repeat(32)}`,
  };
  const context = observationContext(domain, report.configDigest, sequence);
  const observations = chosen.map((observer, i): AttributedObservation => {
    const [feeds, timestamp] = [vectors[i] ?? lanesOf(0, []), times[i] ?? BASE_TIME];
    const signature = signEddsaPoseidon(seedOf(observer), observationDigest(context, feeds, timestamp));
    return {
      observer,
      observation: { sequence, feeds, timestamp, inputsDigest: `0x${"00".repeat(32)}`, fuel: 0n },
      signature,
    };
  });
  return {
    domain,
    report,
    feeds: lanesOf(mask, medians),
    observations,
    observerKeys: Array.from({ length: members }, (_, j) => deriveObserverKey(seedOf(j)).publicKey),
    window,
  };
}

function defaultMembers({ nMax, k }: CircuitShape): number[] {
  return Array.from({ length: k }, (_, i) => (i < 2 ? i : i + nMax - k));
}

function vectorOf(length: number, mask: number, values: readonly bigint[]): FeedValues {
  const lanes = Array.from({ length }, (_, q) => ((mask >>> q) & 1 ? (values[q] ?? 0n) : 0n));
  return { mask, values: lanes };
}

/** Different per member, of both signs, with neighbours and ties. */
function defaultValues(i: number, lanes: number): bigint[] {
  const bases = [6_712_345_000_000n, -12_000n, 0n, 1n, 5n, 10n ** 18n, -(10n ** 12n), 42n];
  const spread = [7n, -3n, 2n][i] ?? BigInt((31 * i) % 17) - 8n;
  return Array.from({ length: lanes }, (_, q) => {
    const base = bases[q % bases.length] ?? 0n;
    return q === 4 ? base : base + spread * BigInt(q + 1);
  });
}
