// npm run sim -- [--seed N | --seeds N [--from S] [--workers W] [--json]] [--profile P] [--n N] [--faulty K] [--strategies A,B]
// Plays seeded schedules of the protocol. One seed is played with a readable trace; many end with a summary.
import os from "node:os";
import { parseArgs } from "node:util";
import { STRATEGY_NAMES, type StrategyName } from "./adversaries/names.ts";
import { coverageGaps } from "./coverage.ts";
import { playSeed, reproduction } from "./play.ts";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { runSeeds, type RunReport } from "./run.ts";
import type { Overrides } from "./schedule.ts";

const DEFAULT_SEEDS = 1_000;
const PROGRESS_MS = 2_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: String(os.availableParallelism()) },
    json: { type: "boolean", default: false },
    profile: { type: "string" },
    n: { type: "string" },
    faulty: { type: "string" },
    strategies: { type: "string" },
  },
});

const overrides: Overrides = {
  profile: values.profile === undefined ? undefined : oneOf(values.profile, Object.keys(PROFILES) as ProfileName[]),
  n: values.n === undefined ? undefined : integer("n", values.n),
  faulty: values.faulty === undefined ? undefined : integer("faulty", values.faulty),
  strategies: values.strategies?.split(",").map((name): StrategyName => oneOf(name, STRATEGY_NAMES)),
};

if (values.seed !== undefined) playOne(integer("seed", values.seed));
else await playMany(integer("seeds", values.seeds ?? String(DEFAULT_SEEDS)));

function playOne(seed: number): void {
  const { schedule, tally, failure } = playSeed(seed, overrides, { trace: (line) => console.log(line) });
  console.log(JSON.stringify(schedule, undefined, 1).replaceAll(/\n\s{3,}/g, " "));
  console.log(tally);
  console.log(failure === undefined ? "All invariants hold." : `VIOLATED ${failure.message}`);
  if (failure !== undefined) process.exitCode = 1;
}

async function playMany(count: number): Promise<void> {
  const began = Date.now();
  let told = began;
  const report = await runSeeds({
    ...{ from: integer("from", values.from), count, overrides, workers: integer("workers", values.workers) },
    onProgress(done) {
      if (Date.now() - told < PROGRESS_MS) return;
      told = Date.now();
      console.error(`${done} of ${count} schedules, ${Math.round((1_000 * done) / (told - began))} per second`);
    },
  });
  const gaps = Object.values(overrides).every((value) => value === undefined) ? coverageGaps(report) : [];
  if (values.json) console.log(JSON.stringify({ ...report, gaps, seconds: (Date.now() - began) / 1_000 }));
  else print(report, gaps, (Date.now() - began) / 1_000);
  if (report.failures.length > 0 || gaps.length > 0) process.exitCode = 1;
}

function print({ schedules, tally, failures }: RunReport, gaps: readonly string[], seconds: number): void {
  const width = Math.max(...Object.keys(tally).map((name) => name.length));
  for (const [name, count] of Object.entries(tally)) console.log(`${name.padEnd(width)}  ${count}`);
  for (const { seed, message } of failures) console.log(`VIOLATED ${message}\n  ${reproduction(seed, overrides)}`);
  for (const gap of gaps) console.log(`TOO SELDOM ${gap}`);
  const rate = (schedules / seconds).toFixed(1);
  console.log(`${schedules} schedules in ${seconds.toFixed(1)} s (${rate} per second): ${failures.length} violations`);
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
