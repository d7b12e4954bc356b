import { type Check, check, type Finished } from "./checks/check.ts";
import { isStored } from "./checks/answers.ts";
import type { DevCommittee } from "./committee.ts";
import { type Episode, type EpisodeDeps, play, type Stage } from "./episode.ts";
import { RECORDED_FEEDS } from "./feeds.ts";
import type { RoundRecord } from "./ledger.ts";

/** Four, then all seven, then four again: two of the first, two that were new. Indices of the processes. */
export const CHANGE_NODES = 7;
export const FIRST_MEMBERS = [0, 1, 2, 3];
const SECOND_MEMBERS = [0, 1, 2, 3, 4, 5, 6];
const THIRD_MEMBERS = [1, 2, 4, 5];

/** Reports that each committee must bring to the chain before the next one takes over. */
const REPORTS_EACH = 3;
/** A node looks at the chain every 200 ms; what it was doing then ends meanwhile. */
const REVOKE_WITHIN_MS = 2_000;
/** Two rounds and an epoch change: had anything gone on, it would show. */
const SILENCE_MS = 14_000;

interface ChangeRecord {
  /** Seconds of the chain's clock at which the last committee was revoked; 0 before. */
  revokedAt: number;
  /** Unix milliseconds of the same. */
  revokedSeenAt: number;
  committees: readonly { readonly digest: string; readonly members: readonly string[] }[];
  /** What each node said of itself when the last committee ran, before it was revoked. */
  states: readonly NodeState[];
  /** The transmitters' transaction counts once the revocation was known, and at the end. */
  nonces: { readonly before: readonly number[]; readonly after: readonly number[] };
}

interface NodeState {
  readonly running: boolean;
  /** Digests of the committees for which it takes part in rounds. */
  readonly serving: readonly string[];
}

/** Puts three committees in force one after the other, then revokes the last one. */
export function startCommitteeChange(deps: EpisodeDeps): Episode {
  const { network } = deps;
  const record: ChangeRecord = {
    ...{ revokedAt: 0, revokedSeenAt: 0, committees: [], states: [] },
    nonces: { before: [], after: [] },
  };
  const part = play((stage) => script(stage, deps, record), deps);
  return {
    get finished() {
      return part.finished;
    },
    lines: part.lines,
    record: { committeeChange: record },
    onEvent: () => undefined,
    plightOf(node) {
      const process = network.nodes[node];
      const member = process !== undefined && network.committees.at(-1)?.nodes.includes(process);
      if (record.revokedAt > 0) return { word: "revoked", down: false };
      return member === true ? undefined : { word: "not listed", down: false };
    },
    checks: (finished) => [
      check(
        "the committees took over one after the other",
        part.failure === undefined ? [] : [part.failure],
        "4, 7, 4",
      ),
      ...(part.failure === undefined ? checksOf(finished, deps, record) : []),
    ],
  };
}

async function script(stage: Stage, deps: EpisodeDeps, record: ChangeRecord): Promise<void> {
  const { network } = deps;
  await stage.until("reports of the first committee", () => reportsOf(deps, network.committees[0]) >= REPORTS_EACH);
  for (const members of [SECOND_MEMBERS, THIRD_MEMBERS]) {
    const committee = await network.activate(members);
    stage.say(`configuration ${committee.configuration.index} is in force: ${namesOf(committee).join(", ")}`);
    await stage.until("reports of the new committee", () => reportsOf(deps, committee) >= REPORTS_EACH);
    stage.say(`configuration ${committee.configuration.index} reports`);
  }
  record.committees = network.committees.map((committee) => ({
    digest: committee.digest,
    members: namesOf(committee),
  }));
  const last = network.committees.at(-1)?.digest ?? "0x";
  await stage.until("every node to serve the last committee or none", async () => {
    record.states = await statesOf(deps);
    return record.states.every(({ serving }) => serving.every((digest) => digest === last));
  });
  await revoke(stage, deps, record);
}

async function revoke(stage: Stage, deps: EpisodeDeps, record: ChangeRecord): Promise<void> {
  const { network, now } = deps;
  const last = network.committees.at(-1);
  if (last === undefined) throw new RangeError("no committee is in force");
  await network.revoke(last.digest);
  record.revokedSeenAt = now();
  record.revokedAt = (await network.provider.getBlock("latest"))?.timestamp ?? 0;
  stage.say(`configuration ${last.configuration.index} is revoked`);
  await stage.sleep(REVOKE_WITHIN_MS);
  const before = await noncesOf(deps);
  await stage.sleep(SILENCE_MS);
  record.nonces = { before, after: await noncesOf(deps) };
}

