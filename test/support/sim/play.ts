import { drawSchedule, type Overrides, type Schedule } from "./schedule.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";
import type { Tally } from "./tally.ts";
import { type Invariant, Violation } from "./violation.ts";

export interface Failure {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly message: string;
}

export interface Outcome {
  readonly schedule: Schedule;
  readonly tally: Tally;
  readonly failure: Failure | undefined;
}

/** Plays the schedule of one seed to its end, or to the first violation. */
export function playSeed(
  seed: number,
  overrides: Overrides = {},
  options: Omit<SimulationOptions, "schedule"> = {},
): Outcome {
  const schedule = drawSchedule(seed, overrides);
  const simulation = new Simulation({ ...options, schedule });
  const failure = failureOf(seed, () => simulation.play());
  simulation.counter.add(`profile: ${schedule.profile}`);
  simulation.counter.add(`committee of ${schedule.n}`);
  return { schedule, tally: simulation.counter.tally(), failure };
}

function failureOf(seed: number, play: () => void): Failure | undefined {
  try {
    play();
    return undefined;
  } catch (error) {
    if (!(error instanceof Violation)) throw new Error(`seed ${seed} breaks the simulator itself`, { cause: error });
    return { seed, invariant: error.invariant, message: error.message };
  }
}

/** What to type to see a schedule again. */
export function reproduction(seed: number, { profile, n, faulty, strategies }: Overrides = {}): string {
  const flags = Object.entries({ profile, n, faulty, strategies: strategies?.join() })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` --${name} ${value}`);
  return `npm run sim -- --seed ${seed}${flags.join("")}`;
}
