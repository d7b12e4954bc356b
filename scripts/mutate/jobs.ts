/** Test these contracts from now on: a JSON file of `SwitchedContract`s. */
interface ContractsJob {
  readonly kind: "contracts";
  readonly file: string;
  /** Full titles of tests that are not run. */
  readonly leftOut: readonly string[];
}

/** Run these test files, in this order, until a test fails. Mutant 0 is the contracts as they are. */
export interface Task {
  readonly kind: "test";
  readonly mutant: number;
  readonly files: readonly string[];
}

export type Job = ContractsJob | Task;

export interface Killed {
  readonly kind: "killed";
  readonly mutant: number;
  readonly file: string;
  /** Full title of the test that failed. */
  readonly test: string;
  readonly message: string;
}

export interface Survived {
  readonly kind: "survived";
  readonly mutant: number;
}

/** The process that tested it died, or said nothing any more: that tells nothing. */
export interface Lost {
  readonly kind: "lost";
  readonly mutant: number;
  readonly reason: string;
}

export type Verdict = Killed | Survived | Lost;
export type Answer = Killed | Survived | { readonly kind: "ready" };
