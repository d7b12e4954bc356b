import type { Hex } from "./hex.ts";

/**
 * A vector of feed values in the canonical feed order of one configuration.
 * Bit q of `mask` says whether feed q is present; `values` always holds K entries, 0 where the bit is unset.
 */
export interface FeedValues {
  /** uint32 bit set. */
  readonly mask: number;
  /** K integers in the int96 range, each scaled by its feed's decimals. */
  readonly values: readonly bigint[];
}

/** What one node saw in one round. */
export interface Observation {
  /** The slot: see `core/types/sequence.ts`. */
  readonly sequence: bigint;
  readonly feeds: FeedValues;
  /** Unix seconds, uint32. */
  readonly timestamp: number;
  /** keccak256 over the digests of the source responses; ties an observation to replayable inputs. Not signed. */
  readonly inputsDigest: Hex;
  /** Fuel spent by all modules of this observation. Not signed. */
  readonly fuel: bigint;
}

/** An affine point of BabyJubJub in circomlib's twisted Edwards form. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** EdDSA over Poseidon as circomlib verifies it: S·Base8 = R8 + h·8·A. */
export interface EdDsaSignature {
  readonly r8: Point;
  readonly s: bigint;
}

export interface SignedObservation {
  readonly observation: Observation;
  readonly signature: EdDsaSignature;
}

/** A signed observation with the committee index of the node that made it. */
export interface AttributedObservation extends SignedObservation {
  readonly observer: number;
}
