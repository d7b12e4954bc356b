import {
  configDigest,
  type ConfigurationDomain,
  decodeConfiguration,
  encodeConfiguration,
} from "../codec/configuration.ts";
import { createFieldReader, type DocumentFields, readDecimal, requireEqualFields } from "../codec/document-fields.ts";
import { createReport, lanesOf, reportDigest } from "../codec/report.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Groth16Proof } from "../ports/prover.ts";
import { type Configuration, MAX_DECIMALS } from "../types/committee.ts";
import type { Hex } from "../types/hex.ts";
import type { FeedValues } from "../types/observation.ts";
import type { Report } from "../types/report.ts";
import { slotOf, type Slot } from "../types/sequence.ts";
import { publicBinding, statementVector } from "./public-binding.ts";

export interface ProofDocumentError {
  /** Not this format, or a field that says something else than the report and the configuration in the document do. */
  readonly code: "proof-document-invalid";
  readonly field: string;
}

export const PROOF_FORMAT = "quorate.proof.v1";

/** A proven report with all that somebody elsewhere needs to verify it, but for the verification key. */
export interface ExportedProof {
  readonly domain: ConfigurationDomain;
  readonly configuration: Configuration;
  readonly sequence: bigint;
  /** Unix seconds. */
  readonly observedAt: number;
  readonly feeds: FeedValues;
  /** Members that the circuit has room for: the key list is padded to it. */
  readonly nMax: number;
  /** Of the key that the proof is said to satisfy. */
  readonly verificationKeyDigest: Hex;
  readonly proof: Groth16Proof;
  /** Hash of the transaction that proved it on its chain, where it is known. */
  readonly transaction?: Hex;
}

type PairDocument = readonly [string, string];

/**
 * Plain JSON; integers beyond 2⁵³ are decimal text. Everything follows from `chainId`, `registry`, `hub`, `configuration`,
 * `sequence`, `observedAt`, `mask`, `values`, `circuit` and `proof`; the rest is for readers, and must fit.
 */
export interface ProofDocument {
  readonly format: typeof PROOF_FORMAT;
  readonly chainId: string;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly configDigest: Hex;
  readonly slot: Slot;
  readonly sequence: string;
  readonly observedAt: number;
  readonly mask: number;
  /** One per lane, 0 where the mask has no bit. */
  readonly values: readonly string[];
  /** The present ones: the value is `value` / 10^`decimals`. */
  readonly feeds: readonly { readonly id: Hex; readonly decimals: number; readonly value: string }[];
  readonly report: { readonly feedsRoot: Hex; readonly valuesHash: Hex; /** EIP-712. */ readonly digest: Hex };
  /** `window` in seconds. */
  readonly committee: { readonly n: number; readonly f: number; readonly window: number };
  readonly circuit: {
    readonly nMax: number;
    readonly k: number;
    readonly lanes: number;
    readonly verificationKeyDigest: Hex;
  };
  /** C, x, y: see docs/protocol.md, section 12. */
  readonly publicSignals: readonly string[];
  /** In the order of the Solidity verifier: of b's coordinates the imaginary part first. */
  readonly proof: {
    readonly a: PairDocument;
    readonly b: readonly [PairDocument, PairDocument];
    readonly c: PairDocument;
  };
  /** ABI-encoded, as the registry keeps it: with chain, registry and hub it hashes to `configDigest`. */
  readonly configuration: Hex;
  readonly transaction?: Hex;
}

/** Above any configuration that can be proven: 31 members and 32 feeds take 13 kB. */
const MAX_CONFIGURATION_BYTES = 32_768;
/** A uint8 on the chain. */
const MAX_MEMBERS = 255;
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_UINT64 = 2n ** 64n - 1n;

const reader = createFieldReader(invalid);

/** The report that a proof is about, with the hashes that its values lead to. Throws as `createReport`. */
export function reportOf({ domain, configuration, sequence, observedAt, feeds }: ExportedProof): Report {
  const slot = { configDigest: configDigest(configuration, domain), sequence };
  return createReport(slot, { feeds, feedIds: configuration.feeds.map(({ id }) => id), observedAt });
}

/** C, x, y, from the report's and the committee's own data: never what somebody states. Throws as `statementVector`. */
export function publicSignalsOf(exported: ExportedProof): readonly [bigint, bigint, bigint] {
  const { domain, configuration, feeds, nMax } = exported;
  const observerKeys = configuration.members.map(({ observer }) => observer);
  const { window } = configuration.timing;
  const w = statementVector({ domain, report: reportOf(exported), feeds, observerKeys, window }, { nMax });
  const { commitment, x, y } = publicBinding(w);
  return [commitment, x, y];
}

/** The document of a proven report. Whether the proof holds is not looked at: see `checkProof`. Throws as `createReport` and `statementVector`. */
export function proofDocument(exported: ExportedProof): ProofDocument {
  const { domain, configuration, sequence, observedAt, feeds, nMax, verificationKeyDigest, transaction } = exported;
  const { feedsRoot, valuesHash, configDigest: digest } = reportOf(exported);
  const report = { configDigest: digest, sequence, observedAt, feedsRoot, valuesHash };
  const { f, lanes, members, timing } = configuration;
  return {
    ...{ format: PROOF_FORMAT, chainId: domain.chainId.toString(), registry: domain.registry, hub: domain.hub },
    ...{ configDigest: digest, slot: slotOf(sequence), sequence: sequence.toString(), observedAt },
    ...{ mask: feeds.mask, values: feeds.values.map(String), feeds: presentFeeds(exported) },
    report: { feedsRoot, valuesHash, digest: reportDigest(report, domain) },
    committee: { n: members.length, f, window: timing.window },
    circuit: { nMax, k: 2 * f + 1, lanes, verificationKeyDigest },
    publicSignals: publicSignalsOf(exported).map(String),
    proof: pointDocuments(exported.proof),
    configuration: encodeConfiguration(configuration),
    ...(transaction !== undefined && { transaction }),
  };
}

