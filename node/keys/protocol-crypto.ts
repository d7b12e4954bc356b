import { observationContext, observationDigest } from "../../core/codec/observation-digest.ts";
import { observationsHash } from "../../core/codec/observation.ts";
import { proposalDigest, reportDigest } from "../../core/codec/report.ts";
import { signCompact, verifyCompact } from "../../core/crypto/ecdsa.ts";
import { createEddsaSigner, verifyEddsaPoseidon } from "../../core/crypto/eddsa-poseidon.ts";
import type { ProtocolCrypto, ProtocolVerifier } from "../../core/ports/protocol-crypto.ts";
import type { Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Observation } from "../../core/types/observation.ts";
import type { ReportDomain } from "../../core/types/report.ts";
import type { NodeSecrets } from "./keystore.ts";

export interface ProtocolCryptoOptions {
  readonly domain: ReportDomain;
  readonly configDigest: Hex;
  readonly members: readonly Member[];
}

/** The protocol's signatures with this node's keys, bound to one configuration of one hub. */
export function createProtocolCrypto(
  options: ProtocolCryptoOptions,
  { secrets }: { secrets: Pick<NodeSecrets, "signer" | "observer"> },
): ProtocolCrypto {
  const { domain, configDigest } = options;
  const sign = createEddsaSigner(secrets.observer);
  return {
    signObservation: (observation) => ({ observation, signature: sign(observationMessage(options, observation)) }),
    ...createProtocolVerifier(options),
    observationsHash,
    proposalHeaderDigest: (header) => proposalDigest({ configDigest, ...header }, domain),
    reportDigest: (report) => reportDigest(report, domain),
    signDigest: (digest) => signCompact(secrets.signer, digest),
  };
}

/** The checks that take no key but the members' public ones. */
export function createProtocolVerifier({ domain, configDigest, members }: ProtocolCryptoOptions): ProtocolVerifier {
  return {
    verifyObservation({ observer, observation, signature }) {
      const member = members[observer];
      const message = observationMessage({ domain, configDigest }, observation);
      return member !== undefined && verifyEddsaPoseidon(member.observer, message, signature);
    },
    verifyDigest(signer, digest, signature) {
      const member = members[signer];
      return member !== undefined && verifyCompact(member.signer, digest, signature);
    },
  };
}

function observationMessage(
  { domain, configDigest }: Pick<ProtocolCryptoOptions, "domain" | "configDigest">,
  { sequence, feeds, timestamp }: Observation,
): bigint {
  return observationDigest(observationContext(domain, configDigest, sequence), feeds, timestamp);
}
