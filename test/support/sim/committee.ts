import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { WireShape } from "../../../core/consensus/wire.ts";
import { createMedianReporting } from "../../../core/feeds/median-reporting.ts";
import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { ReportingPlugin, ReportOutcome } from "../../../core/ports/reporting.ts";
import type { Configuration, FeedSpec, Timing } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Observation } from "../../../core/types/observation.ts";
import { createHashes, createSymbolicCrypto, remembered } from "./symbolic-crypto.ts";

/** K: a symbolic signature has room for two values. */
export const SIM_LANES = 2;
export const SIM_DOMAIN = { chainId: 31337n, hub: `0x${"ab".repeat(20)}` } as const;
/** Of contexts made without one: leaders follow from it. */
const SIM_DIGEST: Hex = `0x${"c0".repeat(32)}`;
/** Bounds of both feeds: liars may go beyond. */
export const MAX_FEED_VALUE = 1_000_000n;
const byte = (value: number) => value.toString(16).padStart(2, "0");

export const SIM_TIMING: Timing = {
  deltaRound: 4_000,
  deltaGrace: 20,
  deltaProgress: 6_000,
  deltaResend: 2_000,
  deltaStage: 5_000,
  rMax: 5,
  window: 10,
};

/** A committee of n members of which f may be faulty, with two feeds. */
export function simConfiguration({
  n,
  f,
  timing = SIM_TIMING,
}: {
  n: number;
  f: number;
  timing?: Timing;
}): Configuration {
  const feed = (lane: number): FeedSpec => ({
    ...{ id: `0x${byte(lane + 1).repeat(32)}`, decimals: 8, min: -MAX_FEED_VALUE, max: MAX_FEED_VALUE },
    ...{ heartbeat: 30, deviationPpb: 1_000_000, moduleDigest: `0x${"11".repeat(32)}` },
  });
  return {
    index: 1,
    f,
    members: Array.from({ length: n }, (_, member) => ({
      signer: `0x${byte(member + 1).repeat(20)}`,
      transmitter: `0x${byte(member + 65).repeat(20)}`,
      peerKey: `0x${byte(member + 1).repeat(32)}`,
      observer: { x: BigInt(member + 1), y: 1n },
    })),
    feeds: Array.from({ length: SIM_LANES }, (_, lane) => feed(lane)),
    lanes: SIM_LANES,
    fuelRules: 1,
    scheme: "ecdsa-quorum",
    schnorrKeys: [],
    timing,
  };
}

export function shapeOf({ members, f, lanes }: Configuration): WireShape {
  return { n: members.length, f, lanes };
}

/** The digest is a number of the schedule's choice: the order of leaders follows from it. */
export function simDigest(number: number): Hex {
  return `0x${number.toString(16).padStart(64, "0")}`;
}

export interface SimKeys {
  readonly configDigest: Hex;
  /** Symbolic keys where it is not given. */
  readonly cryptoOf?: ((member: number) => ProtocolCrypto) | undefined;
}

/** What the members of one committee know; they share one memory of pure computations. */
export function simContexts(
  configuration: Configuration,
  { configDigest = SIM_DIGEST, cryptoOf = symbolicKeys() }: Partial<SimKeys> = {},
): readonly ProtocolContext[] {
  const { members, f, timing, index } = configuration;
  const options = { configuration, configDigest, domain: SIM_DOMAIN };
  const plugin = remembering(createMedianReporting(options));
  return members.map((_, self) => ({
    ...{ size: { n: members.length, f }, self, configIndex: index, configDigest, timing, plugin },
    crypto: cryptoOf(self),
  }));
}

function symbolicKeys(): (member: number) => ProtocolCrypto {
  const hashes = createHashes(SIM_DOMAIN);
  return (member) => createSymbolicCrypto(member, hashes);
}

/** Computes each report once for all members: the plug-in is pure, and arrays of observations never change in place. */
function remembering(plugin: ReportingPlugin): ReportingPlugin {
  const reports = new WeakMap<object, Map<bigint, ReportOutcome>>();
  const wellFormed = new WeakMap<Observation, boolean>();
  return {
    isWellFormed: (observation) => remembered(wellFormed, observation, () => plugin.isWellFormed(observation)),
    choose: (observations, due) => plugin.choose(observations, due),
    leavesOut: (observations, chosen) => plugin.leavesOut(observations, chosen),
    report(sequence, observations) {
      const bySequence = remembered(reports, observations, () => new Map<bigint, ReportOutcome>());
      return remembered(bySequence, sequence, () => plugin.report(sequence, observations));
    },
  };
}