/**
 * Reads what `proofDocument` made. Every field must say what follows from the others, so that nobody is shown one value and
 * verifies another; fields that the format does not know are not looked at. Nothing is proven by that: see `checkProof`.
 * @param json the parsed document, of any origin.
 * @throws QuorateError<ProofDocumentError> that names the field.
 */
export function readProofDocument(json: unknown): ExportedProof {
  const given = reader.object(json, "format");
  if (given.format !== PROOF_FORMAT) throw invalid("format", `it must be "${PROOF_FORMAT}"`);
  const circuit = reader.object(given.circuit, "circuit");
  const exported: ExportedProof = {
    domain: {
      chainId: reader.decimal(given, "chainId"),
      registry: reader.hex(given, "registry", 20),
      hub: reader.hex(given, "hub", 20),
    },
    configuration: configurationOf(given),
    sequence: sequenceOf(given),
    observedAt: integer(given, "observedAt", MAX_UINT32),
    feeds: { mask: integer(given, "mask", MAX_UINT32), values: valuesOf(given) },
    nMax: integer(circuit, "nMax", MAX_MEMBERS),
    verificationKeyDigest: reader.hex(circuit, "verificationKeyDigest", 32),
    proof: proofOf(given),
    ...(given.transaction !== undefined && { transaction: reader.hex(given, "transaction", 32) }),
  };
  requireConsistent(exported);
  reader.decoded("values", () => reportOf(exported));
  const expected = reader.decoded("configuration", () => proofDocument(exported));
  requireEqualFields(expected, given, invalid);
  return exported;
}

/** What the hashes and the statement could not be computed from. */
function requireConsistent({ configuration, feeds, observedAt, nMax }: ExportedProof): void {
  const { members, lanes, timing } = configuration;
  if (configuration.feeds.some(({ decimals }) => decimals > MAX_DECIMALS))
    throw invalid("configuration", `its feeds must have at most ${MAX_DECIMALS} decimals`);
  if (feeds.values.length !== lanes) throw invalid("values", `it must have the configuration's ${lanes} lanes`);
  if (members.length < 1 || members.length > nMax)
    throw invalid("circuit.nMax", `the committee has ${members.length} members`);
  if (observedAt < timing.window) throw invalid("observedAt", `it must be at least the window, ${timing.window} s`);
}

function configurationOf(given: DocumentFields): Configuration {
  const encoded = reader.hex(given, "configuration");
  if (encoded.length > 2 + 2 * MAX_CONFIGURATION_BYTES)
    throw invalid("configuration", `it must be at most ${MAX_CONFIGURATION_BYTES} bytes`);
  return reader.decoded("configuration", () => decodeConfiguration(encoded));
}

function sequenceOf(given: DocumentFields): bigint {
  const sequence = reader.decimal(given, "sequence");
  if (sequence > MAX_UINT64) throw invalid("sequence", "it must be a uint64");
  return sequence;
}

function valuesOf({ values }: DocumentFields): bigint[] {
  const isText = (value: unknown): value is string => typeof value === "string" && /^-?\d{1,29}$/.test(value);
  if (Array.isArray(values) && values.every(isText)) return values.map(BigInt);
  throw invalid("values", "it must be a list of int96 as decimal text");
}

function integer(given: DocumentFields, field: string, max: number): number {
  const value = given[field];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw invalid(field, `it must be a whole number up to ${max}`);
}

function proofOf(given: DocumentFields): Groth16Proof {
  const { a, b, c } = reader.object(given.proof, "proof");
  if (!Array.isArray(b) || b.length !== 2) throw invalid("proof.b", NO_POINT);
  return { a: pair(a, "proof.a"), b: [pair(b[0], "proof.b"), pair(b[1], "proof.b")], c: pair(c, "proof.c") };
}

const NO_POINT = "it must be a point: two coordinates as decimal text, for b two of each";

function pair(value: unknown, field: string): readonly [bigint, bigint] {
  const [first, second] = Array.isArray(value) && value.length === 2 ? value.map(readDecimal) : [];
  if (first === undefined || second === undefined) throw invalid(field, NO_POINT);
  return [first, second];
}

function presentFeeds({ configuration, feeds }: ExportedProof): ProofDocument["feeds"] {
  return lanesOf(feeds.mask).flatMap((lane) => {
    const [feed, value] = [configuration.feeds[lane], feeds.values[lane]];
    return feed === undefined || value === undefined
      ? []
      : [{ id: feed.id, decimals: feed.decimals, value: value.toString() }];
  });
}

function pointDocuments({ a, b, c }: Groth16Proof): ProofDocument["proof"] {
  const texts = ([first, second]: readonly [bigint, bigint]): PairDocument => [first.toString(), second.toString()];
  return { a: texts(a), b: [texts(b[0]), texts(b[1])], c: texts(c) };
}

function invalid(field: string, why: string, options?: ErrorOptions): QuorateError<ProofDocumentError> {
  const message = `this is no proof that quorate proof export wrote (${field}: ${why}): export it anew`;
  return new QuorateError({ code: "proof-document-invalid", field }, message, options);
}
