import { keccak256, toUtf8Bytes } from "ethers";
import { observationsHash } from "../../../core/codec/observation.ts";
import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";

const digestOf = (text: string) => keccak256(toUtf8Bytes(text)) as Hex;

function observationMark(member: number, { sequence, feeds, timestamp }: Observation): bigint {
  return BigInt(digestOf(`observation ${member} ${sequence} ${feeds.mask} ${feeds.values.join()} ${timestamp}`)) >> 8n;
}

function signatureOf(member: number, digest: Hex): Hex {
  const half = digestOf(`signature ${member} ${digest}`);
  return `${half}${half.slice(2)}`;
}

/** Signatures that only their member's own port makes, without the cost of curves: a stand-in for many simulated rounds. */
export function createSymbolicCrypto(member: number): ProtocolCrypto {
  return {
    signObservation: (observation) => ({
      observation,
      signature: { r8: { x: 0n, y: 1n }, s: observationMark(member, observation) },
    }),
    verifyObservation: ({ observer, observation, signature }: AttributedObservation) =>
      signature.s === observationMark(observer, observation),
    proposalDigest: (sequence, observations) => digestOf(`proposal ${sequence} ${observationsHash(observations)}`),
    signDigest: (digest) => signatureOf(member, digest),
    verifyDigest: (signer, digest, signature) => signature === signatureOf(signer, digest),
  };
}
