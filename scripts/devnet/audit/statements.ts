import { DatabaseSync } from "node:sqlite";
import { decodeEvidence } from "../../../core/codec/evidence.ts";
import { ByteReader } from "../../../core/codec/byte-reader.ts";
import { readFinal } from "../../../core/codec/final.ts";
import { observationsHash } from "../../../core/codec/observation.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import { decodeMessage } from "../../../core/consensus/wire.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Observation } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";
import { slotOf } from "../../../core/types/sequence.ts";

/** What one member said for one slot, and where that was found. */
export interface SignedStatement {
  readonly configDigest: Hex;
  readonly member: number;
  readonly kind: "observation" | "proposal" | "prepare" | "report";
  readonly sequence: bigint;
  /** What the signature covers, as text: equal for two signatures over the same. */
  readonly content: string;
  /** The node, or the chain, that vouches for it. */
  readonly source: string;
}

export interface StatementSource {
  /** Name of the node. */
  readonly source: string;
  /** Its database. */
  readonly file: string;
  /** Its place in this committee; undefined if it has none. */
  readonly member: number | undefined;
  readonly committee: AuditedCommittee;
}

export interface AuditedCommittee {
  readonly digest: Hex;
  readonly n: number;
  readonly f: number;
  readonly lanes: number;
}

type Said = Omit<SignedStatement, "configDigest" | "source">;

/**
 * Everything that a node's database tells about who signed what in one configuration: what the node itself sent, the
 * headers of the proposals that it answered, the finals that it holds with their observations and signatures, and the
 * evidence that it kept. The database is read without the node's help.
 */
export function readStatements({ source, file, member, committee }: StatementSource): SignedStatement[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = (table: string) =>
    database.prepare(`SELECT bytes FROM ${table} WHERE config = ?`).all(committee.digest) as { bytes: Uint8Array }[];
  try {
    const said = [
      ...(member === undefined ? [] : rows("binding").flatMap(({ bytes }) => fromBinding(bytes, member, committee))),
      ...rows("final").flatMap(({ bytes }) => fromFinal(readFinal(new ByteReader(bytes), committee.lanes))),
      ...rows("evidence").flatMap(({ bytes }) => fromEvidence(decodeEvidence(bytes))),
    ];
    return said.map((statement) => ({ ...statement, configDigest: committee.digest, source }));
  } finally {
    database.close();
  }
}

/** The members whose signatures a report on the chain carries. */
export function statementsOnChain(report: Report, signers: readonly number[]): SignedStatement[] {
  const { configDigest } = report;
  return signers.map((member) => ({ ...reportBy(member, report), configDigest, source: "the chain" }));
}

function fromBinding(bytes: Uint8Array, member: number, committee: AuditedCommittee): Said[] {
  const message = decodeMessage(bytes, committee);
  return message === undefined ? [] : fromMessage(message, member, committee);
}

function fromMessage(message: Message, member: number, { digest, n }: AuditedCommittee): Said[] {
  switch (message.kind) {
    case "observation":
      return [observationBy(member, message.observation)];
    case "proposal": {
      const { sequence, observations } = message;
      return [proposalBy(member, { sequence, observationsHash: observationsHash(observations) })];
    }
    case "prepare": {
      const { sequence, digest: content } = message;
      const leader = leaderOf(slotOf(sequence).epoch, { n, configDigest: digest });
      return [{ member, kind: "prepare", sequence, content }, proposalBy(leader, message)];
    }
    case "signature":
      return [reportBy(member, message.report)];
    // These bind nobody, and are not stored.
    case "new-epoch":
    case "round-start":
    case "final":
    case "final-request":
      return [];
  }
}

function fromFinal({ report, observations, signatures }: FinalReport): Said[] {
  return [
    ...observations.map(({ observer, observation }) => observationBy(observer, observation)),
    ...signatures.map(({ signer }) => reportBy(signer, report)),
  ];
}

function fromEvidence(evidence: Equivocation): Said[] {
  const { kind, member } = evidence;
  switch (kind) {
    case "observation":
      return [evidence.first, evidence.second].map(({ observation }) => observationBy(member, observation));
    case "proposal":
      return [evidence.first, evidence.second].map((header) => proposalBy(member, header));
    case "report":
      return [evidence.first, evidence.second].map(({ report }) => reportBy(member, report));
  }
}

/** Of an observation the values and the time are signed. */
function observationBy(member: number, { sequence, feeds, timestamp }: Observation): Said {
  return { member, kind: "observation", sequence, content: `${timestamp} ${feeds.mask} ${feeds.values.join()}` };
}

function proposalBy(member: number, header: { sequence: bigint; observationsHash: Hex }): Said {
  return { member, kind: "proposal", sequence: header.sequence, content: header.observationsHash };
}

function reportBy(member: number, { sequence, observedAt, feedsRoot, valuesHash }: Report): Said {
  return { member, kind: "report", sequence, content: `${observedAt} ${feedsRoot} ${valuesHash}` };
}
