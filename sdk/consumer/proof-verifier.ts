import { feedName } from "../../core/feeds/feed-name.ts";
import { formatDecimal } from "../../core/feeds/decimal.ts";
import { lanesOf, reportDigest } from "../../core/codec/report.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { openGroth16Key } from "../../core/proof/groth16.ts";
import { checkProof, type ProofFault, proofFaultText } from "../../core/proof/proof-check.ts";
import {
  type ExportedProof,
  type ProofDocumentError,
  readProofDocument,
  reportOf,
} from "../../core/proof/proof-document.ts";
import type { Hex } from "../../core/types/hex.ts";

/** What a dApp must know from elsewhere than from the document: its own code, or the chain. */
export interface TrustedCommittee {
  /**
   * Digest of the committee's configuration, which binds chain id, registry, hub, members, their keys, feeds, decimals and window.
   * `CommitteeRegistry.activeDigest()`; it changes when the committee does.
   */
  readonly configDigest: Hex;
  /**
   * Digest of the verification key that the chain checks this committee's proofs with: `verificationKeyDigest()` of the verifier in
   * `CommitteeRegistry.statement(configDigest)`. A key of the development setup proves nothing: its secrets are public.
   */
  readonly verificationKeyDigest: Hex;
}

export interface ProofVerifierOptions {
  readonly trusted: TrustedCommittee;
  /** The key as snarkjs exports it, parsed. It may come from anybody: its digest must be the trusted one. */
  readonly verificationKey: unknown;
}

export interface ProvenFeed {
  /** bytes32. */
  readonly id: Hex;
  /** What the id reads as a short string; undefined where it is none. */
  readonly name: string | undefined;
  /** Scaled by 10^decimals. */
  readonly value: bigint;
  readonly decimals: number;
  /** The value as exact decimal text. */
  readonly text: string;
}

/** What a proof shows. Read values from here, and from nowhere else. */
export interface ProvenReport {
  readonly chainId: bigint;
  readonly hub: Hex;
  readonly configDigest: Hex;
  /** Rises with each report of a committee, and from committee to committee. */
  readonly sequence: bigint;
  /** Unix seconds: the median of the observers' clocks. How old a value may be is for the reader to say. */
  readonly observedAt: number;
  /** EIP-712 digest: what the hub's event `ReportRecorded` tells of a report that f+1 members signed. */
  readonly digest: Hex;
  readonly feeds: readonly ProvenFeed[];
}

export type ProofVerdict =
  | { readonly valid: true; readonly report: ProvenReport }
  /** `reason` is one line for a person. */
  | { readonly valid: false; readonly fault: ProofFault | ProofDocumentError; readonly reason: string };

export interface ProofVerifier {
  /** Judges a parsed document of any origin (`quorate proof export`). Takes some tens of milliseconds; never throws for what it is given. */
  verify(document: unknown): ProofVerdict;
}

export interface ProofVerifierError {
  readonly code: "verification-key-untrusted";
  readonly given: Hex;
  readonly trusted: Hex;
}

/**
 * The one gate between proven reports from anywhere and a dApp, without a chain, a server or a wallet.
 *
 * It trusts `trusted`, its own code, and the assumptions of docs/proof.md, section 4. It takes nothing else on anybody's word: the
 * public signals are computed from the report and the committee, the committee is hashed, the key too.
 *
 * A verdict says that 2f+1 members signed observations whose medians these values are, for this slot. It does not say that f+1
 * members signed this very report or that the chain has it, that the committee is still in force, or that there is no newer report.
 * @throws QuorateError `verification-key-invalid`, or `verification-key-untrusted` where it is another key than the trusted one.
 */
export function createProofVerifier({ trusted, verificationKey }: ProofVerifierOptions): ProofVerifier {
  const key = openGroth16Key(verificationKey);
  const [configDigest, keyDigest] = [lower(trusted.configDigest), lower(trusted.verificationKeyDigest)];
  if (key.digest !== keyDigest) {
    const data = { code: "verification-key-untrusted", given: key.digest, trusted: keyDigest } as const;
    const message = `this verification key has the digest ${data.given}, the trusted one is ${data.trusted}: take the key of the committee's circuit`;
    throw new QuorateError<ProofVerifierError>(data, message);
  }
  return {
    verify(document) {
      const exported = readDocument(document);
      if (exported instanceof QuorateError) return { valid: false, fault: exported.data, reason: exported.message };
      const fault = checkProof(exported, { key, configDigest });
      if (fault !== undefined) return { valid: false, fault, reason: proofFaultText(fault) };
      return { valid: true, report: provenReport(exported) };
    },
  };
}

function readDocument(document: unknown): ExportedProof | QuorateError<ProofDocumentError> {
  try {
    return readProofDocument(document);
  } catch (error) {
    if (error instanceof QuorateError && error.code === "proof-document-invalid")
      return error as QuorateError<ProofDocumentError>;
    throw error;
  }
}

function provenReport(exported: ExportedProof): ProvenReport {
  const { domain, configuration, feeds } = exported;
  const report = reportOf(exported);
  const { sequence, observedAt, configDigest } = report;
  return {
    ...{ chainId: domain.chainId, hub: domain.hub, configDigest, sequence, observedAt },
    digest: reportDigest(report, domain),
    feeds: lanesOf(feeds.mask).flatMap((lane) => {
      const [feed, value] = [configuration.feeds[lane], feeds.values[lane]];
      if (feed === undefined || value === undefined) return [];
      const { id, decimals } = feed;
      return [{ id, name: feedName(id), value, decimals, text: formatDecimal(value, decimals) }];
    }),
  };
}

function lower(hex: Hex): Hex {
  return hex.toLowerCase() as Hex;
}
