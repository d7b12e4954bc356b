import type { Audit } from "./checks/audit-run.ts";
import { FEED_DECIMALS, RECORDED_FEEDS } from "./feeds.ts";
import { formatDecimal } from "../../core/feeds/decimal.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { RoundRecord } from "./ledger.ts";
import type { DevNetwork } from "./network.ts";
import { whyUnproven } from "./options.ts";
import type { DevnetRun } from "./run.ts";

/** The run as one JSON document. Integers of more than 53 bits are decimal strings. */
export function documentOf(run: DevnetRun, network: DevNetwork, audit: Audit): object {
  const { options, timeline, ledger, market, episodes, directory } = run;
  const reason = whyUnproven(options);
  const passed = audit.checks.every((entry) => entry.passed);
  return {
    passed,
    checks: audit.checks,
    stageTimesMs: timeline,
    options,
    directory,
    chain: { rpc: network.rpc, ...network.deployment, configDigest: network.configDigest },
    nodes: network.nodes.map(({ name, pid, directory: folder, record }, member) => ({
      ...{
        name,
        member,
        pid,
        peerId: record.peerId,
        signer: record.member.signer,
        transmitter: record.member.transmitter,
      },
      ...{ observerKey: record.member.observer, dataDirectory: `${folder}/data` },
    })),
    committees: network.committees.map(({ digest, configuration: { index, f }, nodes }) => ({
      ...{ digest, index, f, nodes: nodes.map(({ name }) => name) },
    })),
    proven: ledger.provenCount,
    ...(reason === undefined ? {} : { reason }),
    rounds: ledger.rounds.map((record, i) => roundOf(record, { audit, i })),
    foreignProofs: audit.foreignProofs,
    market,
    ...Object.fromEntries(episodes.flatMap(({ record }) => Object.entries(record))),
  };
}

function roundOf(
  { transmission, view, proof, proving }: RoundRecord,
  { audit, i }: { audit: Audit; i: number },
): object {
  const { sequence, index, digest, report, signers, transmitter, stored } = transmission;
  return {
    ...{ sequence, slot: slotOf(sequence), reportIndex: index, digest, report },
    chosenObservers: view?.observations.map(({ observer }) => observer),
    signers,
    transmission: {
      txHash: transmission.txHash,
      blockNumber: transmission.blockNumber,
      gasUsed: transmission.gasUsed,
      transmitter,
      storedMask: stored,
    },
    proof: proof && {
      ...{
        txHash: proof.txHash,
        blockNumber: proof.blockNumber,
        gasUsed: proof.gasUsed,
        publicInputs: audit.publicInputs[i],
        points: proof.proof,
      },
      ...{ ...proving, msFromTransmission: proof.seenAt - transmission.seenAt },
    },
    stageTimesMs: stageTimes(view?.stages ?? {}),
    feeds: RECORDED_FEEDS.map(({ name }, lane) => ({
      name,
      present: ((transmission.feeds.mask >>> lane) & 1) === 1,
      stored: ((stored >>> lane) & 1) === 1,
      answer: transmission.answers[lane]?.answer,
      value: formatDecimal(transmission.answers[lane]?.answer ?? 0n, FEED_DECIMALS),
      roundId: transmission.answers[lane]?.roundId,
      recomputed: audit.rounds[i]?.recomputed[lane],
      observed: audit.rounds[i]?.observed[lane],
    })),
  };
}

/** Milliseconds from the first stage that the node noted. */
function stageTimes(stages: Readonly<Record<string, number>>): Record<string, number> {
  const start = Math.min(...Object.values(stages));
  return Object.fromEntries(Object.entries(stages).map(([stage, at]) => [stage, at - start]));
}
