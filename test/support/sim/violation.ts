/** What holds after every event, and its number in docs/invariants.md. */
export const INVARIANTS = {
  agreement: "INV-P1",
  "honest range": "INV-P2",
  "no double binding": "INV-P3",
  "binds itself forward": "INV-P3",
  liveness: "INV-P4",
  "valid final": "INV-P7",
  "no exception": "INV-P7",
  "silent after memory loss": "INV-P10",
  "epochs need honest wishes": "INV-P11",
  "evidence against equivocators": "INV-P12",
  "no evidence against the honest": "INV-P12",
  "no blame for the honest": "INV-P13",
  "a leader waits for feeds": "INV-P15",
  "bounded state": "INV-P14",
  "bounded work": "INV-P14",
  "stored before it leaves": "INV-N1",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** An invariant does not hold: the end of a simulation. */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, detail: string, options?: ErrorOptions) {
    super(`${INVARIANTS[invariant]} ${invariant}: ${detail}`, options);
    this.invariant = invariant;
  }
}
