import path from "node:path";
import { encodeBytes32String } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { parseDecimal } from "../../core/feeds/decimal.ts";
import type { Configuration, FeedSpec, Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { isDevelopmentChain } from "../../node/config/chain-config.ts";
import { readManifest } from "../../node/config/manifest.ts";
import { readYamlFile } from "../../node/config/yaml-file.ts";
import { ceremonyVerifier } from "./ceremony-verifier.ts";
import { circuitVerifier } from "./circuit-verifier.ts";
import {
  descriptionSchema,
  registrationSchema,
  type WrittenDescription,
  type WrittenFeed,
} from "./description-schema.ts";
import type { DeployError } from "./errors.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";
import type { Adapter, ListedFeed } from "./modules/QuorateFeeds.ts";
import { developmentVerifier } from "./verifier-key.ts";
import { writtenVerifier } from "./written-verifier.ts";

/** What is to be deployed, and the committee that is to be put in force. */
export interface Description {
  readonly chainId: number;
  readonly historyDepth: number;
  readonly verifier: VerifierOptions | undefined;
  /** In the order of the lanes. */
  readonly feeds: readonly ListedFeed[];
  readonly configuration: Configuration;
}

/** Digits of a percentage's fraction in parts per billion. */
const PPB_DIGITS = 7;

/**
 * Reads a deployment's description; paths in it are relative to the file. Nothing on a chain is looked at.
 * @throws QuorateError `config-missing`, `config-syntax`, `config-invalid` for the file and those that it names, and
 * `description-inconsistent`, `development-verifier` or `verifier-…` (`DeployError`) where each part is well but not all of them
 * together.
 */
export async function readDescription(file: string): Promise<Description> {
  const ifMissing = "name the description of your deployment; docs/deploying.md has one to begin with";
  const written = await readYamlFile(file, { schema: descriptionSchema, ifMissing });
  const folder = path.dirname(path.resolve(file));
  const verifier = await verifierOf(written, folder);
  const [feeds, members] = await Promise.all([
    Promise.all(written.feeds.map((feed) => feedOf(feed, folder))),
    Promise.all(written.committee.members.map((member) => memberOf(member, folder))),
  ]);
  const { index, f, fuelRules, timing, lanes = verifier?.shape.lanes ?? feeds.length } = written.committee;
  const configuration: Configuration = {
    ...{ index, f, members, feeds: feeds.map(({ spec }) => spec), lanes, fuelRules, timing },
    // Nodes sign no other way so far.
    ...{ scheme: "ecdsa-quorum", schnorrKeys: [] },
  };
  const description: Description = {
    chainId: written.chainId,
    historyDepth: written.historyDepth,
    verifier,
    feeds: feeds.map(({ spec, label, adapters }) => ({
      ...{ id: spec.id, decimals: spec.decimals, description: label, adapters },
    })),
    configuration,
  };
  const problems = [...feeds.flatMap((feed) => feed.problems), ...problemsOf(description)];
  if (problems.length > 0) {
    const data = { code: "description-inconsistent", problems } as const;
    throw new QuorateError<DeployError>(data, `${file}: ${problems.join("; ")}`);
  }
  return description;
}

async function verifierOf(
  { verifier, chainId }: WrittenDescription,
  folder: string,
): Promise<VerifierOptions | undefined> {
  if (verifier === "none") return undefined;
  if ("record" in verifier) return ceremonyVerifier(path.resolve(folder, verifier.record), { chainId });
  if (verifier.setup === "ceremony") return writtenVerifier(verifier, { chainId });
  if (isDevelopmentChain(chainId)) return circuitVerifier(verifier.circuit);
  throw developmentVerifier(chainId);
}

async function memberOf(member: WrittenDescription["committee"]["members"][number], folder: string): Promise<Member> {
  if (!("registration" in member)) return member;
  const ifMissing = "its operator has it: quorate init wrote it";
  const file = path.resolve(folder, member.registration);
  return (await readYamlFile(file, { schema: registrationSchema, ifMissing })).member;
}

interface DescribedFeed {
  readonly spec: FeedSpec;
  readonly label: string;
  readonly adapters: readonly Adapter[];
  readonly problems: readonly string[];
}

async function feedOf(feed: WrittenFeed, folder: string): Promise<DescribedFeed> {
  const { name, decimals, heartbeat, deviation } = feed;
  const label = feed.description ?? name ?? "";
  const problems: string[] = [];
  const scaled = (key: "min" | "max"): bigint => {
    const fraction = feed[key].split(".")[1] ?? "";
    if (fraction.length > decimals) problems.push(`${label}: ${key} has more than its ${decimals} decimals`);
    return parseDecimal(feed[key], decimals) ?? 0n;
  };
  const spec: FeedSpec = {
    id: feed.id ?? (encodeBytes32String(name ?? "") as Hex),
    ...{ decimals, min: scaled("min"), max: scaled("max"), heartbeat },
    deviationPpb: Number(parseDecimal(deviation.replace(/ ?%$/, ""), PPB_DIGITS)),
    moduleDigest: feed.moduleDigest ?? (await moduleOf(feed, { folder, problems })),
  };
  return { spec, label, adapters: feed.adapters, problems };
}

/** The digest that the manifest names, which must serve the feed as it is described. */
async function moduleOf(
  { name, module = "", decimals }: WrittenFeed,
  { folder, problems }: { folder: string; problems: string[] },
): Promise<Hex> {
  const { sha256, feeds } = await readManifest(path.resolve(folder, module));
  const served = feeds.find((feed) => feed.name === name);
  if (served === undefined) problems.push(`${name ?? "a feed without a name"} is no feed of ${module}`);
  else if (served.decimals !== decimals)
    problems.push(`${served.name} has ${served.decimals} decimals in ${module}, not ${decimals}`);
  return sha256;
}

/** What the registry would refuse, or what would go wrong in silence. */
function problemsOf({ verifier, configuration }: Description): string[] {
  const { f, members, feeds, lanes, timing } = configuration;
  const { deltaGrace, deltaRound, deltaProgress } = timing;
  const n = members.length;
  const problems: [boolean, string][] = [
    [n <= 3 * f, `${n} members tolerate fewer than f = ${f} faulty ones: there must be 3f + 1`],
    [feeds.length > lanes, `there are ${feeds.length} feeds, more than ${lanes} lanes`],
    [deltaGrace >= deltaRound || deltaRound >= deltaProgress, "deltaGrace < deltaRound < deltaProgress does not hold"],
    ...feeds.map(({ min, max }, lane): [boolean, string] => [min > max, `feed ${lane}: min is above max`]),
    ...repeated(feeds.map(({ id }) => id)).map((id): [boolean, string] => [true, `two feeds have the id ${id}`]),
    ...KEYS.flatMap(({ name, of }) =>
      repeated(members.map(of)).map((key): [boolean, string] => [true, `two members have the ${name} ${key}`]),
    ),
  ];
  if (verifier !== undefined) {
    const { nMax, k, lanes: provable } = verifier.shape;
    const fits = k === 2 * f + 1 && n <= nMax && lanes === provable;
    const shape = `n ≤ ${nMax}, f = ${(k - 1) / 2} and ${provable} lanes`;
    problems.push([
      !fits,
      `the verifier takes proofs for ${shape} alone, not for n = ${n}, f = ${f} and ${lanes} lanes`,
    ]);
  }
  return problems.flatMap(([wrong, message]) => (wrong ? [message] : []));
}

const KEYS: readonly { readonly name: string; readonly of: (member: Member) => string }[] = [
  { name: "signer", of: ({ signer }) => signer },
  { name: "transmitter", of: ({ transmitter }) => transmitter },
  { name: "peer key", of: ({ peerKey }) => peerKey },
  { name: "observer key", of: ({ observer }) => observer.x.toString() },
];

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