function reportsOf({ ledger }: Pick<EpisodeDeps, "ledger">, committee: DevCommittee | undefined): number {
  return ledger.rounds.filter(({ transmission }) => transmission.report.configDigest === committee?.digest).length;
}

function namesOf({ nodes }: DevCommittee): string[] {
  return nodes.map(({ name }) => name);
}

async function statesOf({ network }: EpisodeDeps): Promise<NodeState[]> {
  const statuses = await Promise.all(network.nodes.map(({ admin }) => admin.status()));
  return statuses.map((status, node) => ({
    running: network.nodes[node]?.running === true && status !== undefined,
    serving: (status?.committees ?? []).filter(({ phase }) => phase === "running").map(({ digest }) => digest),
  }));
}

async function noncesOf({ network: { provider, nodes } }: EpisodeDeps): Promise<number[]> {
  return Promise.all(nodes.map(({ record }) => provider.getTransactionCount(record.member.transmitter)));
}

function checksOf(finished: Finished, deps: EpisodeDeps, record: ChangeRecord): Check[] {
  return [
    noFeedWentStale(finished, record),
    oneAtATime(finished),
    placesTaken(deps, record),
    silentAfterRevocation(deps, record),
  ];
}

/** From block to block: the time between two updates of a feed, and from the last one to the revocation. */
function noFeedWentStale({ network, records }: Finished, { revokedAt }: ChangeRecord): Check {
  const gaps = RECORDED_FEEDS.map(({ name }, lane) => {
    const times = records
      .filter(({ transmission }) => isStored(transmission, lane))
      .flatMap(({ transmission }) => transmission.answers[lane]?.updatedAt ?? []);
    const ends = [...times.slice(1), revokedAt];
    return { name, longest: Math.max(...times.map((at, i) => (ends[i] ?? at) - at)) };
  });
  const heartbeatOf = (lane: number) => network.configuration.feeds[lane]?.heartbeat ?? 0;
  const problems = gaps
    .filter(({ longest }, lane) => !(longest <= heartbeatOf(lane)))
    .map(({ name, longest }) => `${name} had no update for ${longest} s`);
  const longest = Math.max(...gaps.map((gap) => gap.longest));
  return check("no feed went longer than its heartbeat without an update", problems, `at most ${longest} s`);
}

function oneAtATime({ network, records }: Finished): Check {
  const indexOf = ({ transmission }: RoundRecord) =>
    network.committees.findIndex(({ digest }) => digest === transmission.report.configDigest);
  const order = records.map(indexOf);
  const back = order.filter((index, i) => index < Math.max(0, ...order.slice(0, i))).length;
  const counts = network.committees.map((_, index) => order.filter((other) => other === index).length);
  const problems = back > 0 ? [`${back} reports of a committee came after one of its successor`] : [];
  return check("a committee retires when its successor reports", problems, `${counts.join(", ")} reports`);
}

function placesTaken({ network }: EpisodeDeps, { states }: ChangeRecord): Check {
  const last = network.committees.at(-1);
  const problems = network.nodes.flatMap((node, i) => {
    const { running = false, serving = [] } = states[i] ?? {};
    const listed = last?.nodes.includes(node) === true;
    if (!running) return [`${node.name} does not run`];
    if (listed && serving.length === 0) return [`${node.name} is listed and does not take part`];
    return !listed && serving.length > 0 ? [`${node.name} is not listed and takes part`] : [];
  });
  const idle = network.nodes.length - (last?.nodes.length ?? 0);
  return check("nodes that are not listed wait", problems, `${idle} nodes run and take no part`);
}

function silentAfterRevocation({ network, book }: EpisodeDeps, { revokedSeenAt, nonces }: ChangeRecord): Check {
  const late = network.nodes.flatMap((node, i) => {
    const afterMs = book.lastStageAt(i) - revokedSeenAt;
    return afterMs > REVOKE_WITHIN_MS ? [`${node.name} was in a round ${afterMs} ms later`] : [];
  });
  const sent = network.nodes.flatMap((node, i) =>
    nonces.before[i] === nonces.after[i] ? [] : [`${node.name} sent a transaction`],
  );
  const seen = `no round and no transaction from ${REVOKE_WITHIN_MS} ms after it`;
  return check("revoking ends all at once", [...late, ...sent], seen);
}
