// npm run sim -- [--seed N | --seeds N [--from S] [--workers W] [--json]] [--profile P] [--n N] [--faulty K] [--strategies A,B]
// Plays seeded schedules of the protocol. One seed is played with a readable trace; many end with a summary.
import os from "node:os";
import { parseArgs } from "node:util";
import { STRATEGY_NAMES, type StrategyName } from "./adversaries/names.ts";
import { coverageGaps } from "./coverage.ts";
import { playSeed, reproduction } from "./play.ts";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { runSeeds, type RunReport } from "./run.ts";
import { drawSchedule, type Overrides } from "./schedule.ts";

const DEFAULT_SEEDS = 1_000;
const PROGRESS_MS = 2_000;

type Flags = ReturnType<typeof readFlags>;

try {
  const flags = readFlags();
  const overrides = overridesOf(flags);
  if (flags.seed !== undefined) playOne(integer("seed", flags.seed), overrides);
  else await playMany(flags, overrides);
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function readFlags() {
  return parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string", default: String(DEFAULT_SEEDS) },
      from: { type: "string", default: "1" },
      workers: { type: "string", default: String(os.availableParallelism()) },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      n: { type: "string" },
      faulty: { type: "string" },
      strategies: { type: "string" },
    },
  }).values;
}

function overridesOf({ profile, n, faulty, strategies }: Flags): Overrides {
  return {
    profile: profile === undefined ? undefined : oneOf(profile, Object.keys(PROFILES) as ProfileName[]),
    n: n === undefined ? undefined : integer("n", n),
    faulty: faulty === undefined ? undefined : integer("faulty", faulty),
    strategies: strategies?.split(",").map((name): StrategyName => oneOf(name, STRATEGY_NAMES)),
  };
}

/** A trace that can be read from top to bottom: what is planned, what happens, and how it ends. */
function playOne(seed: number, overrides: Overrides): void {
  const schedule = drawSchedule(seed, overrides);
  for (const [name, value] of Object.entries(schedule)) console.log(`${name}: ${JSON.stringify(value)}`);
  const { tally, failure } = playSeed(seed, overrides, { trace: (line) => console.log(line) });
  for (const [name, count] of Object.entries(tally)) console.log(`${name}: ${count}`);
  console.log(failure === undefined ? "All invariants hold." : `VIOLATED ${failure.message}`);
  if (failure !== undefined) process.exitCode = 1;
}

async function playMany(flags: Flags, overrides: Overrides): Promise<void> {
  const count = integer("seeds", flags.seeds);
  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1_000;
  let told = began;
  const report = await runSeeds({
    ...{ from: integer("from", flags.from), count, overrides, workers: integer("workers", flags.workers) },
    onProgress(done) {
      if (Date.now() - told < PROGRESS_MS) return;
      told = Date.now();
      console.error(`${done} of ${count} schedules, ${Math.round(done / seconds())} per second`);
    },
  });
  const directed = Object.values(overrides).some((value) => value !== undefined);
  const gaps = directed ? [] : coverageGaps(report);
  if (flags.json) console.log(JSON.stringify({ ...report, gaps, seconds: seconds() }));
  else print({ report, gaps, seconds: seconds() }, overrides);
  if (report.failures.length > 0 || gaps.length > 0) process.exitCode = 1;
}

function print(run: { report: RunReport; gaps: readonly string[]; seconds: number }, overrides: Overrides): void {
  const { schedules, tally, failures } = run.report;
  const width = Math.max(...Object.keys(tally).map((name) => name.length));
  for (const [name, count] of Object.entries(tally)) console.log(`${name.padEnd(width)}  ${count}`);
  for (const { seed, message } of failures) console.log(`VIOLATED ${message}\n  ${reproduction(seed, overrides)}`);
  for (const gap of run.gaps) console.log(`TOO SELDOM ${gap}`);
  const rate = (schedules / run.seconds).toFixed(1);
  console.log(
    `${schedules} schedules in ${run.seconds.toFixed(1)} s (${rate} per second): ${failures.length} violations`,
  );
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name} must be a whole number, not ${text}`);
  return value;
}

function oneOf<T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((name) => name === text);
  if (choice === undefined) throw new TypeError(`${text} is none of ${choices.join(", ")}`);
  return choice;
}
