import { keccak256, toUtf8Bytes } from "ethers";
import { observationsHash } from "../../../core/codec/observation.ts";
import { reportDigest } from "../../../core/codec/report.ts";
import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { ProposalHeader } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { EdDsaSignature, Observation } from "../../../core/types/observation.ts";
import type { Report, ReportDomain } from "../../../core/types/report.ts";

const VALUE_BITS = 96;

/**
 * Signatures without curves, a stand-in for many simulated rounds: a signature is a mark that its member alone may make,
 * followed by what is signed. Flipping bits makes no other valid one. Nothing but discipline hides the marks: whoever
 * plays a faulty member signs through that member's port.
 */
export function createSymbolicCrypto(self: number, hashes: Hashes): ProtocolCrypto {
  const sign = (member: number, digest: Hex): Hex => `${markOf(member)}${digest.slice(2)}`;
  return {
    ...hashes,
    signObservation: (observation) => ({ observation, signature: observationSignature(self, observation) }),
    verifyObservation({ observer, observation, signature }) {
      const expected = observationSignature(observer, observation);
      return signature.s === expected.s && signature.r8.y === expected.r8.y && signature.r8.x === expected.r8.x;
    },
    signDigest: (digest) => sign(self, digest),
    verifyDigest: (signer, digest, signature) => signature === sign(signer, digest),
  };
}

export type Hashes = Pick<ProtocolCrypto, "observationsHash" | "proposalHeaderDigest" | "reportDigest">;

/** The hashes of one configuration, each computed once: what is hashed never changes in place. */
export function createHashes(domain: ReportDomain): Hashes {
  const observations = new WeakMap<object, Hex>();
  const headers = new Map<string, Hex>();
  const reports = new WeakMap<Report, Hex>();
  return {
    observationsHash: (entries) => remembered(observations, entries, () => observationsHash(entries)),
    proposalHeaderDigest({ sequence, observationsHash }: ProposalHeader) {
      const key = `proposal ${sequence} ${observationsHash}`;
      return remembered(headers, key, () => keccak256(toUtf8Bytes(key)) as Hex);
    },
    reportDigest: (report) => remembered(reports, report, () => reportDigest(report, domain)),
  };
}

/** The answer kept for `key`, or a new one. */
export function remembered<K, V>(
  memory: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  compute: () => V,
): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const value = compute();
  memory.set(key, value);
  return value;
}

const marks = new Map<number, Hex>();
const observerMarks = new Map<number, bigint>();

function markOf(member: number): Hex {
  return remembered(marks, member, () => keccak256(toUtf8Bytes(`signer ${member}`)) as Hex);
}

function observationSignature(member: number, { sequence, feeds, timestamp }: Observation): EdDsaSignature {
  const mark = remembered(observerMarks, member, () => BigInt(keccak256(toUtf8Bytes(`observer ${member}`))));
  const values = feeds.values.reduce(
    (all, value) => (all << BigInt(VALUE_BITS)) | BigInt.asUintN(VALUE_BITS, value),
    0n,
  );
  return { r8: { x: mark, y: (sequence << 64n) | (BigInt(feeds.mask) << 32n) | BigInt(timestamp) }, s: values };
}
