import { id } from "ethers";
import { configDigest, type ConfigurationDomain } from "../../core/codec/configuration.ts";
import type { EvidenceScope } from "../../core/codec/evidence-check.ts";
import { evidenceDocument, type EvidenceDocument } from "../../core/codec/evidence-document.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { AttributedObservation, SignedObservation } from "../../core/types/observation.ts";
import type { Report } from "../../core/types/report.ts";
import { createProtocolFixture, fixtureSequence, type ProtocolFixture } from "./protocol-fixture.ts";

const EVIDENCE_DOMAIN: ConfigurationDomain = {
  chainId: 31337n,
  registry: `0x${"11".repeat(20)}`,
  hub: `0x${"22".repeat(20)}`,
};

export const EVIDENCE_VECTORS = new URL("../vectors/evidence.json", import.meta.url);

/** A committee whose members contradict themselves on request: for tests alone. */
export interface EvidenceFixture {
  readonly protocol: ProtocolFixture;
  readonly configuration: Configuration;
  readonly domain: ConfigurationDomain;
  readonly configDigest: Hex;
  readonly scope: EvidenceScope;
  proposals(member: number, sequence?: bigint): Extract<Equivocation, { kind: "proposal" }>;
  reports(member: number, sequence?: bigint): Extract<Equivocation, { kind: "report" }>;
  observations(member: number, sequence?: bigint): Extract<Equivocation, { kind: "observation" }>;
}

/** Keys, and so all signatures, follow from the member's index: equal code gives equal bytes. */
export async function createEvidenceFixture(domain = EVIDENCE_DOMAIN): Promise<EvidenceFixture> {
  const { configuration } = await createProtocolFixture();
  const digest = configDigest(configuration, domain);
  const protocol = await createProtocolFixture({ domain, configDigest: digest });
  const usual = fixtureSequence(7);
  const headerOf = (member: number, header: { sequence: bigint; observationsHash: Hex }) => {
    const crypto = protocol.cryptoOf(member);
    return { ...header, signature: crypto.signDigest(crypto.proposalHeaderDigest(header)) };
  };
  const signReport = (member: number, report: Report) => {
    const crypto = protocol.cryptoOf(member);
    return { report, signature: crypto.signDigest(crypto.reportDigest(report)) };
  };
  return {
    ...{
      protocol,
      configuration,
      domain,
      configDigest: digest,
      scope: { configuration, configDigest: digest, domain },
    },
    proposals: (member, sequence = usual) => ({
      ...{ kind: "proposal", member, sequence },
      first: headerOf(member, { sequence, observationsHash: id("one choice") as Hex }),
      second: headerOf(member, { sequence, observationsHash: id("another choice") as Hex }),
    }),
    reports(member, sequence = usual) {
      const { report } = protocol.final(sequence);
      const later = { ...report, observedAt: report.observedAt + 1 };
      return {
        ...{ kind: "report", member, sequence },
        ...{ first: signReport(member, report), second: signReport(member, later) },
      };
    },
    observations(member, sequence = usual) {
      const other = { mask: 0b10, values: [0n, -5n] };
      const [first, second] = [protocol.observation(member, sequence), protocol.observation(member, sequence, other)];
      return { kind: "observation", member, sequence, first: withoutObserver(first), second: withoutObserver(second) };
    },
  };
}

/** One document per kind. */
export async function makeEvidenceVectors(): Promise<readonly EvidenceDocument[]> {
  const fixture = await createEvidenceFixture();
  const { domain, configuration } = fixture;
  const all = [fixture.proposals(1), fixture.reports(2), fixture.observations(3)];
  return all.map((evidence) => evidenceDocument({ evidence, configuration, domain }));
}

function withoutObserver({ observation, signature }: AttributedObservation): SignedObservation {
  return { observation, signature };
}
