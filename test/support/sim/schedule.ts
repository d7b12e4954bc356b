import type { Timing } from "../../../core/types/committee.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createRandom, type Random } from "../random.ts";
import { STRATEGY_NAMES, type StrategyName } from "./adversaries/names.ts";
import { SIM_TIMING, simDigest } from "./committee.ts";
import { between, chance, pick, pickWeighted, shuffled } from "./draw.ts";
import { PROFILES, type Profile, type ProfileName } from "./profiles.ts";

/** How the network treats frames. */
export interface Conditions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Chance that a frame is lost. */
  readonly loss: number;
  /** Chance that a frame arrives a second time, up to DUPLICATE_DELAY_MS later. */
  readonly duplicates: number;
  /** Whether the frames of one connection keep their order. */
  readonly ordered: boolean;
}

/** For a while the members of `side` and the others do not hear each other. Times in ms after the start. */
export interface Partition {
  readonly from: number;
  readonly until: number;
  readonly side: readonly number[];
}

/** A member's process ends, or its disk refuses, at one of its steps. */
export interface Crash {
  readonly member: number;
  /** Counts the member's steps that have any effect; a disk is lost at the first such step that binds the member. */
  readonly step: number;
  /** Which boundary of the step, as a part of all: 0 before anything is stored, near 1 after all effects. */
  readonly boundary: number;
  readonly fate: "restart" | "restart-without-disk" | "disk-refuses";
  readonly downMs: number;
}

/** A member that does what its strategies say. */
export interface Faulty {
  readonly member: number;
  readonly strategies: readonly StrategyName[];
}

/** All that happens in one run besides what the nodes themselves do. Drawn from a seed, and nothing else. */
export interface Schedule {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly n: number;
  readonly f: number;
  readonly timing: Timing;
  readonly configDigest: Hex;
  /** Disturbances end here; faulty members stay faulty. Milliseconds after the start. */
  readonly disturbedMs: number;
  readonly disturbed: Conditions;
  readonly calm: Conditions;
  readonly partitions: readonly Partition[];
  readonly crashes: readonly Crash[];
  readonly faulty: readonly Faulty[];
  /** Per member: how far its clock is from the true time. */
  readonly clockOffsetsMs: readonly number[];
  /** The longest that a node takes to observe. */
  readonly observingMs: number;
  /** Chance that an honest observation lacks the second feed. */
  readonly absence: number;
  /** Whether the faults are few enough for rounds to go on after the disturbances. */
  readonly expectsLiveness: boolean;
}

/** What a caller fixes instead of drawing it. */
export interface Overrides {
  readonly profile?: ProfileName | undefined;
  readonly n?: number | undefined;
  /** Number of faulty members; more than f breaks the protocol's assumption. */
  readonly faulty?: number | undefined;
  readonly strategies?: readonly StrategyName[] | undefined;
}

const SIZES: readonly (readonly [n: number, weight: number])[] = [
  [4, 50],
  [5, 5],
  [7, 27],
  [8, 3],
  [10, 15],
];
/** Clocks of honest members differ from the true time by no more. */
const MAX_CLOCK_OFFSET_MS = 2_000;
const MAX_STRATEGIES_PER_MEMBER = 3;
/** What faulty members do when they work together. */
const TEAMS: readonly (readonly StrategyName[])[] = [["two-proposals", "double-voter"], ["starving-leader"]];

export function drawSchedule(seed: number, overrides: Overrides = {}): Schedule {
  const random = createRandom(seed);
  const profile = overrides.profile ?? drawProfile(random);
  const rules = PROFILES[profile];
  const n = overrides.n ?? pickWeighted(random, SIZES);
  const f = Math.floor((n - 1) / 3);
  const observingMs = between(random, 5, 120);
  const calm = drawCalm(random);
  const timing = drawTiming(random, { observingMs, calm });
  const disturbedMs = Math.round(timing.deltaRound * (rules.rounds * (0.5 + random.next())));
  const forgetful = rules.forgetful === 0 ? 0 : between(random, 1, Math.min(f, rules.forgetful));
  const configDigest = simDigest(seed);
  const faulty = drawFaulty(random, { n, f, configDigest, rules, forgetful, overrides });
  const size = { n, faulty: faulty.map(({ member }) => member) };
  return {
    ...{ seed, profile, n, f, timing, configDigest, disturbedMs, calm, observingMs, faulty },
    disturbed: drawDisturbed(random, rules, calm),
    partitions: Array.from({ length: random.integer(rules.partitions + 1) }, () =>
      drawPartition(random, n, disturbedMs),
    ),
    crashes: drawCrashes(random, { ...size, rules, forgetful }),
    clockOffsetsMs: Array.from({ length: n }, () =>
      rules.skew ? between(random, -MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS) : 0,
    ),
    absence: chance(random, 0.3) ? 0.2 : 0,
    expectsLiveness: faulty.length + forgetful <= f,
  };
}

