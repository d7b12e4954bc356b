/** Committee sizes: n members of which f may be Byzantine, n > 3f. */
export interface CommitteeSize {
  readonly n: number;
  readonly f: number;
}

/** Observations in a proposal: exactly 2f+1, so that the middle one lies in the honest range. */
export function observationQuorum({ f }: CommitteeSize): number {
  return 2 * f + 1;
}

/**
 * Q = ⌊(n+f)/2⌋+1 Prepares before a signature: two such sets share an honest node,
 * so at most one report per slot can gather signatures (Castro & Liskov 1999; OCR3's Byzantine quorum).
 */
export function prepareQuorum({ n, f }: CommitteeSize): number {
  return Math.floor((n + f) / 2) + 1;
}

/** Signatures on a final report: f+1, at least one of them honest. */
export function signatureQuorum({ f }: CommitteeSize): number {
  return f + 1;
}
