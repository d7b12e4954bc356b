import { startCommitteeChange } from "./committee-change.ts";
import type { Episode, EpisodeDeps } from "./episode.ts";
import { EQUIVOCATOR_MEMBER, EQUIVOCATOR_SCRIPT, watchEquivocator } from "./faults/equivocate.ts";
import { KillLeader } from "./faults/kill-leader.ts";
import { LIAR_SCRIPT, watchLiar } from "./faults/liar.ts";
import { LIAR_MEMBER } from "./faults/lie.ts";
import { startPartition } from "./faults/partition.ts";
import { startSlowSource } from "./faults/slow-source.ts";
import type { DevnetOptions } from "./options.ts";

/** Per node the program that it runs instead of the real one. */
export function scriptsOf({ liar, equivocate }: DevnetOptions): ReadonlyMap<number, string> {
  return new Map([
    ...(liar ? [[LIAR_MEMBER, LIAR_SCRIPT] as const] : []),
    ...(equivocate ? [[EQUIVOCATOR_MEMBER, EQUIVOCATOR_SCRIPT] as const] : []),
  ]);
}

/** Begins all that was asked for. */
export function startEpisodes(options: DevnetOptions, deps: EpisodeDeps): Episode[] {
  const { network, ledger } = deps;
  const sleep = (ms: number) =>
    deps.sleep(ms).then(
      () => undefined,
      () => undefined,
    );
  return [
    ...(options.killLeader ? [new KillLeader(network, { ledger, sleep })] : []),
    ...(options.liar ? [watchLiar({ ledger, wanted: options.rounds ?? 0 })] : []),
    ...(options.equivocate ? [watchEquivocator(deps)] : []),
    ...(options.slowSource ? [startSlowSource(deps)] : []),
    ...(options.partition ? [startPartition(deps)] : []),
    ...(options.changeCommittee ? [startCommitteeChange(deps)] : []),
  ];
}
