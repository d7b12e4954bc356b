import { lanesOf } from "../../../core/codec/report.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { formatDecimal } from "../../../core/feeds/decimal.ts";
import { feedName } from "../../../core/feeds/feed-name.ts";
import { openGroth16Key } from "../../../core/proof/groth16.ts";
import { checkProof, proofFaultText } from "../../../core/proof/proof-check.ts";
import { type ExportedProof, readProofDocument, reportOf } from "../../../core/proof/proof-document.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { DEVELOPMENT_CHAINS } from "../../config/chain-config.ts";
import { askChain } from "../ask-chain.ts";
import { type ChainFinding, judgeByChain } from "./chain-finding.ts";
import type { ProofFinding } from "./proof-finding.ts";
import type { CeremonyRecord } from "../ceremony-record.ts";
import { circuitOfKey, type KeyCircuit, shapeFault } from "./key-circuit.ts";
import { keyOf } from "./snarkjs-files.ts";

export interface VerifyProofOptions {
  /** The verification key, parsed; by default that of the release's circuit that the document names. */
  readonly key?: unknown;
  /** Of the ceremony that made the key, which says what circuit it is of. */
  readonly ceremony?: CeremonyRecord;
  /** The committee that must have signed. */
  readonly configDigest?: Hex;
  /** Also ask this chain; `registry` is the one that the reader trusts. */
  readonly chain?: { readonly rpc: readonly string[]; readonly registry: Hex };
}

interface JudgeOptions extends VerifyProofOptions {
  /** Of the document's key, where it is known. */
  readonly circuit: KeyCircuit | undefined;
}

export interface VerifiedFeed {
  readonly id: Hex;
  readonly name: string | undefined;
  /** Exact decimal text. */
  readonly value: string;
}

/** What a document says. To be believed only where it is valid. */
export interface StatedReport {
  readonly chainId: bigint;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly configDigest: Hex;
  readonly verificationKeyDigest: Hex;
  readonly sequence: bigint;
  /** Unix seconds. */
  readonly observedAt: number;
  readonly feeds: readonly VerifiedFeed[];
}

export interface ProofVerification {
  readonly valid: boolean;
  readonly fault?: ProofFinding;
  /** Absent where it is no document. */
  readonly report?: StatedReport;
  /** What was looked at and holds, for a person. */
  readonly checked: readonly string[];
  readonly notChecked: readonly string[];
}

/**
 * Verifies an exported proof from its own text and a key, and against a chain where one is named.
 * @param json the parsed document, of any origin.
 * @throws QuorateError where there is no verdict: no key, no answer from the chain.
 */
export async function verifyProof(json: unknown, options: VerifyProofOptions): Promise<ProofVerification> {
  const exported = readDocument(json);
  if ("code" in exported) return { valid: false, fault: exported, checked: [], notChecked: [] };
  const report = statedReport(exported);
  const circuit = circuitOfKey(exported.verificationKeyDigest, options.ceremony);
  const alone = await judgeAlone(exported, { ...options, circuit });
  if (alone.fault !== undefined) return { valid: false, fault: alone.fault, report, checked: [], notChecked: [] };
  const { chain } = options;
  const onChain = chain && (await askChain(chain, (provider) => judgeByChain(exported, { ...chain, provider })));
  const checked = [...alone.checked, ...(onChain?.checked ?? [])];
  if (onChain?.fault !== undefined) return { valid: false, fault: onChain.fault, report, checked, notChecked: [] };
  return { valid: true, report, checked, notChecked: notCheckedOf(exported, { ...options, circuit }) };
}

function readDocument(json: unknown): ExportedProof | ProofFinding {
  try {
    return readProofDocument(json);
  } catch (error) {
    if (!(error instanceof QuorateError) || error.code !== "proof-document-invalid") throw error;
    return { code: "proof-document-invalid", reason: error.message };
  }
}

async function judgeAlone(
  exported: ExportedProof,
  { key: given, configDigest, circuit }: JudgeOptions,
): Promise<ChainFinding> {
  const key = openGroth16Key(given ?? (await keyOf(exported.verificationKeyDigest)));
  const unfit = circuit && circuitFault(exported, circuit);
  if (unfit !== undefined) return { fault: unfit, checked: [] };
  const fault = checkProof(exported, { key, ...(configDigest !== undefined && { configDigest }) });
  if (fault !== undefined) return { fault: { code: fault.code, reason: proofFaultText(fault) }, checked: [] };
  const some = circuit === undefined ? "as many" : String(circuit.shape.k);
  const members = `${some} of the committee's ${exported.configuration.members.length} members`;
  const signed = circuit === undefined ? `${members} as this key's circuit takes signed` : `${members} signed`;
  return {
    checked: [
      `the proof: these are the medians of what ${signed} for this slot`,
      ...(configDigest === undefined ? [] : ["the committee is the one that you named"]),
      ...(circuit === undefined ? [] : [keyText(circuit)]),
    ],
  };
}

function keyText({ name, isDevelopment }: KeyCircuit): string {
  return isDevelopment
    ? `the verification key is this release's, of ${name}: a development key, whose proofs anybody can forge`
    : `the verification key is the one that the named ceremony made for ${name}`;
}

/** What whoever made a key knows of its circuit, and the key alone does not tell. */
function circuitFault(exported: ExportedProof, { name, shape, isDevelopment }: KeyCircuit): ProofFinding | undefined {
  const { domain } = exported;
  const unfit = shapeFault(name, shape, exported);
  if (unfit !== undefined || !isDevelopment) return unfit;
  if (DEVELOPMENT_CHAINS.has(Number(domain.chainId))) return undefined;
  const reason = `the key of ${name} is of the development setup, whose secrets are public: anybody can forge its proofs, and chain ${domain.chainId} is no development chain`;
  return { code: "development-key", reason };
}

function notCheckedOf(exported: ExportedProof, { configDigest, chain, circuit }: JudgeOptions): string[] {
  if (chain !== undefined) {
    const transaction = "whether the hub took this very report, since the document names no transaction";
    return [...(exported.transaction === undefined ? [transaction] : []), NEWER];
  }
  const committee =
    "whether any registry knows this committee: its keys may be anybody's. Add --rpc and --registry, or --configuration";
  const k = 2 * exported.configuration.f + 1;
  const members = `whether this key's circuit takes 2f+1 = ${k} members: of fewer, most may be faulty. Add --ceremony, or --rpc and --registry`;
  return [
    ...(circuit === undefined ? [members] : []),
    ...(configDigest === undefined ? [committee] : []),
    "whether the chain checks this committee's proofs with this verification key: add --rpc and --registry",
    "whether f+1 members signed this very report, since the document has no such signatures, and whether the hub took it: add --rpc and --registry",
    NEWER,
  ];
}

const NEWER = "whether there is a newer report: compare the time of observation with your own limit";

function statedReport(exported: ExportedProof): StatedReport {
  const { domain, configuration, feeds, verificationKeyDigest } = exported;
  const { configDigest, sequence, observedAt } = reportOf(exported);
  return {
    ...{ ...domain, configDigest, verificationKeyDigest, sequence, observedAt },
    feeds: lanesOf(feeds.mask).flatMap((lane) => {
      const [feed, value] = [configuration.feeds[lane], feeds.values[lane]];
      if (feed === undefined || value === undefined) return [];
      return [{ id: feed.id, name: feedName(feed.id), value: formatDecimal(value, feed.decimals) }];
    }),
  };
}
