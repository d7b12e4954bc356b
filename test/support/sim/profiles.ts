/** What kind of trouble a schedule draws from. */
export interface Profile {
  /** How often it is drawn, against the others. */
  readonly weight: number;
  /** Length of the disturbed time, in DeltaRounds, on average. */
  readonly rounds: number;
  readonly loss: number;
  readonly duplicates: number;
  readonly maxDelayMs: number;
  /** At most so many partitions. */
  readonly partitions: number;
  /** At most so many crashes of honest members, each at one of these steps of its. */
  readonly crashes: number;
  readonly crashSteps: readonly [first: number, last: number];
  /** At most so many honest members lose their disk. */
  readonly forgetful: number;
  /** Whether up to f members are faulty. */
  readonly faulty: boolean;
  /** Chance of f faulty members beside those that lose their disk: safety must hold, rounds may stop. */
  readonly beyondLiveness: number;
  readonly skew: boolean;
}

const QUIET: Profile = {
  ...{ weight: 0, rounds: 6, loss: 0, duplicates: 0, maxDelayMs: 0, partitions: 0 },
  ...{ crashes: 0, crashSteps: [1, 80], forgetful: 0, faulty: false, beyondLiveness: 0, skew: true },
};

const PROFILE_TABLE = {
  calm: { ...QUIET, weight: 4 },
  lossy: { ...QUIET, weight: 14, loss: 0.4, duplicates: 0.3, maxDelayMs: 1_500, partitions: 2 },
  crashes: { ...QUIET, weight: 18, loss: 0.1, duplicates: 0.3, maxDelayMs: 400, crashes: 10 },
  byzantine: { ...QUIET, weight: 28, maxDelayMs: 300, faulty: true },
  mixed: {
    ...{ ...QUIET, weight: 28, loss: 0.3, duplicates: 0.3, maxDelayMs: 800, partitions: 2 },
    ...{ crashes: 6, faulty: true },
  },
  forgetful: {
    ...{ ...QUIET, weight: 8, loss: 0.1, duplicates: 0.1, maxDelayMs: 300, partitions: 1, rounds: 8 },
    ...{ crashes: 3, crashSteps: [5, 60], forgetful: 2, faulty: true, beyondLiveness: 0.3 },
  },
} satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILE_TABLE;
export const PROFILES: Readonly<Record<ProfileName, Profile>> = PROFILE_TABLE;
