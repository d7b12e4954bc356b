import { assertNever } from "../errors/assert-never.ts";
import type { Hex } from "../types/hex.ts";
import type { Groth16Fault, Groth16Key } from "./groth16.ts";
import { type ExportedProof, publicSignalsOf, reportOf } from "./proof-document.ts";

/** Why a report is not shown to be proven. */
export type ProofFault =
  | Groth16Fault
  | { readonly code: "other-verification-key"; readonly stated: Hex; readonly expected: Hex }
  | { readonly code: "other-configuration"; readonly stated: Hex; readonly expected: Hex };

export interface ProofCheck {
  readonly key: Groth16Key;
  /** The committee that is trusted. Without it the proof is judged for the one that the document brings along. */
  readonly configDigest?: Hex;
}

/**
 * Nothing if the proof shows that this report's values are medians of 2f+1 observations that members of its configuration signed
 * for its slot (docs/proof.md, section 1), else the reason. The public signals are computed here. That chain, committee and key are those
 * that the reader means rests on `configDigest`, which binds chain, registry, hub, members, feeds and window, and on the digest of `key`.
 * So does the number 2f+1: how many observations a key's circuit takes is nothing that the key says.
 */
export function checkProof(exported: ExportedProof, { key, configDigest }: ProofCheck): ProofFault | undefined {
  const stated = reportOf(exported).configDigest;
  if (configDigest !== undefined && stated !== configDigest)
    return { code: "other-configuration", stated, expected: configDigest };
  if (exported.verificationKeyDigest !== key.digest)
    return { code: "other-verification-key", stated: exported.verificationKeyDigest, expected: key.digest };
  return key.check(exported.proof, publicSignalsOf(exported));
}

/** One line for a person. */
export function proofFaultText(fault: ProofFault): string {
  switch (fault.code) {
    case "other-configuration":
      return `it is about the configuration ${fault.stated}, not about ${fault.expected}`;
    case "other-verification-key":
      return `it is of a circuit with the verification key ${fault.stated}, not of ${fault.expected}`;
    case "public-signal-count":
      return `the verification key is of a circuit with ${fault.expected} public signals, not ${fault.signals}`;
    case "public-signal-out-of-range":
      return `public signal ${fault.position} is not below the field's order`;
    case "coordinate-out-of-range":
      return `a coordinate of the proof's point ${fault.point} is not below the base field's order`;
    case "point-off-curve":
      return `the proof's point ${fault.point} is not on its curve`;
    case "point-outside-subgroup":
      return `the proof's point ${fault.point} is on its curve, but not in the subgroup of the pairing`;
    case "pairing-equation":
      return "the proof is not of this report: values, time, slot, committee or the proof itself were changed";
    default:
      return assertNever(fault);
  }
}
