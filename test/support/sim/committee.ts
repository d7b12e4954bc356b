import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import { createMedianReporting } from "../../../core/feeds/median-reporting.ts";
import type { Configuration, FeedSpec } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createSymbolicCrypto } from "./symbolic-crypto.ts";

export const SIM_LANES = 2;
const CONFIG_DIGEST: Hex = `0x${"c0".repeat(32)}`;
const DOMAIN = { chainId: 31337n, hub: `0x${"ab".repeat(20)}` } as const;
const byte = (value: number) => value.toString(16).padStart(2, "0");

/** A committee of n = 3f+1 with two feeds and the development timing. */
export function simConfiguration(f: number): Configuration {
  const n = 3 * f + 1;
  const feed = (lane: number): FeedSpec => ({
    ...{ id: `0x${byte(lane + 1).repeat(32)}`, decimals: 8, min: -1_000_000n, max: 1_000_000n },
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
    timing: {
      deltaRound: 4_000,
      deltaGrace: 20,
      deltaProgress: 6_000,
      deltaResend: 2_000,
      deltaStage: 5_000,
      rMax: 5,
      window: 10,
    },
  };
}

export function simContext(configuration: Configuration, self: number): ProtocolContext {
  return {
    size: { n: configuration.members.length, f: configuration.f },
    ...{ self, configIndex: configuration.index, configDigest: CONFIG_DIGEST, timing: configuration.timing },
    plugin: createMedianReporting({ configuration, configDigest: CONFIG_DIGEST, domain: DOMAIN }),
    crypto: createSymbolicCrypto(self),
  };
}
