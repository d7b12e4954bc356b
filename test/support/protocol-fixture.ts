import { getBytes, id } from "ethers";
import { createMedianReporting } from "../../core/feeds/median-reporting.ts";
import type { ProtocolCrypto } from "../../core/ports/protocol-crypto.ts";
import type { ReportingPlugin } from "../../core/ports/reporting.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { AttributedObservation, FeedValues, Observation } from "../../core/types/observation.ts";
import type { ReportDomain } from "../../core/types/report.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import { createIdentity, type NodeIdentity } from "../../node/keys/identity.ts";
import { deriveSecrets } from "../../node/keys/keystore.ts";
import { createProtocolCrypto } from "../../node/keys/protocol-crypto.ts";
import { DEVELOPMENT_TIMING } from "../../scripts/devnet/feeds.ts";

export const FIXTURE_DOMAIN = { chainId: 31337n, hub: `0x${"22".repeat(20)}` } as const;
export const FIXTURE_DIGEST = id("fixture configuration") as Hex;
const OBSERVED_AT = 1_700_000_000;

/** A committee with real keys that follow from the member's index, and all that it signs with them: for tests alone. */
export interface ProtocolFixture {
  readonly identities: readonly NodeIdentity[];
  readonly configuration: Configuration;
  readonly plugin: ReportingPlugin;
  cryptoOf(member: number): ProtocolCrypto;
  observation(member: number, sequence: bigint, feeds?: FeedValues): AttributedObservation;
  /** A final report as f+1 honest members make it: the first 2f+1 observe, the first f+1 sign. */
  final(sequence: bigint): FinalReport;
}

export interface ProtocolFixtureOptions {
  readonly f?: number;
  readonly lanes?: number;
  /** The committee's real place, where one was deployed. */
  readonly domain?: ReportDomain;
  readonly configDigest?: Hex;
  /** Unix seconds of member 0's observations; each further member's is a second later. */
  readonly observedAt?: number;
}

export async function createProtocolFixture(fixture: ProtocolFixtureOptions = {}): Promise<ProtocolFixture> {
  const {
    f = 1,
    lanes = 2,
    domain = FIXTURE_DOMAIN,
    configDigest = FIXTURE_DIGEST,
    observedAt = OBSERVED_AT,
  } = fixture;
  const n = 3 * f + 1;
  const identities = await Promise.all(Array.from({ length: n }, (_, member) => createTestIdentity(member)));
  const configuration = configurationOf(identities, { f, lanes });
  const options = { configuration, configDigest, domain };
  const plugin = createMedianReporting(options);
  const cryptos = identities.map((identity) =>
    createProtocolCrypto({ ...options, members: configuration.members }, identity),
  );
  const cryptoOf = (member: number) => cryptos[member]!;
  const observation = (member: number, sequence: bigint, feeds = valuesOf(member, lanes)) => ({
    observer: member,
    ...cryptoOf(member).signObservation(observationOf(sequence, feeds, observedAt + member)),
  });
  return {
    ...{ identities, configuration, plugin, cryptoOf, observation },
    final(sequence) {
      const observations = identities.slice(0, 2 * f + 1).map((_, member) => observation(member, sequence));
      const outcome = plugin.report(sequence, observations);
      if (outcome.kind === "failed") throw new TypeError(outcome.code);
      const { report, digest, feeds } = outcome;
      const signers = identities.slice(0, f + 1).map((_, signer) => signer);
      const signatures = signers.map((signer) => ({ signer, signature: cryptoOf(signer).signDigest(digest) }));
      return { report, digest, feeds, observations, signatures };
    },
  };
}

/** Slot of configuration 1 and epoch 1. */
export function fixtureSequence(round: number): bigint {
  return sequenceOf({ configIndex: 1, epoch: 1, round });
}

export function createTestIdentity(member: number): Promise<NodeIdentity> {
  return createIdentity(deriveSecrets(getBytes(id(`test member ${member}`))));
}

function observationOf(sequence: bigint, feeds: FeedValues, timestamp: number): Observation {
  return { sequence, feeds, timestamp, inputsDigest: id("fixture inputs") as Hex, fuel: 123_456n };
}

/** Near ±1000, a little different for each member and lane. */
function valuesOf(member: number, lanes: number): FeedValues {
  const values = Array.from({ length: lanes }, (_, lane) =>
    BigInt((lane % 2 === 0 ? 1 : -1) * (1000 + 10 * lane + member)),
  );
  return { mask: 2 ** lanes - 1, values };
}

function configurationOf(
  identities: readonly NodeIdentity[],
  { f, lanes }: { f: number; lanes: number },
): Configuration {
  return {
    index: 1,
    f,
    members: identities.map(({ member }) => member),
    feeds: Array.from({ length: lanes }, (_, lane) => ({
      id: id(`fixture feed ${lane}`) as Hex,
      ...{ decimals: 8, min: -1_000_000n, max: 1_000_000n, heartbeat: 30, deviationPpb: 1_000_000 },
      moduleDigest: id("fixture module") as Hex,
    })),
    lanes,
    fuelRules: 1,
    scheme: "ecdsa-quorum",
    schnorrKeys: [],
    timing: DEVELOPMENT_TIMING,
  };
}
