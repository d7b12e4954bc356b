import type { DevnetRun } from "../run.ts";

/** How to look on from another terminal, once a node publishes its finals. */
export function watchHint({ network, statuses }: DevnetRun): string | undefined {
  const peer = statuses.flatMap((status) => status?.watchers ?? [])[0];
  if (network === undefined || peer === undefined) return undefined;
  return `npm run quorate -- watch --rpc ${network.rpc} --registry ${network.deployment.registry} --peer ${peer}`;
}
