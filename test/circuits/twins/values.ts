import fc from "fast-check";
import { hasLane } from "../../../core/codec/report.ts";
import { fromField, toField } from "../../../core/crypto/field.ts";
import { absentHints, pivotHints } from "../../../core/proof/pivot-hints.ts";
import { around, EDGES, element, modulo } from "./edges.ts";
import { twin } from "./twin.ts";
import type { Twin } from "./twin.ts";

function range(bits: number): Twin {
  const end = 2n ** BigInt(bits);
  return twin({
    call: `Range(${bits})`,
    inputs: fc.record({
      in: fc.oneof(
        element,
        around(0n, end).map((value) => modulo(value)),
      ),
    }),
    edges: EDGES.map((edge) => ({ in: edge })),
    outputs: ({ in: value }) => (value < end ? [] : undefined),
  });
}

const WINDOW = 2n ** 16n;
const seconds = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 32n - 1n), fc.bigInt(0n, 2n ** 32n - 1n));

/** Seconds after the window's beginning. */
const WINDOW_EDGES = [-1n, 0n, 1n, WINDOW - 1n, WINDOW, WINDOW + 1n, 2n * WINDOW - 2n, 2n * WINDOW - 1n];

function inWindow([earliest, length, offset]: readonly [bigint, bigint, bigint]) {
  return { earliest, latest: modulo(earliest + length), timestamp: modulo(earliest + offset) };
}

const timestampWindow = twin({
  call: "TimestampWindow()",
  inputs: fc.tuple(seconds, around(0n, 2n * WINDOW), around(0n, WINDOW - 1n)).map(inWindow),
  edges: [
    ...EDGES.map((edge) => ({ timestamp: edge, earliest: 0n, latest: WINDOW - 1n })),
    ...WINDOW_EDGES.flatMap((length) => WINDOW_EDGES.map((offset) => inWindow([1_700_000_000n, length, offset]))),
  ],
  outputs: ({ timestamp, earliest, latest }) =>
    modulo(timestamp - earliest) < WINDOW && modulo(latest - timestamp) < WINDOW ? [] : undefined,
});

function reportMask(k: number, lanes: number): Twin {
  const end = 2n ** BigInt(lanes);
  const mask = fc.oneof(
    { weight: 20, arbitrary: fc.bigInt(0n, end - 1n) },
    fc.constantFrom(0n, end - 1n, end, modulo(-1n)),
  );
  const observations = fc.array(fc.oneof(fc.constant(end - 1n), mask), { minLength: k, maxLength: k });
  return twin({
    call: `ReportMask(${k}, ${lanes})`,
    // Mostly a mask within all others, so that it is taken.
    inputs: fc.tuple(mask, observations, fc.nat(2)).map(([any, observationMasks, choice]) => ({
      reportMask: choice === 0 ? any : observationMasks.reduce((shared, own) => shared & own, any),
      observationMasks,
    })),
    edges: [0n, end - 1n, end].map((edge) => ({
      reportMask: edge,
      observationMasks: new Array<bigint>(k).fill(end - 1n),
    })),
    outputs({ reportMask: own, observationMasks }) {
      const isTaken =
        [own, ...observationMasks].every((one) => one < end) && observationMasks.every((one) => (own & ~one) === 0n);
      return isTaken ? Array.from({ length: lanes }, (_, lane) => BigInt(hasLane(Number(own), lane))) : undefined;
    },
  });
}

const INT96 = { min: -(2n ** 95n), max: 2n ** 95n - 1n };

/** Lists of signed numbers: of both ends, all equal, few apart, in order and in reverse. */
function lists(k: number): fc.Arbitrary<bigint[]> {
  const list = (value: fc.Arbitrary<bigint>) => fc.array(value, { minLength: k, maxLength: k });
  const apart = fc
    .tuple(fc.bigInt(INT96), list(fc.bigInt(-2n, 2n)))
    .map(([base, steps]) => steps.map((step) => base + step));
  const any = list(fc.oneof(fc.constantFrom(INT96.min, INT96.max, -1n, 0n, 1n), fc.bigInt(INT96)));
  const sorted = any.map((values) => values.toSorted((a, b) => (a < b ? -1 : 1)));
  return fc.oneof(
    any,
    apart,
    sorted,
    sorted.map((values) => values.toReversed()),
  );
}

/** Members may sign what is beyond int96: at a distance of 2^bits or more there is no witness. */
function pivotMedian(k: number, bits: number): Twin {
  const end = 2n ** BigInt(bits);
  const withLiar = fc
    .tuple(lists(k), fc.nat(k - 2), around(-end, end))
    .map(([list, slot, distance]) => list.with(slot + 1, (list[0] ?? 0n) + distance));
  return twin({
    call: `PivotMedian(${k}, ${bits})`,
    inputs: fc.tuple(fc.oneof(lists(k), withLiar), fc.nat(4)).map(([list, absent]) => {
      const { swap, high } = absent === 0 ? absentHints(k) : pivotHints(list);
      return { values: list.map(toField), present: absent === 0 ? 0n : 1n, swap, high };
    }),
    outputs({ values, present }) {
      if (present === 0n) return 0n;
      const { median } = pivotHints(values.map(fromField));
      const distances = values.map((value) => fromField(value) - median);
      return distances.every((distance) => -end < distance && distance < end) ? toField(median) : undefined;
    },
  });
}

export const VALUE_TWINS: readonly Twin[] = [
  ...[range(1), range(96), range(252)],
  timestampWindow,
  ...[reportMask(3, 8), reportMask(5, 32)],
  ...[pivotMedian(3, 16), pivotMedian(5, 96), pivotMedian(21, 96)],
];
