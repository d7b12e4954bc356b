import type { Configuration, Timing } from "../../core/types/committee.ts";
import { FUEL_RULES } from "../../node/app/fetchers.ts";
import type { Hex } from "../../core/types/hex.ts";
import { feedSpec, RECORDED_FEEDS } from "./feeds.ts";
import type { NodeProcess } from "./nodes/node-process.ts";

/** Members of a committee, unless it is told otherwise. */
export const USUAL_SIZE = 4;
/** The circuit of such a committee. */
export const USUAL_CIRCUIT = "median-n4-k3-v8";
const CIRCUITS: ReadonlyMap<number, string> = new Map([
  [USUAL_SIZE, USUAL_CIRCUIT],
  [7, "median-n7-k5-v8"],
]);
/** Sizes that the devnet offers: 3f+1, as many processes as a small machine bears. */
export const COMMITTEE_SIZES = [4, 7, 10] as const;

/** The circuit that proves what a committee of so many reports; undefined where it is signed only. */
export function circuitOf(members: number): string | undefined {
  return CIRCUITS.get(members);
}

/** A configuration that was put in force, with the processes that serve it. */
export interface DevCommittee {
  readonly digest: Hex;
  readonly configuration: Configuration;
  /** In committee order. */
  readonly nodes: readonly NodeProcess[];
}

/** The most members of a committee that may be faulty. */
export function faultyOf(nodes: number): number {
  return Math.floor((nodes - 1) / 3);
}

export interface ConfigurationOptions {
  readonly index: number;
  readonly nodes: readonly NodeProcess[];
  readonly moduleDigest: Hex;
  readonly timing: Timing;
}

/** All recorded feeds, served by the given nodes. */
export function configurationOf({ index, nodes, moduleDigest, timing }: ConfigurationOptions): Configuration {
  return {
    index,
    f: faultyOf(nodes.length),
    members: nodes.map(({ record }) => record.member),
    feeds: RECORDED_FEEDS.map((feed) => feedSpec(feed, moduleDigest)),
    lanes: RECORDED_FEEDS.length,
    fuelRules: FUEL_RULES,
    scheme: "ecdsa-quorum",
    schnorrKeys: [],
    timing,
  };
}
