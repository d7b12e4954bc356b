import { computeAddress, getBytes, hexlify, id } from "ethers";
import { observationContext, observationDigest } from "../../../core/codec/observation-digest.ts";
import { signCompact } from "../../../core/crypto/ecdsa.ts";
import { deriveObserverKey, signEddsaPoseidon } from "../../../core/crypto/eddsa-poseidon.ts";
import type { Configuration, Member } from "../../../core/types/committee.ts";
import type { MemberSignature } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";
import type { ReportDomain } from "../../../core/types/report.ts";
import { DEVELOPMENT_TIMING, feedSpec, RECORDED_FEEDS } from "../../devnet/feeds.ts";

export interface CommitteeSize {
  readonly n: number;
  readonly f: number;
  readonly feeds: number;
  /** K of the value vector, at least the feeds. */
  readonly lanes: number;
}

/** A committee whose secrets this process knows, so that it can sign for all members. Worth nothing anywhere else. */
export interface BenchCommittee {
  readonly configuration: Configuration;
  signObservation(observer: number, observation: Observation, slot: SlotDomain): AttributedObservation;
  signReport(signer: number, digest: Hex): MemberSignature;
}

export interface SlotDomain {
  readonly domain: ReportDomain;
  readonly configDigest: Hex;
}

const MODULE_DIGEST = id("bench module") as Hex;

/** Equal sizes give equal keys. */
export function createBenchCommittee({ n, f, feeds, lanes }: CommitteeSize): BenchCommittee {
  const secrets = Array.from({ length: n }, (_, member) => ({
    signer: getBytes(id(`bench signer ${member}`)),
    observer: getBytes(id(`bench observer ${member}`)),
  }));
  const secretOf = (member: number) => {
    const secret = secrets[member];
    if (secret === undefined) throw new RangeError(`member ${member} of ${n}`);
    return secret;
  };
  return {
    configuration: {
      ...{ index: 1, f, lanes, fuelRules: 1, timing: DEVELOPMENT_TIMING, scheme: "ecdsa-quorum", schnorrKeys: [] },
      members: secrets.map(memberOf),
      feeds: RECORDED_FEEDS.slice(0, feeds).map((feed) => feedSpec(feed, MODULE_DIGEST)),
    },
    signObservation(observer, observation, { domain, configDigest }) {
      const { sequence, feeds, timestamp } = observation;
      const message = observationDigest(observationContext(domain, configDigest, sequence), feeds, timestamp);
      return { observer, observation, signature: signEddsaPoseidon(secretOf(observer).observer, message) };
    },
    signReport: (signer, digest) => ({ signer, signature: signCompact(secretOf(signer).signer, digest) }),
  };
}

function memberOf({ signer, observer }: { signer: Uint8Array; observer: Uint8Array }, member: number): Member {
  return {
    signer: computeAddress(hexlify(signer)).toLowerCase() as Hex,
    transmitter: computeAddress(id(`bench transmitter ${member}`)).toLowerCase() as Hex,
    peerKey: id(`bench peer ${member}`) as Hex,
    observer: deriveObserverKey(observer).publicKey,
  };
}
