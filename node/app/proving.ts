import type { ChainReader } from "../../core/ports/chain.ts";
import type { RecordedReport } from "../../core/ports/chain.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import { readVerifierKey } from "../chain/verifier-key.ts";
import { createProving, type Proving } from "../rounds/proving.ts";
import type { Membership, Platform } from "./platform.ts";
import type { SharedParts } from "./shared-parts.ts";

/** What a member gives the one before it in the schedule at least: several times a proof on two busy cores. */
const DELTA_PROOF_MS = 15_000;

export interface ProvingParts {
  readonly reader: ChainReader;
  readonly store: ProtocolStore;
  onMissing(report: RecordedReport): void;
}

/** This committee's proofs, if a circuit has its shape and its verifier takes them; else its reports are signed only. */
export async function createCommitteeProving(
  platform: Platform,
  shared: SharedParts,
  { membership, ...parts }: ProvingParts & { membership: Membership },
): Promise<Proving | undefined> {
  const { config, clock, log, journal } = platform;
  const { chain, self } = membership;
  const { configuration, digest: configDigest, hub, chainId } = chain;
  if (!config.prover.enabled) return undefined;
  const onChain = await readVerifierKey({ registry: shared.registry, configDigest }, shared.connection);
  if (onChain === undefined) {
    log.warn({ configDigest }, "the committee was staged without a verifier: its reports are signed, not proven");
    return undefined;
  }
  const prover = await shared.provers.proverFor(configuration);
  if (prover === undefined) {
    const [n, lanes] = [configuration.members.length, configuration.lanes];
    log.warn({ n, lanes }, "no circuit for this committee: its reports are signed, not proven");
    return undefined;
  }
  if (onChain !== prover.verificationKeyDigest) {
    log.error(
      { configDigest, onChain, local: prover.verificationKeyDigest },
      "the committee's verifier has another key than this node's, no proof of this node would hold: name the export of its ceremony with prover.artifacts, or run the release that it was deployed with; until then reports are signed, not proven",
    );
    return undefined;
  }
  return createProving(
    { configuration, configDigest, domain: { chainId, hub }, self, deltaProof: DELTA_PROOF_MS },
    {
      ...{ ...parts, prover, clock, log, writer: shared.writer, metrics: shared.metrics },
      onStage: ({ sequence, stage }) => journal.publish("proving", sequence, { stage }),
      onProof: ({ sequence, witnessMs, proveMs, peakMemory }) =>
        journal.publish("proof", sequence, { witnessMs, proveMs, peakMemory }),
    },
  );
}
