import { getBytes, hexlify, TypedDataEncoder } from "ethers";
import { assertNever } from "../errors/assert-never.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Configuration } from "../types/committee.ts";
import type { Equivocation, EquivocationKind } from "../types/evidence.ts";
import type { Hex } from "../types/hex.ts";
import type { SignedObservation } from "../types/observation.ts";
import { slotOf, type Slot } from "../types/sequence.ts";
import { configDigest, type ConfigurationDomain, decodeConfiguration, encodeConfiguration } from "./configuration.ts";
import { createFieldReader, requireEqualFields } from "./document-fields.ts";
import { decodeEvidence, encodeEvidence } from "./evidence.ts";
import { observationContext } from "./observation-digest.ts";
import { PROPOSAL_TYPES, REPORT_TYPES, typedDataDomain } from "./report.ts";

export type EvidenceDocumentError =
  /** Not this format, or a field that says something else than the evidence and the configuration in the document do. */
  | { readonly code: "evidence-document-invalid"; readonly field: string }
  | { readonly code: "evidence-unknown-member"; readonly member: number; readonly members: number };

export const EVIDENCE_FORMAT = "quorate.evidence.v1";

const reader = createFieldReader(invalid);

/** Evidence with all that somebody elsewhere needs to understand it and to verify it. */
export interface ExportedEvidence {
  readonly evidence: Equivocation;
  readonly configuration: Configuration;
  readonly domain: ConfigurationDomain;
}

/** Plain JSON. Everything follows from `chainId`, `registry`, `hub`, `configuration` and `evidence`; the rest is for readers. */
export interface EvidenceDocument {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly kind: EquivocationKind;
  readonly member: number;
  /** The member's address; it signed proposals and reports itself. */
  readonly signer: Hex;
  readonly slot: Slot;
  /** Decimal, as all integers beyond 2⁵³. */
  readonly sequence: string;
  readonly chainId: string;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly configDigest: Hex;
  readonly first: SideDocument;
  readonly second: SideDocument;
  /** ABI-encoded, as the registry keeps it: with the three above it hashes to `configDigest`. */
  readonly configuration: Hex;
  /** The bytes of `encodeEvidence`. */
  readonly evidence: Hex;
}

type SideDocument =
  | {
      /** As `eth_signTypedData_v4` takes it. */
      readonly typedData: unknown;
      /** EIP-712. */
      readonly digest: string;
      /** 64 bytes, EIP-2098. */
      readonly signature: Hex;
    }
  | {
      /** Signed is Poseidon(context, Poseidon chain of (mask, values), timestamp): docs/protocol.md, section 8. */
      readonly observation: {
        readonly context: string;
        readonly mask: number;
        readonly values: readonly string[];
        readonly timestamp: number;
      };
      /** BabyJubJub key of the member. */
      readonly observer: PointDocument;
      readonly signature: { readonly r8: PointDocument; readonly s: string };
    };

interface PointDocument {
  readonly x: string;
  readonly y: string;
}

/**
 * The document of a piece of evidence. Signatures are not verified here: see `checkEvidence`.
 * @throws QuorateError<EvidenceDocumentError> `evidence-unknown-member` where the committee has no such member.
 */
export function evidenceDocument(exported: ExportedEvidence): EvidenceDocument {
  const { evidence, configuration, domain } = exported;
  const { kind, member, sequence } = evidence;
  const [first, second] = sidesOf(exported);
  return {
    ...{ format: EVIDENCE_FORMAT, kind, member, signer: memberOf(exported).signer.toLowerCase() as Hex },
    ...{ slot: slotOf(sequence), sequence: sequence.toString() },
    ...{ chainId: domain.chainId.toString(), registry: domain.registry, hub: domain.hub },
    ...{ configDigest: configDigest(configuration, domain), first, second },
    ...{ configuration: encodeConfiguration(configuration), evidence: hexlify(encodeEvidence(evidence)) as Hex },
  };
}

