import { encodeBytes32String } from "ethers";
import { configDigest, type ConfigurationDomain } from "../../core/codec/configuration.ts";
import { createReport, reportDigest } from "../../core/codec/report.ts";
import type { SignedUpdate } from "../../core/codec/report-update.ts";
import type { Groth16Proof, MedianStatement } from "../../core/ports/prover.ts";
import type { ExportedProof } from "../../core/proof/proof-document.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createTestCommittee } from "../contracts/support/committee.ts";
import { medianStatement, SHAPE, type StatementOptions } from "./median-statement.ts";

/** A report of a whole committee: a registry takes its configuration, a hub its update, a circuit its statement. */
export interface ProvableReport {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly statement: MedianStatement;
  readonly update: SignedUpdate;
  exported(proof: Groth16Proof, verificationKeyDigest: Hex): ExportedProof;
}

const NAMES = ["BTC/USD", "ETH/USD", "SOL/USD", "AVAX/USD", "LINK/USD", "XAU/USD", "EUR/USD", "BRENT/USD"];
const DECIMALS = 8;
/** What the three chosen members saw, in the feeds' order; the seventh feed only one of them. */
const VALUES = [
  [
    6_712_345_000_000n,
    351_200_000_000n,
    14_822_000_000n,
    2_655_000_000n,
    1_433_000_000n,
    238_412_000_000n,
    0n,
    8_011_000_000n,
  ],
  [
    6_712_411_000_000n,
    351_175_000_000n,
    14_819_000_000n,
    2_655_000_000n,
    1_432_000_000n,
    238_390_000_000n,
    108_370_000n,
    -1n,
  ],
  [
    6_712_402_000_000n,
    351_190_000_000n,
    14_825_000_000n,
    2_654_000_000n,
    1_435_000_000n,
    238_415_000_000n,
    0n,
    7_998_000_000n,
  ],
];
const MASKS = [0b1011_1111, 0b1111_1111, 0b1011_1111];

/** Deterministic for one place and time. @param at Unix seconds; options override the statement's. */
export function provableReport(
  domain: ConfigurationDomain,
  at: number,
  options: StatementOptions = {},
): ProvableReport {
  const statementOptions = { masks: MASKS, values: VALUES, timestamps: [at + 1, at, at - 2], ...options };
  const { configuration, signers } = committeeOf(medianStatement().observerKeys);
  const digest = configDigest(configuration, domain);
  const place = { chainId: domain.chainId, hub: domain.hub };
  const draft = medianStatement({ ...statementOptions, domain: place, configDigest: digest });
  const { feeds } = draft;
  const feedIds = configuration.feeds.map(({ id }) => id);
  const report = createReport(draft.report, { feeds, feedIds, observedAt: draft.report.observedAt });
  const signatures = [0, 2].map((signer) => ({
    signer,
    signature: signers[signer]!.signingKey.sign(reportDigest(report, place)).compactSerialized as Hex,
  }));
  return {
    ...{ configuration, configDigest: digest, statement: { ...draft, report } },
    update: { report, feeds, signatures },
    exported: (proof, verificationKeyDigest) => ({
      ...{ domain, configuration, sequence: report.sequence, observedAt: report.observedAt, feeds },
      ...{ nMax: SHAPE.nMax, verificationKeyDigest, proof },
    }),
  };
}

function committeeOf(observerKeys: MedianStatement["observerKeys"]) {
  const { configuration, signers } = createTestCommittee();
  const members = configuration.members.map((member, i) => ({
    ...member,
    observer: observerKeys[i] ?? member.observer,
  }));
  const feeds = configuration.feeds.map((feed, lane) => {
    const id = encodeBytes32String(NAMES[lane] ?? `FEED/${lane}`) as Hex;
    return { ...feed, id, decimals: DECIMALS };
  });
  return { configuration: { ...configuration, members, feeds }, signers };
}
