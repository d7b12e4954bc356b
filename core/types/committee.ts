import type { Hex } from "./hex.ts";
import type { Point } from "./observation.ts";

/** One registered node. Its index in the committee is its position in the list. */
export interface Member {
  /** secp256k1 address that signs reports and proposals. */
  readonly signer: Hex;
  /** Account that sends transactions. */
  readonly transmitter: Hex;
  /** Ed25519 public key of the libp2p identity, 32 bytes. */
  readonly peerKey: Hex;
  /** BabyJubJub key that signs observations: on curve, in the prime subgroup, not the identity. */
  readonly observer: Point;
}

/** Of a feed's values: more digits of fraction the registry does not admit, and no text of ours has. */
export const MAX_DECIMALS = 18;

/** A named number. Its index in the configuration is its lane in every mask and value vector. */
export interface FeedSpec {
  /** bytes32. The default is the feed's name as a left-aligned short string. */
  readonly id: Hex;
  /** 0…18: reports carry value · 10^decimals. */
  readonly decimals: number;
  /** int96 bounds; a median outside is left out of the report. */
  readonly min: bigint;
  readonly max: bigint;
  /** Seconds after which the feed is transmitted though it did not move. */
  readonly heartbeat: number;
  /** Transmit when the value moved by at least this many parts per billion. */
  readonly deviationPpb: number;
  /** sha256 of the WebAssembly module that observes it. */
  readonly moduleDigest: Hex;
}

/** The protocol's timers. Names as in OCR; milliseconds unless said otherwise. */
export interface Timing {
  readonly deltaRound: number;
  readonly deltaGrace: number;
  readonly deltaProgress: number;
  readonly deltaResend: number;
  readonly deltaStage: number;
  /** Rounds per epoch. */
  readonly rMax: number;
  /** W, seconds: every chosen timestamp lies in observedAt ± W. */
  readonly window: number;
}

/** How the members sign reports, in the order of the contracts' enum. */
export const SIGNATURE_SCHEMES = ["ecdsa-quorum", "schnorr-key-sum", "schnorr-group"] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

/** What all nodes of one configuration share. It lives on chain; its digest binds every message. */
export interface Configuration {
  /** uint16, from 1, rising with each configuration of a registry. */
  readonly index: number;
  /** Tolerated Byzantine nodes, n > 3f. */
  readonly f: number;
  readonly members: readonly Member[];
  readonly feeds: readonly FeedSpec[];
  /** K: lanes of the value vector, at least the number of feeds, at most 256; fixed by the circuit, up to 32, where there is one. */
  readonly lanes: number;
  /** Version of the fuel rules that every node meters with. */
  readonly fuelRules: number;
  readonly timing: Timing;
  readonly scheme: SignatureScheme;
  /** Points of secp256k1: none, one per member, or the group's one. */
  readonly schnorrKeys: readonly Point[];
}

export type CommitteeState = "staged" | "active" | "retired" | "revoked";

/** Where a configuration stands on the chain. */
export interface CommitteeStatus {
  readonly digest: Hex;
  readonly index: number;
  readonly state: CommitteeState;
  /** Unix seconds of the last block that takes its reports; 0 where none does. */
  readonly validUntil: number;
}
