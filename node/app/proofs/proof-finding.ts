/** Why a document shows nothing; `reason` is one line for a person. */
export interface ProofFinding {
  readonly code: string;
  readonly reason: string;
}
