import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { pivotHints } from "../../../core/proof/pivot-hints.ts";
import { single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

const MINUS_ONE = FIELD_MODULUS - 1n;
const HALF = (FIELD_MODULUS + 1n) / 2n;

export const range: Target = {
  call: "Range(8)",
  honest: { in: 255n },
  promise: (read) => single(read, "in") < 256n,
  attacks: [
    ...[256n, MINUS_ONE, HALF].map((value): Attack => ({
      statement: "decomposition.in <== in",
      lie: `${value} has eight bits`,
      inputs: { in: value },
      forge: { "decomposition.in <== in": { 0: 7n - value } },
    })),
  ],
};

const EARLIEST = 1_700_000_000n;
const LATEST = EARLIEST + 65_534n;

export const timestampWindow: Target = {
  call: "TimestampWindow()",
  honest: { timestamp: EARLIEST, earliest: EARLIEST, latest: LATEST },
  promise(read) {
    const timestamp = single(read, "timestamp");
    return single(read, "earliest") <= timestamp && timestamp <= single(read, "latest");
  },
  attacks: [
    {
      statement: "notBefore.in <== timestamp - earliest",
      lie: "a second before the window is within it",
      inputs: { timestamp: EARLIEST - 1n, earliest: EARLIEST, latest: LATEST },
      forge: { "notBefore.in <== timestamp - earliest": { 0: 1n } },
    },
    {
      statement: "notAfter.in <== latest - timestamp",
      lie: "a second after the window is within it",
      inputs: { timestamp: LATEST + 1n, earliest: EARLIEST, latest: LATEST },
      forge: { "notAfter.in <== latest - timestamp": { 0: 1n } },
    },
  ],
};

const LANES = 3;
const MASKS = [0b111n, 0b011n, 0b111n];

export const reportMask: Target = {
  call: "ReportMask(3, 3)",
  honest: { reportMask: 0b011n, observationMasks: MASKS },
  promise(read) {
    const [mask, observed, present] = [single(read, "reportMask"), read("observationMasks"), read("present")];
    const inRange = [mask, ...observed].every((value) => value < 1n << BigInt(LANES));
    const isWithin = observed.every((other) => (mask & ~other) === 0n);
    return inRange && isWithin && present.every((bit, q) => bit === ((mask >> BigInt(q)) & 1n));
  },
  attacks: [
    {
      statement: "reportBits.in <== reportMask",
      lie: "the report has a lane that no feed has",
      inputs: { reportMask: 0b1011n, observationMasks: MASKS },
      forge: { "reportBits.in <== reportMask": { 0: -0b1000n } },
    },
    {
      statement: "observationBits[i].in <== observationMasks[i]",
      lie: "an observation has a lane that it left out",
      inputs: { reportMask: 0b111n, observationMasks: MASKS },
      forge: { "observationBits[i].in <== observationMasks[i]": { 1: 0b100n } },
    },
    {
      statement: "present[q] <== reportBits.out[q]",
      lie: "a reported lane is absent",
      forge: { "present[q] <== reportBits.out[q]": { 1: -1n } },
    },
    {
      statement: "present[q] * (k - holders) === 0",
      lie: "a lane is reported that one observation left out",
      inputs: { reportMask: 0b111n, observationMasks: MASKS },
    },
  ],
};

const NONE = [0n, 0n, 0n, 0n];

function lane(values: readonly bigint[], hints: { swap?: bigint[]; high?: bigint[]; present?: bigint } = {}) {
  const { swap, high } = pivotHints(values);
  return { values, present: 1n, swap, high, ...hints };
}

export const pivotMedian: Target = {
  call: "PivotMedian(5, 8)",
  honest: lane([30n, 10n, 20n, 50n, 40n]),
  promise(read) {
    return single(read, "median") === (single(read, "present") === 1n ? pivotHints(read("values")).median : 0n);
  },
  attacks: [
    {
      statement: "swap[i] * (swap[i] - present) === 0",
      lie: "a swap of -1 against one of 1 makes a sum the median",
      inputs: lane([3n, 1n, 2n, 5n, 4n], { swap: [MINUS_ONE, 1n, 0n, 0n], high: [0n, 0n, 1n, 1n] }),
    },
    {
      statement: "exchanged[i] <== swap[i] * (values[i + 1] - values[0])",
      lie: "part of one value is taken over to the pivot",
      inputs: lane([1n, 2n, 3n, 4n, 5n], { swap: NONE, high: [0n, 0n, 1n, 1n] }),
      forge: {
        "exchanged[i] <== swap[i] * (values[i + 1] - values[0])": { 0: 3n },
        // Below the pivot 4 now: 2 - 3 = -1 and 3. Above: 4 and 5.
      },
    },
    {
      statement: "high[i] * (high[i] - present) === 0",
      lie: "sides of one half hide every distance, so the least is the median",
      inputs: lane([1n, 2n, 3n, 4n, 5n], { swap: NONE, high: [HALF, HALF, HALF, HALF] }),
    },
    {
      statement: "swaps * (swaps - present) === 0",
      lie: "two swaps make the sum of two differences the median",
      inputs: lane([10n, 20n, 5n, 20n, 30n], { swap: [1n, 1n, 0n, 0n], high: [0n, 0n, 1n, 1n] }),
    },
    {
      statement: "highs === f * present",
      lie: "the least value is the median, with all others above it",
      inputs: lane([1n, 2n, 3n, 4n, 5n], { swap: NONE, high: [1n, 1n, 1n, 1n] }),
    },
    {
      statement: "median <== present * values[0] + exchange",
      lie: "a number that nobody observed is the median of the others",
      inputs: lane([10n, 1n, 2n, 3n, 4n], { swap: NONE, high: [0n, 0n, 1n, 1n] }),
      forge: { "median <== present * values[0] + exchange": { 0: -8n } },
    },
    {
      statement: "distance[i] <== (2 * high[i] - present) * (values[i + 1] - exchanged[i] - median)",
      lie: "values above the pivot are said to be equal to it",
      inputs: lane([1n, 2n, 3n, 4n, 5n], { swap: NONE, high: [1n, 1n, 0n, 0n] }),
      forge: {
        "distance[i] <== (2 * high[i] - present) * (values[i + 1] - exchanged[i] - median)": { 2: 3n, 3: 4n },
      },
    },
    {
      statement: "inRange[i].in <== distance[i]",
      lie: "other numbers than the distances are in range",
      inputs: lane([1n, 2n, 3n, 4n, 5n], { swap: NONE, high: [1n, 1n, 0n, 0n] }),
      forge: { "inRange[i].in <== distance[i]": { 2: 3n, 3: 4n } },
    },
    {
      statement: "swap[i] * (swap[i] - present) === 0",
      lie: "a lane that is absent takes a value by a swap",
      inputs: lane([9n, 12n, 3n, 4n, 5n], { present: 0n, swap: [1n, MINUS_ONE, 0n, 0n], high: NONE }),
    },
  ],
};
