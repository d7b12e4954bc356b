import { Wallet, concat, getBytes, id, toBeHex } from "ethers";
import { deriveObserverKey } from "../../../core/crypto/eddsa-poseidon.ts";
import type { Configuration, FeedSpec, Member, SignatureScheme } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createSchnorrSigners, type SchnorrSigners } from "../../../scripts/bench/gas/schnorr-signers.ts";

export interface CommitteeOptions {
  readonly n: number;
  readonly f: number;
  readonly feeds: number;
  readonly lanes: number;
  readonly index: number;
  /** W, seconds. */
  readonly window: number;
  /** Another seed gives other keys. */
  readonly seed: string;
  readonly scheme: SignatureScheme;
}

/** A committee whose secrets are known: for tests alone. */
export interface TestCommittee {
  readonly configuration: Configuration;
  readonly signers: readonly Wallet[];
  /** Of a committee with a Schnorr scheme. */
  readonly schnorr?: SchnorrSigners;
}

const DEFAULTS: CommitteeOptions = {
  n: 4,
  f: 1,
  feeds: 8,
  lanes: 8,
  index: 1,
  seed: "quorate",
  window: 10,
  scheme: "ecdsa-quorum",
};

/** Deterministic keys from the seed; every call with equal options gives an equal configuration. */
export function createTestCommittee(options: Partial<CommitteeOptions> = {}): TestCommittee {
  const { n, f, feeds, lanes, index, seed, window, scheme } = { ...DEFAULTS, ...options };
  const signers = Array.from({ length: n }, (_, i) => new Wallet(id(`${seed} signer ${i}`)));
  const schnorr = scheme === "ecdsa-quorum" ? undefined : createSchnorrSigners(scheme, n, seed);
  const configuration: Configuration = {
    index,
    f,
    members: signers.map((signer, i) => createMember(signer, `${seed} ${i}`)),
    feeds: Array.from({ length: feeds }, (_, lane) => createFeed(lane)),
    lanes,
    fuelRules: 1,
    scheme,
    schnorrKeys: schnorr?.keys ?? [],
    timing: {
      deltaRound: 4000,
      deltaGrace: 20,
      deltaProgress: 6000,
      deltaResend: 1000,
      deltaStage: 5000,
      rMax: 100,
      window,
    },
  };
  return { configuration, signers, ...(schnorr && { schnorr }) };
}

/** What the chosen members sign over a digest, as the hub takes it: of an ECDSA committee bitmap ‖ (r, vs) of each. */
export function signaturesOf({ signers, schnorr }: TestCommittee, digest: Hex, members: readonly number[]): Hex {
  if (schnorr !== undefined) return schnorr.sign(digest, members);
  const bitmap = members.reduce((bits, member) => bits | (1n << BigInt(member)), 0n);
  const rising = [...members].sort((a, b) => a - b);
  const compact = rising.map((member) => signers[member]!.signingKey.sign(digest).compactSerialized);
  return concat([toBeHex(bitmap, 4), ...compact]) as Hex;
}

function createMember(signer: Wallet, name: string): Member {
  return {
    signer: signer.address.toLowerCase() as Hex,
    transmitter: new Wallet(id(`${name} transmitter`)).address.toLowerCase() as Hex,
    peerKey: id(`${name} peer`) as Hex,
    observer: deriveObserverKey(getBytes(id(`${name} observer`))).publicKey,
  };
}

function createFeed(lane: number): FeedSpec {
  return {
    id: id(`feed ${lane}`) as Hex,
    decimals: 8,
    min: -(10n ** 20n),
    max: 10n ** 20n,
    heartbeat: 30,
    deviationPpb: 1_000_000,
    moduleDigest: id(`module ${lane}`) as Hex,
  };
}
