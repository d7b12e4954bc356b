import { getBytes, id, ZeroAddress } from "ethers";
import type { ConfigurationDomain } from "../../../core/codec/configuration.ts";
import { packGroupSignature, packKeySumSignature, possessionDigest } from "../../../core/codec/schnorr-quorum.ts";
import {
  keySumInverse,
  type SchnorrSignature,
  schnorrPublicKey,
  signSchnorr,
  sumOfSecrets,
} from "../../../core/crypto/schnorr.ts";
import type { Member, SignatureScheme } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Point } from "../../../core/types/observation.ts";

/** The Schnorr side of a committee whose secrets this process knows. Worth nothing anywhere else. */
export interface SchnorrSigners {
  readonly keys: readonly Point[];
  readonly secrets: readonly Uint8Array[];
  possessions(domain: ConfigurationDomain, members: readonly Member[]): SchnorrSignature[];
  /** As the hub takes it. @param signers positions of f+1 members; nobody asks who made a group's. */
  sign(digest: Hex, signers: readonly number[]): Hex;
}

export type SchnorrScheme = Exclude<SignatureScheme, "ecdsa-quorum">;

/** @param n members; equal seeds give equal keys. */
export function createSchnorrSigners(scheme: SchnorrScheme, n: number, seed: string): SchnorrSigners {
  const count = scheme === "schnorr-group" ? 1 : n;
  const secrets = Array.from({ length: count }, (_, member) => getBytes(id(`${seed} schnorr ${member}`)));
  const keys = secrets.map(schnorrPublicKey);
  const at = <T>(from: readonly T[], position: number): T => {
    const one = from[position];
    if (one === undefined) throw new RangeError(`member ${position} of ${n}`);
    return one;
  };
  return {
    ...{ keys, secrets },
    possessions: (domain, members) =>
      secrets.map((secret, i) => {
        const signer = scheme === "schnorr-group" ? undefined : members[i]?.signer;
        return signSchnorr(secret, possessionDigest(domain, signer ?? (ZeroAddress as Hex), schnorrPublicKey(secret)));
      }),
    sign(digest, signers) {
      if (scheme === "schnorr-group") return packGroupSignature(signSchnorr(at(secrets, 0), digest));
      const members = signers.toSorted((a, b) => a - b);
      const inverse = keySumInverse(members.map((member) => at(keys, member)));
      if (inverse === undefined) throw new RangeError("these members' keys have no sum");
      const secret = sumOfSecrets(members.map((member) => at(secrets, member)));
      return packKeySumSignature(signSchnorr(secret, digest), { members, inverse });
    },
  };
}
