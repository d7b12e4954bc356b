import { observationDigest } from "../../../core/codec/observation-digest.ts";
import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { setRoot } from "../../../core/codec/set-root.ts";
import { deriveObserverKey, verifyEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS, fromField } from "../../../core/crypto/field.ts";
import { pivotHints } from "../../../core/proof/pivot-hints.ts";
import type { Point } from "../../../core/types/observation.ts";
import type { Assignment } from "../../support/circom/soundness.ts";
import { inputsOf, resign, seal, vectorOf } from "../../support/median-forgery.ts";
import { seedOf, SHAPE } from "../../support/median-statement.ts";
import { mended, single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

type Read = Assignment["read"];

const { nMax, k, lanes } = SHAPE;
const HONEST = inputsOf();
const NONE = new Array<bigint>(k - 1).fill(0n);
const HINT = "hints are the prover's own: those that are used are checked where they are";

function rows(elements: readonly bigint[], length: number): bigint[][] {
  return Array.from({ length: elements.length / length }, (_, i) => elements.slice(i * length, (i + 1) * length));
}

/** C, x and y bind the vector that the private inputs hold. */
function isBound(read: Read): boolean {
  const names = ["context", "setRoot", "reportMask", "earliest", "latest", "observedAt", "medians"];
  const w = names.flatMap((name) => read(name));
  const x = single(read, "x");
  const y = w.reduceRight((sum, element) => (sum * x + element) % FIELD_MODULUS, 0n);
  return single(read, "C") === poseidonChain(2, w) && single(read, "y") === y;
}

/** The key list has the root, and each slot's observation is signed by another of its members. */
function isSigned(read: Read): boolean {
  const keys = rows(read("keys"), 2).map(([x = 0n, y = 0n]): Point => ({ x, y }));
  const count = single(read, "memberCount");
  if (count === 0n || count > BigInt(nMax)) return false;
  const members = keys.slice(0, Number(count));
  if (setRoot(members, nMax) !== single(read, "setRoot")) return false;
  const [values, r8] = [rows(read("values"), lanes), rows(read("r8"), 2)];
  const signers = read("masks").map((mask, i) => {
    const feeds = { mask: Number(mask), values: (values[i] ?? []).map(fromField) };
    const digest = observationDigest(single(read, "context"), feeds, Number(read("timestamps")[i]));
    const [x = 0n, y = 0n] = r8[i] ?? [];
    return members.findIndex((key) => verifyEddsaPoseidon(key, digest, { r8: { x, y }, s: read("s")[i] ?? 0n }));
  });
  return !signers.includes(-1) && new Set(signers).size === k;
}

/** Medians, times and masks are what the observations say. */
function isMedian(read: Read): boolean {
  const [mask, values, times] = [single(read, "reportMask"), rows(read("values"), lanes), read("timestamps")];
  const [earliest, latest] = [single(read, "earliest"), single(read, "latest")];
  const medians = read("medians").every((median, q) =>
    (mask >> BigInt(q)) & 1n
      ? fromField(median) === pivotHints(values.map((row) => fromField(row[q] ?? 0n))).median
      : median === 0n,
  );
  return (
    medians &&
    read("masks").every((own) => own < 1n << BigInt(lanes) && (mask & ~own) === 0n) &&
    single(read, "observedAt") === pivotHints(times).median &&
    times.every((time) => earliest <= time && time <= latest)
  );
}

/** w says one thing and what is checked another, by what the statement adds. */
function misbound(index: number, statement: string, at = 0): Attack {
  const w = vectorOf(HONEST);
  return {
    statement,
    lie: "the report says something else than what was proven",
    inputs: seal(HONEST, w.with(index, (w[index] ?? 0n) + 1n)),
    forge: { [statement]: { [at]: 1n } },
  };
}

const OUTSIDER = deriveObserverKey(seedOf(9)).publicKey;
/** Member 0's place is taken by a key of no member, which signs slot 0. */
const INTRUDED = resign({ ...HONEST, keys: HONEST.keys.with(0, [OUTSIDER.x, OUTSIDER.y]) }, 0, 9);
const TAKEN = { 0: OUTSIDER.x - (HONEST.keys[0]?.[0] ?? 0n), 1: OUTSIDER.y - (HONEST.keys[0]?.[1] ?? 0n) };
const GIVEN_BACK = { 0: -TAKEN[0], 1: -TAKEN[1] };

const WITHOUT_LANE_0 = inputsOf({ reportMask: 0xfe });
/** Lane 0 as if it were reported, with the median of its values. */
function withLane0(inputs: typeof HONEST): typeof HONEST {
  const { swap, high, medians } = HONEST;
  return {
    ...inputs,
    swap: inputs.swap.with(0, swap[0] ?? []),
    high: inputs.high.with(0, high[0] ?? []),
    medians: inputs.medians.with(0, medians[0] ?? 0n),
  };
}

const OBSERVED_WITHOUT_LANE_0 = inputsOf({ masks: [0xff, 0xfe, 0xff] });
/** The median of lane 0 with the zero of the member that left it out. */
const COUNTED_ZERO = (() => {
  const { median, swap, high } = pivotHints(OBSERVED_WITHOUT_LANE_0.values.map((row) => fromField(row[0] ?? 0n)));
  const { medians, swap: swaps, high: highs } = OBSERVED_WITHOUT_LANE_0;
  return {
    ...OBSERVED_WITHOUT_LANE_0,
    reportMask: 0xffn,
    medians: medians.with(0, median),
    swap: swaps.with(0, swap),
    high: highs.with(0, high),
  };
})();

const time = (slot: number) => HONEST.timestamps[slot] ?? 0n;
const value = (slot: number, lane: number) => HONEST.values[slot]?.[lane] ?? 0n;
const HINTS_0 = { swap: HONEST.swap[0] ?? [], high: HONEST.high[0] ?? [] };
const HINTS_TIME = { swap: HONEST.swap[lanes] ?? [], high: HONEST.high[lanes] ?? [] };
const flipped = (bits: readonly bigint[]) => bits.map((bit) => 1n - bit);
/** What turns flipped bits back. */
const unflip = (bits: readonly bigint[]) => Object.fromEntries(bits.map((bit, i) => [i, 2n * bit - 1n]));

export const medianProof: Target = {
  call: `MedianProof(${nMax}, ${k}, ${lanes})`,
  publicInputs: ["C", "x", "y"],
  isLarge: true,
  honest: HONEST,
  promise: (read) => isBound(read) && isMedian(read) && isSigned(read),
  attacks: [
    mended("binding.C <== C", "C is any number", { inputs: { ...HONEST, C: HONEST.C + 1n }, by: { 0: -1n } }),
    mended("binding.x <== x", "x is any number", { inputs: { ...HONEST, x: HONEST.x + 1n }, by: { 0: -1n } }),
    mended("binding.y <== y", "y is any number", { inputs: { ...HONEST, y: HONEST.y + 1n }, by: { 0: -1n } }),
    ...["context", "setRoot", "reportMask", "earliest", "latest", "observedAt"].map((name, i) =>
      misbound(i, `binding.w[${i}] <== ${name}`),
    ),
    misbound(6, "binding.w[6 + q] <== medians[q]"),

    mended("root.memberCount <== memberCount", "the committee has another size", {
      inputs: { ...HONEST, memberCount: 3n },
      by: { 0: 1n },
    }),
    mended("root.keys <== keys", "a key that is in no list signs", { inputs: INTRUDED, by: GIVEN_BACK }),
    {
      statement: "root.out === setRoot",
      lie: "it is another committee's report",
      inputs: seal({ ...HONEST, setRoot: HONEST.setRoot + 1n }),
    },
    mended("members.keys <== keys", "a key that is in no list signs", { inputs: resign(HONEST, 0, 9), by: TAKEN }),
    mended("members.selector <== selector", "the selection is another one", {
      inputs: { ...HONEST, selector: HONEST.selector.with(0, [0n, 1n]) },
      by: { 0: 1n, 1: -1n },
      harmless: HINT,
    }),

    mended("signature[i].key <== members.selected[i]", "a key that is in no list signs", {
      inputs: resign(HONEST, 0, 9),
      by: TAKEN,
    }),
    mended("signature[i].context <== context", "an observation of another round counts", {
      inputs: seal({ ...resign({ ...HONEST, context: HONEST.context + 1n }, 0, 0), context: HONEST.context }),
      by: { 0: 1n },
    }),
    mended("signature[i].mask <== masks[i]", "a member observed a feed that it left out", {
      inputs: { ...resign({ ...HONEST, masks: HONEST.masks.with(0, 0x7fn) }, 0, 0), masks: HONEST.masks },
      by: { 0: -0x80n },
    }),
    mended("signature[i].values <== values[i]", "a member observed another value", {
      inputs: { ...HONEST, values: HONEST.values.with(0, (HONEST.values[0] ?? []).with(7, value(0, 7) + 1n)) },
      by: { 7: -1n },
    }),
    mended("signature[i].timestamp <== timestamps[i]", "a member observed at another time", {
      inputs: {
        ...resign({ ...HONEST, timestamps: HONEST.timestamps.with(2, time(2) + 1n) }, 2, 3),
        timestamps: HONEST.timestamps,
      },
      by: { 2: 1n },
    }),
    mended("signature[i].r8 <== r8[i]", "another signature", {
      inputs: { ...HONEST, r8: HONEST.r8.with(0, [1n, 1n]) },
      by: { 0: (HONEST.r8[0]?.[0] ?? 0n) - 1n, 1: (HONEST.r8[0]?.[1] ?? 0n) - 1n },
    }),
    mended("signature[i].s <== s[i]", "another signature", {
      inputs: { ...HONEST, s: HONEST.s.with(0, 1n) },
      by: { 0: (HONEST.s[0] ?? 0n) - 1n },
    }),

    mended("window[i].timestamp <== timestamps[i]", "a time before the window is within it", {
      inputs: seal({ ...HONEST, earliest: time(1) + 1n }),
      by: { 1: 1n },
    }),
    mended("window[i].earliest <== earliest", "the window begins earlier than it is said to", {
      inputs: seal({ ...HONEST, earliest: time(1) + 1n }),
      by: { 1: -1n },
    }),
    mended("window[i].latest <== latest", "the window ends later than it is said to", {
      inputs: seal({ ...HONEST, latest: time(2) - 1n }),
      by: { 2: 1n },
    }),

    mended("mask.reportMask <== reportMask", "a feed that the report leaves out has a value", {
      inputs: seal(withLane0(WITHOUT_LANE_0)),
      by: { 0: 1n },
    }),
    mended("mask.observationMasks <== masks", "a feed is reported that one observation left out", {
      inputs: seal(COUNTED_ZERO),
      by: { 1: 1n },
    }),
    mended("lane[q].values[i] <== values[i][q]", "the median is of other values", {
      inputs: seal({ ...HONEST, medians: HONEST.medians.with(0, (HONEST.medians[0] ?? 0n) + 1n) }),
      by: Object.fromEntries([0, 1, 2].map((slot) => [slot, 1n])),
    }),
    mended("lane[q].present <== mask.present[q]", "a feed that the report leaves out has a value", {
      inputs: seal(withLane0(WITHOUT_LANE_0)),
      by: { 0: 1n },
    }),
    mended("lane[q].swap <== swap[q]", "other hints", {
      inputs: { ...HONEST, swap: HONEST.swap.with(0, flipped(HINTS_0.swap)) },
      by: unflip(HINTS_0.swap),
      harmless: HINT,
    }),
    mended("lane[q].high <== high[q]", "other hints", {
      inputs: { ...HONEST, high: HONEST.high.with(0, flipped(HINTS_0.high)) },
      by: unflip(HINTS_0.high),
      harmless: HINT,
    }),
    {
      statement: "lane[q].median === medians[q]",
      lie: "any number is the median",
      inputs: seal({ ...HONEST, medians: HONEST.medians.with(2, 77n) }),
    },

    mended("time.values <== timestamps", "observedAt is the median of other times", {
      inputs: seal({ ...HONEST, observedAt: HONEST.observedAt + 1n }),
      by: { 0: 1n, 1: 1n, 2: 1n },
    }),
    mended("time.present <== 1", "observedAt is 0", {
      inputs: seal({
        ...{ ...HONEST, observedAt: 0n },
        ...{ swap: HONEST.swap.with(lanes, NONE), high: HONEST.high.with(lanes, NONE) },
      }),
      by: { 0: -1n },
    }),
    mended("time.swap <== swap[lanes]", "other hints", {
      inputs: { ...HONEST, swap: HONEST.swap.with(lanes, flipped(HINTS_TIME.swap)) },
      by: unflip(HINTS_TIME.swap),
      harmless: HINT,
    }),
    mended("time.high <== high[lanes]", "other hints", {
      inputs: { ...HONEST, high: HONEST.high.with(lanes, flipped(HINTS_TIME.high)) },
      by: unflip(HINTS_TIME.high),
      harmless: HINT,
    }),
    {
      statement: "time.median === observedAt",
      lie: "any time is the median of the times",
      inputs: seal({ ...HONEST, observedAt: time(2) }),
    },
  ],
};