/**
 * Reads what `evidenceDocument` made. Every field must say what follows from the evidence and the configuration in it, so
 * that nobody is shown one thing and verifies another; fields that the format does not know are not looked at. That the
 * signatures hold, and that the configuration is one of the registry's, is for the caller to check.
 * @param json the parsed document, of any origin.
 * @throws QuorateError<EvidenceDocumentError> that names the field.
 */
export function readEvidenceDocument(json: unknown): ExportedEvidence {
  const given = reader.object(json, "format");
  if (given.format !== EVIDENCE_FORMAT) throw invalid("format", `it must be "${EVIDENCE_FORMAT}"`);
  const domain = {
    chainId: reader.decimal(given, "chainId"),
    registry: reader.hex(given, "registry", 20),
    hub: reader.hex(given, "hub", 20),
  };
  const exported: ExportedEvidence = {
    domain,
    evidence: reader.decoded("evidence", () => decodeEvidence(getBytes(reader.hex(given, "evidence")))),
    configuration: reader.decoded("configuration", () => decodeConfiguration(reader.hex(given, "configuration"))),
  };
  requireEqualFields(evidenceDocument(exported), given, invalid);
  return exported;
}

function sidesOf(exported: ExportedEvidence): readonly [SideDocument, SideDocument] {
  const { evidence } = exported;
  switch (evidence.kind) {
    case "proposal": {
      const digest = configDigest(exported.configuration, exported.domain);
      const side = ({ signature, ...header }: typeof evidence.first) =>
        typedSide(exported, { types: PROPOSAL_TYPES, message: { configDigest: digest, ...header }, signature });
      return [side(evidence.first), side(evidence.second)];
    }
    case "report": {
      const side = ({ report, signature }: typeof evidence.first) =>
        typedSide(exported, { types: REPORT_TYPES, message: report, signature });
      return [side(evidence.first), side(evidence.second)];
    }
    case "observation":
      return [observationSide(exported, evidence.first), observationSide(exported, evidence.second)];
    default:
      return assertNever(evidence);
  }
}

interface TypedStatement {
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly message: object;
  readonly signature: Hex;
}

function typedSide({ domain }: ExportedEvidence, { types, message, signature }: TypedStatement): SideDocument {
  const fields = message as Record<string, unknown>;
  const typedData: unknown = TypedDataEncoder.getPayload(typedDataDomain(domain), types, fields);
  return { typedData, digest: TypedDataEncoder.hash(typedDataDomain(domain), types, fields), signature };
}

function observationSide(exported: ExportedEvidence, { observation, signature }: SignedObservation): SideDocument {
  const { sequence, feeds, timestamp } = observation;
  const digest = configDigest(exported.configuration, exported.domain);
  const context = observationContext(exported.domain, digest, sequence).toString();
  return {
    observation: { context, mask: feeds.mask, values: feeds.values.map(String), timestamp },
    observer: pointDocument(memberOf(exported).observer),
    signature: { r8: pointDocument(signature.r8), s: signature.s.toString() },
  };
}

function memberOf({ evidence, configuration }: ExportedEvidence) {
  const { members } = configuration;
  const member = members[evidence.member];
  if (member !== undefined) return member;
  const data = { code: "evidence-unknown-member", member: evidence.member, members: members.length } as const;
  const message = `the committee has no member ${evidence.member}: is this evidence of another configuration?`;
  throw new QuorateError<EvidenceDocumentError>(data, message);
}

function pointDocument({ x, y }: { x: bigint; y: bigint }): PointDocument {
  return { x: x.toString(), y: y.toString() };
}

function invalid(field: string, why: string, options?: ErrorOptions): QuorateError<EvidenceDocumentError> {
  const message = `this is no evidence that quorate evidence export wrote (${field}: ${why}): export it anew`;
  return new QuorateError({ code: "evidence-document-invalid", field }, message, options);
}
