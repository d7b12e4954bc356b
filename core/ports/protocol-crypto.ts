import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, Observation, SignedObservation } from "../types/observation.ts";

/**
 * This node's keys and everybody's public keys, bound to one configuration. Pure: signatures are deterministic.
 * `verify…` answer false for any bytes; they never throw for a peer's input.
 */
export interface ProtocolCrypto {
  signObservation(observation: Observation): SignedObservation;
  verifyObservation(observation: AttributedObservation): boolean;
  /** EIP-712 digest of a proposal: what the leader signs. */
  proposalDigest(sequence: bigint, observations: readonly AttributedObservation[]): Hex;
  /** ECDSA over a 32-byte digest, 64 bytes compact (r, vs), EIP-2098. */
  signDigest(digest: Hex): Hex;
  verifyDigest(signer: number, digest: Hex, signature: Hex): boolean;
}
