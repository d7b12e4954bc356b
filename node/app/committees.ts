import type { CommitteeStatus } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readConfigurationOf } from "../chain/chain-reader.ts";
import { startCommitteePart } from "./committee-part.ts";
import { createCommitteeMetrics } from "./committees/metrics.ts";
import { type CommitteeSupervisor, createSupervisor } from "./committees/supervisor.ts";
import { findMember } from "./membership.ts";
import type { Membership, Platform } from "./platform.ts";
import type { SharedParts } from "./shared-parts.ts";

/** A supervisor whose committees are real: it reads each configuration, finds this node in it, and starts its part. */
export function createCommittees(platform: Platform, shared: SharedParts): CommitteeSupervisor {
  const { clock, log, meter, lifecycle } = platform;
  const place = (digest: Hex) => membershipOf(platform, shared, digest);
  const supervisor = createSupervisor(
    { signer: shared.identity.member.signer },
    {
      ...{ clock, log, metrics: createCommitteeMetrics(meter) },
      async start(digest, options) {
        const membership = await place(digest);
        options.signal.throwIfAborted();
        return membership && startCommitteePart(platform, shared, { ...options, membership });
      },
      remember: (committees) => shared.memory.hear(committees),
      review: (status) => void review({ platform, shared, place }, status),
    },
  );
  lifecycle.onStop("committees", () => supervisor.stop());
  return supervisor;
}

/** This node's place in a configuration, whose digest is recomputed; undefined where it has none. */
async function membershipOf(
  { configReads }: Platform,
  { registry, identity, connection }: SharedParts,
  digest: Hex,
): Promise<Membership | undefined> {
  const read = () => readConfigurationOf({ registry, digest }, connection);
  const chain = await configReads.timed("committee", read);
  const self = findMember(chain.configuration, identity.member);
  return self === undefined ? undefined : { chain, identity, self };
}

interface ReviewDeps {
  readonly platform: Platform;
  readonly shared: SharedParts;
  readonly place: (digest: Hex) => Promise<Membership | undefined>;
}

/** Says of a staged committee what would go wrong once it is activated. Never rejects. */
async function review(
  { platform: { log }, shared, place }: ReviewDeps,
  { digest, index: committee }: CommitteeStatus,
): Promise<void> {
  try {
    const membership = await place(digest);
    if (membership === undefined) {
      log.info({ committee, digest }, "a staged committee does not list this node");
      return;
    }
    shared.fetchers.bind(membership.chain.configuration);
    // Takes seconds, which the hand-over then does not wait for.
    await shared.provers.proverFor(membership.chain.configuration);
    log.info({ committee, digest, self: membership.self }, "a staged committee lists this node, which can serve it");
  } catch (error) {
    log.error(
      { committee, digest, error },
      "this node cannot serve a staged committee: mend that before it is activated",
    );
  }
}
