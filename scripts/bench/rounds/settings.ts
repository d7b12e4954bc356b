import type { Timing } from "../../../core/types/committee.ts";

/** One committee of real processes, and what is measured with it before it is stopped. */
export interface Setting {
  readonly nodes: number;
  /** As recorded: 2 … 25 ms and 2 % faults, some of which last until the time-out of 500 ms. Calm: at once, and always. */
  readonly sources: "recorded" | "calm";
  /** From the start of one round to that of the next, ms: long enough for a round to end, so that none is measured while it waits for another. */
  readonly deltaRound: number;
  readonly variants: readonly Variant[];
}

export interface Variant {
  /** Begins the names of its figures. */
  readonly name: string;
  /** One-way, between any two members; through a proxy. Without it they are connected directly. */
  readonly delayMs?: number;
  readonly rounds: number;
  /** Instead, where many runs are wanted. */
  readonly fullRounds: number;
  /** Whether each stage is told, and memory, or latency, traffic and CPU alone. */
  readonly detailed: boolean;
}

/**
 * In the order in which they are measured. Committees of 16 and 31 share this machine's cores, as nobody would run them: their
 * figures tell what the protocol costs, not how fast it is. All together stay below ten minutes on two cores.
 */
export const SETTINGS: readonly Setting[] = [
  {
    ...{ nodes: 4, sources: "recorded", deltaRound: 750 },
    variants: [{ name: "rounds.n4", rounds: 60, fullRounds: 500, detailed: true }],
  },
  {
    ...{ nodes: 4, sources: "calm", deltaRound: 750 },
    variants: [{ name: "rounds.n4.calm", rounds: 40, fullRounds: 500, detailed: true }],
  },
  {
    ...{ nodes: 7, sources: "recorded", deltaRound: 1_000 },
    variants: [{ name: "rounds.n7", rounds: 40, fullRounds: 300, detailed: true }],
  },
  // The design bounds what the protocol adds to its messages' delays: sources of their own would hide it.
  ...[4, 7].map((nodes): Setting => ({
    ...{ nodes, sources: "calm", deltaRound: 1_250 },
    variants: [50, 150].map((delayMs) => ({
      ...{ name: `rounds.n${nodes}.delay${delayMs}`, delayMs },
      ...{ rounds: 25, fullRounds: 200, detailed: false },
    })),
  })),
  {
    ...{ nodes: 16, sources: "recorded", deltaRound: 3_000 },
    variants: [{ name: "rounds.n16", rounds: 8, fullRounds: 50, detailed: false }],
  },
  {
    ...{ nodes: 31, sources: "recorded", deltaRound: 8_000 },
    variants: [{ name: "rounds.n31", rounds: 4, fullRounds: 25, detailed: false }],
  },
];

/** The settings with those variants that have figures whose names begin so: all of `rounds.n4.delay` or, of `rounds.n4.cpu`, rounds.n4. */
export function wantedSettings(settings: readonly Setting[], only: string): Setting[] {
  const names = settings.flatMap(({ variants }) => variants.map(({ name }) => name));
  const [narrowest = ""] = names.filter((name) => only.startsWith(`${name}.`)).sort((a, b) => b.length - a.length);
  const isExact = names.some((name) => name.startsWith(only));
  const isWanted = ({ name }: Variant): boolean => (isExact ? name.startsWith(only) : name === narrowest);
  return settings
    .map((setting) => ({ ...setting, variants: setting.variants.filter(isWanted) }))
    .filter(({ variants }) => variants.length > 0);
}

/** Timers in the proportions of the development defaults. The grace period is part of a latency and stays. */
export function timingOf(deltaRound: number): Timing {
  return {
    deltaRound,
    deltaGrace: 20,
    deltaProgress: 3 * deltaRound,
    deltaResend: deltaRound,
    deltaStage: Math.ceil(1.2 * deltaRound),
    rMax: 100,
    window: 10,
  };
}
