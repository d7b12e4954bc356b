import { writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import type { Member } from "../../core/types/committee.ts";
import { createTestCommittee, type CommitteeOptions, type TestCommittee } from "../contracts/support/committee.ts";

/** A deployment as a person would write it: plain data, to be changed at will. */
export interface WrittenDeployment {
  chainId: unknown;
  historyDepth?: unknown;
  verifier: unknown;
  feeds: Record<string, unknown>[];
  committee: { members: Record<string, unknown>[]; timing: Record<string, unknown> } & Record<string, unknown>;
}

/** Stands for a verifier of a ceremony: it takes what `MockGroth16Verifier` takes. */
export const CEREMONY = {
  setup: "ceremony",
  contract: "MockGroth16Verifier",
  ...{ nMax: 4, k: 3, lanes: 8 },
  verificationKeyDigest: `0x${"07".repeat(32)}`,
};

/** A good description on the development chain, and the committee in it, whose keys are known. */
export function describedDeployment(options: Partial<CommitteeOptions> = {}): {
  written: WrittenDeployment;
  committee: TestCommittee;
} {
  const committee = createTestCommittee(options);
  const { index, f, fuelRules, timing, members, feeds } = committee.configuration;
  const written: WrittenDeployment = {
    chainId: 31337,
    historyDepth: 2,
    verifier: CEREMONY,
    feeds: feeds.map(({ id, decimals, heartbeat, moduleDigest }, lane) => ({
      ...{ id, description: `FEED ${lane}`, decimals, heartbeat, moduleDigest },
      ...{ min: "-1000000000000", max: "1000000000000", deviation: "0.1 %" },
    })),
    committee: { index, f, fuelRules, timing: { ...timing }, members: members.map(writtenMember) },
  };
  return { written, committee };
}

export function writtenMember({ observer, ...member }: Member): Record<string, unknown> {
  return { ...member, observer: { x: observer.x.toString(), y: observer.y.toString() } };
}

/** @returns the file. */
export function writeDescription(folder: string, written: WrittenDeployment, name = "deployment.yaml"): string {
  const file = path.join(folder, name);
  writeFileSync(file, stringify(written, { aliasDuplicateObjects: false }));
  return file;
}
