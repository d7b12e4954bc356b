import type { Hex } from "../types/hex.ts";
import type { ProposalHeader } from "../types/evidence.ts";
import type { AttributedObservation, Observation, SignedObservation } from "../types/observation.ts";
import type { Report } from "../types/report.ts";

/**
 * This node's keys and everybody's public keys, bound to one configuration. Pure: signatures are deterministic.
 * `verify…` answer false for any bytes; they never throw for a peer's input.
 */
export interface ProtocolCrypto {
  signObservation(observation: Observation): SignedObservation;
  verifyObservation(observation: AttributedObservation): boolean;
  /** keccak256 of the encoded observations of a proposal: with the sequence, its header. */
  observationsHash(observations: readonly AttributedObservation[]): Hex;
  /** EIP-712 digest of a proposal's header: what the leader signs. */
  proposalHeaderDigest(header: ProposalHeader): Hex;
  /** EIP-712 digest of a report: what members sign. */
  reportDigest(report: Report): Hex;
  /** ECDSA over a 32-byte digest, 64 bytes compact (r, vs), EIP-2098. */
  signDigest(digest: Hex): Hex;
  verifyDigest(signer: number, digest: Hex, signature: Hex): boolean;
}

/** What checking a final report takes: the members' public keys. */
export type ProtocolVerifier = Pick<ProtocolCrypto, "verifyObservation" | "verifyDigest">;
