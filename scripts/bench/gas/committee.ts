import { computeAddress, getBytes, hexlify, id } from "ethers";
import { observationContext, observationDigest } from "../../../core/codec/observation-digest.ts";
import type { ConfigurationDomain } from "../../../core/codec/configuration.ts";
import { packSignatures } from "../../../core/codec/signature-quorum.ts";
import { signCompact } from "../../../core/crypto/ecdsa.ts";
import type { SchnorrSignature } from "../../../core/crypto/schnorr.ts";
import { deriveObserverKey, signEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import type { Configuration, Member, SignatureScheme } from "../../../core/types/committee.ts";
import type { MemberSignature } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";
import type { ReportDomain } from "../../../core/types/report.ts";
import { DEVELOPMENT_TIMING, feedSpec, RECORDED_FEEDS, type RecordedFeed } from "../../devnet/feeds.ts";
import { createSchnorrSigners } from "./schnorr-signers.ts";

export interface CommitteeSize {
  readonly n: number;
  readonly f: number;
  readonly feeds: number;
  /** K of the value vector, at least the feeds. */
  readonly lanes: number;
  /** ECDSA unless given. */
  readonly scheme?: SignatureScheme;
}

/** A committee whose secrets this process knows, so that it can sign for all members. Worth nothing anywhere else. */
export interface BenchCommittee {
  readonly configuration: Configuration;
  signObservation(observer: number, observation: Observation, slot: SlotDomain): AttributedObservation;
  signReport(signer: number, digest: Hex): MemberSignature;
  /** What f+1 members sign over a digest, as the hub takes it. */
  sign(digest: Hex): Hex;
  /** What registering their Schnorr keys takes. */
  possessions(domain: ConfigurationDomain): SchnorrSignature[];
}

export interface SlotDomain {
  readonly domain: ReportDomain;
  readonly configDigest: Hex;
}

const MODULE_DIGEST = id("bench module") as Hex;

/** Equal sizes give equal keys. */
export function createBenchCommittee({ n, f, feeds, lanes, scheme = "ecdsa-quorum" }: CommitteeSize): BenchCommittee {
  const schnorr = scheme === "ecdsa-quorum" ? undefined : createSchnorrSigners(scheme, n, "bench");
  const secrets = Array.from({ length: n }, (_, member) => ({
    signer: getBytes(id(`bench signer ${member}`)),
    observer: getBytes(id(`bench observer ${member}`)),
  }));
  const secretOf = (member: number) => {
    const secret = secrets[member];
    if (secret === undefined) throw new RangeError(`member ${member} of ${n}`);
    return secret;
  };
  const members = secrets.map(memberOf);
  const signReport: BenchCommittee["signReport"] = (signer, digest) => ({
    signer,
    signature: signCompact(secretOf(signer).signer, digest),
  });
  // The members' middle: neither the cheapest bitmap nor the dearest.
  const quorum = Array.from({ length: f + 1 }, (_, i) => Math.floor((n - f - 1) / 2) + i);
  return {
    configuration: {
      ...{ index: 1, f, lanes, fuelRules: 1, timing: DEVELOPMENT_TIMING, scheme, schnorrKeys: schnorr?.keys ?? [] },
      members,
      feeds: Array.from({ length: feeds }, (_, lane) => feedSpec(feedAt(lane), MODULE_DIGEST)),
    },
    sign: (digest) =>
      schnorr?.sign(digest, quorum) ?? packSignatures(quorum.map((signer) => signReport(signer, digest))),
    possessions: (domain) => schnorr?.possessions(domain, members) ?? [],
    signReport,
    signObservation(observer, observation, { domain, configDigest }) {
      const { sequence, feeds, timestamp } = observation;
      const message = observationDigest(observationContext(domain, configDigest, sequence), feeds, timestamp);
      return { observer, observation, signature: signEddsaPoseidon(secretOf(observer).observer, message) };
    },
  };
}

/** Beyond the recorded ones: a feed like the first, with a name of its own. */
function feedAt(lane: number): RecordedFeed {
  const [first] = RECORDED_FEEDS;
  if (first === undefined) throw new TypeError("there are recorded feeds");
  return RECORDED_FEEDS[lane] ?? { ...first, name: `BENCH/${lane}` };
}

function memberOf({ signer, observer }: { signer: Uint8Array; observer: Uint8Array }, member: number): Member {
  return {
    signer: computeAddress(hexlify(signer)).toLowerCase() as Hex,
    transmitter: computeAddress(id(`bench transmitter ${member}`)).toLowerCase() as Hex,
    peerKey: id(`bench peer ${member}`) as Hex,
    observer: deriveObserverKey(observer).publicKey,
  };
}
