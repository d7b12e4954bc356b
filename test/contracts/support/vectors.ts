import { readFile } from "node:fs/promises";
import { dataSlice, getBytes, hexlify, id, ZeroAddress } from "ethers";
import { configDigest, encodeConfiguration, type ConfigurationDomain } from "../../../core/codec/configuration.ts";
import { feedLeafProof } from "../../../core/codec/feed-leaf-proof.ts";
import {
  createReport,
  lanesOf,
  packValues,
  proposalDigest,
  reportDigest,
  reportStructHash,
} from "../../../core/codec/report.ts";
import { possessionDigest } from "../../../core/codec/schnorr-quorum.ts";
import { schnorrPublicKey, signSchnorr } from "../../../core/crypto/schnorr.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";
import { createTestCommittee } from "./committee.ts";

/** One report, all that is derived from it, and the inputs it was made from. Integers beyond 2^53 are decimal strings. */
export interface ReportVector {
  readonly name: string;
  readonly mask: number;
  readonly values: readonly string[];
  readonly feedIds: readonly Hex[];
  readonly packed: Hex;
  readonly report: Omit<Report, "sequence"> & { readonly sequence: string };
  readonly structHash: Hex;
  readonly digest: Hex;
  /** Merkle path of each present lane. */
  readonly paths: Readonly<Record<string, readonly Hex[]>>;
  readonly observationsHash: Hex;
  readonly proposalDigest: Hex;
}

export interface ReportVectors {
  readonly chainId: string;
  readonly hub: Hex;
  readonly vectors: readonly ReportVector[];
}

export interface ConfigurationVector {
  readonly name: string;
  readonly configuration: unknown;
  readonly encoded: Hex;
  readonly digest: Hex;
}

export interface ConfigurationVectors {
  readonly chainId: string;
  readonly registry: Hex;
  readonly hub: Hex;
  readonly vectors: readonly ConfigurationVector[];
}

/** A Schnorr signature with everything that it is made from, and the possession of its key. */
export interface SchnorrVector {
  readonly secret: Hex;
  readonly key: { readonly x: string; readonly y: string };
  readonly digest: Hex;
  readonly signature: { readonly s: string; readonly nonce: Hex };
  readonly signer: Hex;
  readonly possessionDigest: Hex;
}

export const VECTOR_FILES = {
  schnorr: new URL("../../vectors/schnorr.json", import.meta.url),
  report: new URL("../../vectors/report.json", import.meta.url),
  configuration: new URL("../../vectors/configuration.json", import.meta.url),
};

const DOMAIN: ConfigurationDomain = {
  chainId: 31337n,
  registry: "0x1111111111111111111111111111111111111111",
  hub: "0x2222222222222222222222222222222222222222",
};
const CONFIG_DIGEST = id("vector configuration") as Hex;
const [MIN, MAX] = [-(2n ** 95n), 2n ** 95n - 1n];

const FEEDS: readonly (FeedValues & { readonly name: string })[] = [
  { name: "one feed of one lane", mask: 1, values: [1n] },
  { name: "all of eight lanes", mask: 0xff, values: [1n, -1n, 2n, -2n, 3n, -3n, 4n, -4n] },
  { name: "the extremes of int96", mask: 0b1011, values: [MIN, MAX, 0n, -1n] },
  { name: "holes and a present zero", mask: 0b10100110, values: [0n, 7n, 0n, 0n, 0n, -9n, 0n, 11n] },
  { name: "the last lane alone", mask: 0x80000000, values: [...Array<bigint>(31).fill(0n), MAX] },
  { name: "thirty-two lanes", mask: 0xffffffff, values: Array.from({ length: 32 }, (_, lane) => BigInt(lane) - 16n) },
];

export function makeReportVectors(): ReportVectors {
  return { chainId: String(DOMAIN.chainId), hub: DOMAIN.hub, vectors: FEEDS.map(makeReportVector) };
}

export function makeConfigurationVectors(): ConfigurationVectors {
  const cases = {
    "four members, eight feeds": createTestCommittee().configuration,
    "seven members, two of three lanes": createTestCommittee({ n: 7, f: 2, feeds: 2, lanes: 3, index: 65535 })
      .configuration,
    "a sum of four members' Schnorr keys": createTestCommittee({ scheme: "schnorr-key-sum", feeds: 1 }).configuration,
    "a group's Schnorr key": createTestCommittee({ scheme: "schnorr-group", feeds: 1 }).configuration,
  };
  const vectors = Object.entries(cases).map(([name, configuration]) => makeConfigurationVector(name, configuration));
  return { chainId: String(DOMAIN.chainId), registry: DOMAIN.registry, hub: DOMAIN.hub, vectors };
}

export function makeSchnorrVectors(): readonly SchnorrVector[] {
  return Array.from({ length: 4 }, (_, i) => {
    const secret = id(`vector schnorr secret ${i}`) as Hex;
    const digest = id(`vector schnorr digest ${i}`) as Hex;
    const signer = (i === 0 ? ZeroAddress : dataSlice(id(`vector signer ${i}`), 12)) as Hex;
    const key = schnorrPublicKey(getBytes(secret));
    const { s, nonce } = signSchnorr(getBytes(secret), digest);
    return {
      ...{ secret, key: { x: String(key.x), y: String(key.y) }, digest, signature: { s: String(s), nonce } },
      ...{ signer, possessionDigest: possessionDigest(DOMAIN, signer, key) },
    };
  });
}

export async function readVectors<Vectors>(file: URL): Promise<Vectors> {
  return JSON.parse(await readFile(file, "utf8")) as Vectors;
}

/** JSON has no bigint: they are written as decimal strings. */
export function stringify(vectors: unknown): string {
  return `${JSON.stringify(vectors, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2)}\n`;
}

function makeReportVector({ name, mask, values }: (typeof FEEDS)[number], position: number): ReportVector {
  const feeds = { mask, values };
  const feedIds = values.map((_, lane) => id(`vector feed ${lane}`) as Hex);
  const sequence = (BigInt(position + 1) << 48n) | 0x1_0002n;
  const observedAt = position === 0 ? 2 ** 32 - 1 : 1_700_000_000 + position;
  const report = createReport({ configDigest: CONFIG_DIGEST, sequence }, { feeds, feedIds, observedAt });
  const observationsHash = id(`vector observations ${position}`) as Hex;
  const proposal = { configDigest: CONFIG_DIGEST, sequence, observationsHash };
  const paths = lanesOf(mask).map((lane) => [String(lane), feedLeafProof({ feeds, feedIds, observedAt }, lane)]);
  return {
    name,
    mask,
    values: values.map(String),
    feedIds,
    packed: hexlify(packValues(feeds)) as Hex,
    report: { ...report, sequence: String(sequence) },
    structHash: reportStructHash(report),
    digest: reportDigest(report, DOMAIN),
    paths: Object.fromEntries(paths) as Record<string, Hex[]>,
    observationsHash,
    proposalDigest: proposalDigest(proposal, DOMAIN),
  };
}

function makeConfigurationVector(name: string, configuration: Configuration): ConfigurationVector {
  const digest = configDigest(configuration, DOMAIN);
  return { name, configuration, encoded: encodeConfiguration(configuration), digest };
}