/** A schedule without any trouble but what `changes` says: for tests of one thing at a time. */
export function plainSchedule(changes: Partial<Schedule> = {}): Schedule {
  const n = changes.n ?? 4;
  const calm = { minDelayMs: 1, maxDelayMs: 80, loss: 0, duplicates: 0, ordered: true };
  return {
    ...{ seed: 1, profile: "calm", n, f: Math.floor((n - 1) / 3), timing: SIM_TIMING },
    ...{ configDigest: simDigest(1), disturbedMs: 0 },
    ...{ disturbed: changes.calm ?? calm, calm, partitions: [], crashes: [], faulty: [] },
    ...{ clockOffsetsMs: [], observingMs: 60, absence: 0, expectsLiveness: true },
    ...changes,
  };
}

function drawProfile(random: Random): ProfileName {
  const names = Object.keys(PROFILES) as ProfileName[];
  return pickWeighted(
    random,
    names.map((name) => [name, PROFILES[name].weight] as const),
  );
}

/** A calm round fits into half of DeltaRound, and DeltaProgress holds both and a leader's patience: what INV-P4 assumes. */
function drawTiming(random: Random, { observingMs, calm }: { observingMs: number; calm: Conditions }): Timing {
  const deltaGrace = pick(random, [0, 20, 100]);
  const shortest = 2 * (observingMs + deltaGrace + 7 * calm.maxDelayMs);
  const deltaRound = shortest + pick(random, [200, 1_000, 3_000]);
  return {
    deltaRound,
    deltaGrace,
    deltaProgress: Math.round(deltaRound * pick(random, [1.75, 2, 3])),
    deltaResend: pick(random, [300, 1_000, 2_000]),
    deltaStage: 5_000,
    rMax: pick(random, [2, 3, 5, 8]),
    window: between(random, 6, 12),
  };
}

function drawCalm(random: Random): Conditions {
  const maxDelayMs = pick(random, [5, 20, 80, 150]);
  return { minDelayMs: 1, maxDelayMs, loss: 0, duplicates: 0, ordered: true };
}

function drawDisturbed(random: Random, rules: Profile, calm: Conditions): Conditions {
  return {
    minDelayMs: 1,
    maxDelayMs: Math.max(calm.maxDelayMs, between(random, 0, rules.maxDelayMs)),
    loss: random.next() * rules.loss,
    duplicates: random.next() * rules.duplicates,
    ordered: chance(random, 0.4),
  };
}

function drawPartition(random: Random, n: number, disturbedMs: number): Partition {
  const from = random.integer(disturbedMs);
  const members = Array.from({ length: n }, (_, member) => member);
  return {
    from,
    until: between(random, from, disturbedMs),
    side: shuffled(random, members).slice(0, between(random, 1, n - 1)),
  };
}

function drawFaulty(
  random: Random,
  input: { n: number; f: number; configDigest: Hex; rules: Profile; forgetful: number; overrides: Overrides },
): Faulty[] {
  const { n, f, configDigest, rules, forgetful, overrides } = input;
  // Of a faulty member and one that forgets, each takes a part of f as far as going on is concerned; safety bears one more.
  const most = chance(random, rules.beyondLiveness) ? Math.min(f, f + 1 - forgetful) : f - forgetful;
  const count = overrides.faulty ?? (rules.faulty && most > 0 ? between(random, 1, most) : 0);
  const names = overrides.strategies ?? STRATEGY_NAMES;
  const team = overrides.strategies === undefined && count > 1 && chance(random, 0.3) ? pick(random, TEAMS) : undefined;
  return drawTraitors(random, { n, configDigest }, count).map((member) => ({
    member,
    strategies: team ?? shuffled(random, names).slice(0, between(random, 1, MAX_STRATEGIES_PER_MEMBER)),
  }));
}

/** Members that will be faulty. Often one of them leads soon: there a faulty member can do most. */
function drawTraitors(random: Random, committee: { n: number; configDigest: Hex }, count: number): number[] {
  const order = shuffled(
    random,
    Array.from({ length: committee.n }, (_, member) => member),
  );
  const leader = leaderOf(between(random, 1, 2), committee);
  const preferred = chance(random, 0.7) ? [leader, ...order.filter((member) => member !== leader)] : order;
  return preferred.slice(0, count).toSorted((a, b) => a - b);
}

function drawCrashes(
  random: Random,
  { n, faulty, rules, forgetful }: { n: number; faulty: readonly number[]; rules: Profile; forgetful: number },
): Crash[] {
  const honest = Array.from({ length: n }, (_, member) => member).filter((member) => !faulty.includes(member));
  const losers = shuffled(random, honest).slice(0, forgetful);
  const count = random.integer(rules.crashes + 1);
  const crash = (member: number, fate: Crash["fate"]): Crash => ({
    ...{ member, fate, boundary: random.next() },
    step: between(random, ...rules.crashSteps),
    downMs: between(random, 10, pick(random, [100, 1_000, 5_000])),
  });
  return [
    ...losers.map((member) => crash(member, "restart-without-disk")),
    ...Array.from({ length: count }, () =>
      crash(pick(random, honest), chance(random, 0.15) ? "disk-refuses" : "restart"),
    ),
  ];
}
