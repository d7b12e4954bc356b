import { amountText, type Unit } from "./amount.ts";
import type { NodeSample } from "./node-sample.ts";
import { floorsOf, middlesOf, type Point, type Trend, trendOf } from "./trend.ts";

/** Growth of a memory figure from the first window to the last, as a share of what it was after the warm-up: the design's bound for 10,000 rounds. */
const MAX_MEMORY_GROWTH = 0.1;
/** Below this, growth of a small figure is noise: one more page of code, one more buffer in a pool. */
const MEMORY_NOISE_BYTES = 4 * 1024 * 1024;
/**
 * Memory is judged over this many windows: the heap by what is left of it after a collection, its floors, since garbage makes
 * up half of it at other times; all else by its medians, since the collector may give a third back at once, and then never again.
 */
const MEMORY_WINDOWS = 5;
/** A shorter time shows the collector's moods and no trend: memory is then shown, and not judged. */
export const MIN_MEMORY_MINUTES = 10;
/** Handles are closed within seconds of their last use. */
const HANDLE_WINDOW_MINUTES = 0.5;
/** Growth of a count of handles over the run: a keep-alive connection more or less, and no leak per round. */
export const MAX_HANDLE_GROWTH = 4;
/** Share of the questions that a node may leave unanswered for two seconds: the machine may be busy. */
const MAX_MISSED_SHARE = 0.2;
/** Share of the started rounds that may end without a final report: sources fail as recorded, a machine may be busy. */
const MAX_LOST_SHARE = 0.02;

const MEMORY = ["resident", "heap", "external", "sandboxResident"] as const;
const HANDLES = ["descriptors", "sockets", "resources", "connections", "streams"] as const;
type Figure = (typeof MEMORY)[number] | (typeof HANDLES)[number];

/** One figure of one node, judged over the time after the warm-up. */
export interface Judgement extends Trend {
  readonly figure: Figure;
  readonly unit: Unit;
  /** What `growth` may be at most; Infinity where the time was too short to judge. */
  readonly limit: number;
  readonly flat: boolean;
}

export interface NodeRecord {
  readonly name: string;
  readonly samples: readonly NodeSample[];
  /** Samples that could not be taken, since the node did not answer. */
  readonly missed: number;
}

export interface RoundCount {
  /** After the warm-up. */
  readonly started: number;
  readonly lost: number;
}

export interface Verdict {
  /** Without those that did not answer. */
  readonly nodes: readonly { readonly name: string; readonly judgements: readonly Judgement[] }[];
  /** One line each; empty if all is well. */
  readonly failures: readonly string[];
}

/** Holds a run to the bounds above. The minutes before `warmUp` do not count: compilers, pools and caches fill then. */
export function judge(
  records: readonly NodeRecord[],
  { warmUp, rounds }: { readonly warmUp: number; readonly rounds: RoundCount },
): Verdict {
  const answering = records.filter(({ samples, missed }) => missed <= MAX_MISSED_SHARE * (samples.length + missed));
  const settled = answering.map(({ name, samples }) => ({
    name,
    samples: samples.filter(({ minute }) => minute >= warmUp),
  }));
  const nodes = settled.map(({ name, samples }) => ({ name, judgements: judgeNode(samples) }));
  const silent = records
    .filter((record) => !answering.includes(record))
    .map(({ name, missed }) => `${name}: did not answer ${missed} times`);
  const grown = nodes.flatMap(({ name, judgements }) =>
    judgements.filter(({ flat }) => !flat).map((judgement) => `${name}: ${describe(judgement)}`),
  );
  return { nodes, failures: [...silent, ...grown, ...stallsOf(settled), ...lossOf(rounds)] };
}

function judgeNode(samples: readonly NodeSample[]): Judgement[] {
  const minutes = samples.map(({ minute }) => minute);
  const span = Math.max(...minutes) - Math.min(...minutes);
  const pointsOf = (figure: Figure): readonly Point[] =>
    samples.map((sample) => ({ minute: sample.minute, value: sample[figure] }));
  const memory = MEMORY.map((figure): Judgement => {
    const levelsOf = figure === "heap" ? floorsOf : middlesOf;
    const trend = trendOf(levelsOf(pointsOf(figure), span / MEMORY_WINDOWS));
    const bound = Math.max(MAX_MEMORY_GROWTH * trend.start, MEMORY_NOISE_BYTES);
    const limit = span < MIN_MEMORY_MINUTES ? Infinity : bound;
    return { figure, unit: "bytes", ...trend, limit, flat: trend.growth <= limit };
  });
  const handles = HANDLES.map((figure): Judgement => {
    const trend = trendOf(floorsOf(pointsOf(figure), HANDLE_WINDOW_MINUTES));
    return { figure, unit: "handles", ...trend, limit: MAX_HANDLE_GROWTH, flat: trend.growth <= MAX_HANDLE_GROWTH };
  });
  return [...memory, ...handles];
}

/** A node that sees no report become final for a whole minute takes no part any more. */
function stallsOf(records: readonly Pick<NodeRecord, "name" | "samples">[]): string[] {
  return records.flatMap(({ name, samples }) => {
    const finals = new Map<number, number>();
    for (const sample of samples) finals.set(Math.floor(sample.minute), sample.finals);
    const counts = [...finals];
    const stalled = counts.slice(1).find(([, count], before) => count <= (counts[before]?.[1] ?? 0));
    return stalled === undefined ? [] : [`${name}: no report became final in minute ${stalled[0]}`];
  });
}

function lossOf({ started, lost }: RoundCount): string[] {
  if (lost <= MAX_LOST_SHARE * started) return [];
  return [`${lost} of ${started} rounds were lost, more than ${100 * MAX_LOST_SHARE} %`];
}

/** A trend in words: `resident grew by 31.0 MiB (62.0 MiB/h ± 4.1), limit 22.5 MiB`. */
function describe({ figure, unit, growth, slopePerHour, slopeError, limit }: Judgement): string {
  const show = (value: number) => amountText(value, unit);
  return `${figure} grew by ${show(growth)} (${show(slopePerHour)}/h ± ${show(slopeError)}), limit ${show(limit)}`;
}
