/** A circuit that is measured, and how its figures are named: by committee and lanes, or by samples. */
export interface ProofSetting {
  readonly name: string;
  /** In `circuits/instances.json`. */
  readonly instance: string;
  /** A large one: measured where minutes do not matter. */
  readonly full: boolean;
}

export const PROOF_SETTINGS: readonly ProofSetting[] = [
  { name: "proof.n4k8", instance: "median-n4-k3-v8", full: false },
  { name: "proof.n7k8", instance: "median-n7-k5-v8", full: false },
  { name: "proof.n16k8", instance: "median-n16-k11-v8", full: false },
  { name: "proof.n31k8", instance: "median-n31-k21-v8", full: true },
  { name: "proof.n4k32", instance: "median-n4-k3-v32", full: true },
];

/** Proofs of each engine that count, after one that warms it up. */
export const PROOF_RUNS = { usual: 7, full: 15 };
/** Rounds at development pace, without proofs and with them. */
export const PACE_ROUNDS = { usual: 15, full: 60 };
/** Local aggregates of so many private samples. */
export const LOCAL_SETTINGS: readonly ProofSetting[] = [
  { name: "proof.local4", instance: "local-k4-w32", full: false },
  { name: "proof.local16", instance: "local-k16-w32", full: true },
  { name: "proof.local64", instance: "local-k64-w32", full: true },
];
export const LOCAL_RUNS = { usual: 30, full: 100 };

/** Whether figures of this name are asked for: `proof.n4` asks for all of `proof.n4k8`, `proof.n4k8.prove` for them too. */
export function isWanted(name: string, only: string): boolean {
  return name.startsWith(only) || only.startsWith(`${name}.`);
}
