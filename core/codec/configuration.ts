import { AbiCoder, id, keccak256, type Result } from "ethers";
import { QuorateError } from "../errors/quorate-error.ts";
import { type Configuration, type FeedSpec, type Member, SIGNATURE_SCHEMES, type Timing } from "../types/committee.ts";
import type { Hex } from "../types/hex.ts";

export type ConfigurationCodecError =
  | { readonly code: "configuration-not-encodable" }
  | { readonly code: "configuration-not-decodable"; readonly length: number };

/** Where a configuration lives: one that is staged elsewhere has another digest. */
export interface ConfigurationDomain {
  readonly chainId: bigint;
  /** Address of the CommitteeRegistry. */
  readonly registry: Hex;
  /** Address of the FeedHub. */
  readonly hub: Hex;
}

/** The Solidity twin is `Configuration` in `contracts/interfaces/ICommitteeRegistry.sol`, field by field. */
const POINT = "tuple(uint256 x, uint256 y)";
const MEMBER = `tuple(address signer, address transmitter, bytes32 peerKey, ${POINT} observer)`;
const FEED =
  "tuple(bytes32 id, uint8 decimals, int96 min, int96 max, uint32 heartbeat, uint32 deviationPpb, bytes32 moduleDigest)";
const TIMING =
  "tuple(uint32 deltaRound, uint32 deltaGrace, uint32 deltaProgress, uint32 deltaResend, uint32 deltaStage, uint16 rMax, uint16 window)";

/** The ABI type of a configuration, as ethers writes it. */
const CONFIGURATION_TYPE = `tuple(uint16 index, uint8 f, ${MEMBER}[] members, ${FEED}[] feeds, uint16 lanes, uint16 fuelRules, ${TIMING} timing, uint8 scheme, ${POINT}[] schnorrKeys)`;

const DIGEST_TAG = id("quorate.configuration.v1");

/**
 * `abi.encode(configuration)`: the bytes that the registry keeps and the digest binds.
 * @throws QuorateError<ConfigurationCodecError> when a field does not fit its Solidity type.
 */
export function encodeConfiguration(configuration: Configuration): Hex {
  try {
    return AbiCoder.defaultAbiCoder().encode([CONFIGURATION_TYPE], [solidityConfiguration(configuration)]) as Hex;
  } catch (cause) {
    throw new QuorateError<ConfigurationCodecError>(
      { code: "configuration-not-encodable" },
      "a field of the configuration does not fit its Solidity type: see ICommitteeRegistry.sol for the ranges",
      { cause },
    );
  }
}

/** The configuration as a contract's function takes it: enums are numbers there. */
export function solidityConfiguration(configuration: Configuration): Readonly<Record<keyof Configuration, unknown>> {
  return { ...configuration, scheme: SIGNATURE_SCHEMES.indexOf(configuration.scheme) };
}

/**
 * The inverse of `encodeConfiguration`. Only the canonical encoding is taken, so that equal configurations have equal digests.
 * @throws QuorateError<ConfigurationCodecError> for any other bytes.
 */
export function decodeConfiguration(encoded: Hex): Configuration {
  try {
    const [tuple] = AbiCoder.defaultAbiCoder().decode([CONFIGURATION_TYPE], encoded) as unknown as [Result];
    const configuration = toConfiguration(tuple);
    if (encodeConfiguration(configuration) === encoded.toLowerCase()) return configuration;
  } catch (cause) {
    throw notDecodable(encoded, { cause });
  }
  throw notDecodable(encoded);
}

/** keccak256(abi.encode(tag, chainId, registry, hub, keccak256(encoded))): binds every message of a committee to one place and one set of rules. */
export function configDigest(configuration: Configuration, { chainId, registry, hub }: ConfigurationDomain): Hex {
  const types = ["bytes32", "uint256", "address", "address", "bytes32"];
  const words = [DIGEST_TAG, chainId, registry, hub, keccak256(encodeConfiguration(configuration))];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, words)) as Hex;
}

function notDecodable(encoded: Hex, options?: ErrorOptions): QuorateError<ConfigurationCodecError> {
  const data = { code: "configuration-not-decodable", length: encoded.length } as const;
  return new QuorateError(
    data,
    "these bytes are not an encoded configuration: ask the registry for configurationOf(digest)",
    options,
  );
}

/** ethers gives every integer as a bigint, every address in mixed case, and tuples whose fields are readable by name. */
function toConfiguration(tuple: Result): Configuration {
  const raw = tuple as unknown as RawConfiguration;
  const timing = Object.entries(raw.timing.toObject()).map(([name, value]) => [name, Number(value)]);
  return {
    index: Number(raw.index),
    f: Number(raw.f),
    members: Array.from(raw.members, toMember),
    feeds: Array.from(raw.feeds, toFeed),
    lanes: Number(raw.lanes),
    fuelRules: Number(raw.fuelRules),
    timing: Object.fromEntries(timing) as Timing,
    scheme: toScheme(raw.scheme),
    schnorrKeys: Array.from(raw.schnorrKeys, ({ x, y }) => ({ x, y })),
  };
}

function toScheme(number: bigint): Configuration["scheme"] {
  const scheme = SIGNATURE_SCHEMES[Number(number)];
  if (scheme === undefined) throw new RangeError(`no signature scheme has the number ${number.toString()}`);
  return scheme;
}

function toMember({ signer, transmitter, peerKey, observer }: Member): Member {
  return {
    signer: lower(signer),
    transmitter: lower(transmitter),
    peerKey,
    observer: { x: observer.x, y: observer.y },
  };
}

function toFeed({ id: feedId, decimals, min, max, heartbeat, deviationPpb, moduleDigest }: RawFeedSpec): FeedSpec {
  const numbers = { decimals: Number(decimals), heartbeat: Number(heartbeat), deviationPpb: Number(deviationPpb) };
  return { id: feedId, min, max, moduleDigest, ...numbers };
}

function lower(hex: Hex): Hex {
  return hex.toLowerCase() as Hex;
}

/** A decoded type: the same fields, every number still a bigint. */
type Raw<T> = { readonly [Key in keyof T]: T[Key] extends number ? bigint : T[Key] };
type RawFeedSpec = Raw<FeedSpec>;
type RawConfiguration = Omit<Raw<Configuration>, "feeds" | "timing" | "scheme"> & {
  readonly scheme: bigint;
  readonly feeds: readonly RawFeedSpec[];
  readonly timing: Result;
};
