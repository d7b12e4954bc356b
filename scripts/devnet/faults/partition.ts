import { type Check, check } from "../checks/check.ts";
import { type Episode, type EpisodeDeps, play, type Stage } from "../episode.ts";
import type { Links } from "../links/links.ts";

/** The network has shown that it works before it is cut. */
const ROUNDS_BEFORE = 2;
/** Reports that the chain takes while one node is cut off, and that it must find afterwards. */
const REPORTS_WITHOUT = 2;
/** Longer than two epoch changes of the development timing: a round that could finish would have. */
const SPLIT_MS = 14_000;
/** Frames that had passed a link before it was cut may still set something off. */
const SETTLE_MS = 500;
/**
 * Within this time of the healing a round is final at a quorum. Channels that stalled are given up after 10 s and dialled
 * again within 5 s; then the members resend their wish for an epoch (2 s), enter one, at worst under a leader whose own
 * channels are the last to come back (6 s, twice), and its first round starts at once.
 */
const HEALED_WITHIN_MS = 30_000;

interface PartitionRecord {
  readonly alone: number;
  cutAt: number;
  splitAt: number;
  healedAt: number;
  /** Slots that the chain took while one node was cut off, or before it was back. */
  missed: readonly bigint[];
}

/** Cuts one node off, then splits the network in halves, then heals it. */
export function startPartition(deps: EpisodeDeps): Episode {
  const { network, ledger } = deps;
  const { links } = network;
  if (links === undefined) throw new TypeError("a network without links cannot be cut");
  const record: PartitionRecord = { alone: network.nodes.length - 1, cutAt: 0, splitAt: 0, healedAt: 0, missed: [] };
  const part = play((stage) => script(stage, { deps, links, record }), deps);
  return {
    get finished() {
      return part.finished;
    },
    lines: part.lines,
    record: { partition: record },
    onEvent: () => undefined,
    plightOf: (node) => plightOf(node, record),
    checks: () => [
      check(
        "the partition was played to its end",
        part.failure === undefined ? [] : [part.failure],
        "cut, split, healed",
      ),
      ...(part.failure === undefined ? checksOf(deps, record) : []),
    ],
  };

  function plightOf(node: number, { alone, cutAt, splitAt, healedAt }: PartitionRecord) {
    if (healedAt > 0 || cutAt === 0) return undefined;
    if (splitAt > 0) return { word: node < halfOf(network.nodes.length) ? "one half" : "other half", down: false };
    return node === alone ? { word: "cut off", down: false } : undefined;
  }
  async function script(stage: Stage, at: Scene): Promise<void> {
    await stage.until("two reports before the partition", () => ledger.rounds.length >= ROUNDS_BEFORE);
    await cutOneOff(stage, at);
    await split(stage, at);
    await heal(stage, at);
  }
}

interface Scene {
  readonly deps: EpisodeDeps;
  readonly links: Links;
  readonly record: PartitionRecord;
}

async function cutOneOff(stage: Stage, { deps: { network, ledger, now }, links, record }: Scene): Promise<void> {
  const others = network.nodes.map((_, node) => node).filter((node) => node !== record.alone);
  await links.split([others]);
  record.cutAt = now();
  stage.say(`node-${record.alone + 1} is cut off`);
  const before = ledger.rounds.length;
  await stage.until("reports of the others", () => ledger.rounds.length >= before + REPORTS_WITHOUT);
}

async function split(stage: Stage, { deps: { network, now }, links, record }: Scene): Promise<void> {
  const nodes = network.nodes.map((_, node) => node);
  const half = halfOf(nodes.length);
  await links.split([nodes.slice(0, half), nodes.slice(half)]);
  record.splitAt = now();
  stage.say("the network is split in halves");
  await stage.sleep(SPLIT_MS);
}

async function heal(stage: Stage, { deps, links, record }: Scene): Promise<void> {
  const { network, ledger, book, now } = deps;
  record.healedAt = now();
  await links.heal();
  stage.say("the links are mended");
  const alone = network.nodes[record.alone];
  await stage.until("a final of all nodes after healing", () =>
    book.finals(everyNode(deps), network.nodes.length).some(({ at }) => at > record.healedAt),
  );
  record.missed = ledger.rounds
    .filter(({ transmission }) => transmission.seenAt > record.cutAt)
    .map(({ transmission }) => transmission.sequence);
  await stage.until("the missed finals in the store of the node that was cut off", async () => {
    const held = await Promise.all(record.missed.map(async (sequence) => alone?.admin.round(sequence)));
    return held.every((final) => final !== undefined);
  });
  stage.say(`node-${record.alone + 1} holds what it missed`);
}

function halfOf(nodes: number): number {
  return Math.floor(nodes / 2);
}

function everyNode({ network }: EpisodeDeps): number[] {
  return network.nodes.map((_, node) => node);
}

function checksOf(deps: EpisodeDeps, record: PartitionRecord): Check[] {
  return [roundsWithoutOne(deps, record), nothingWhileSplit(deps, record), healed(deps, record), caughtUp(record)];
}

function roundsWithoutOne({ network, book }: EpisodeDeps, { alone, cutAt, splitAt }: PartitionRecord): Check {
  const between = ({ at }: { at: number }) => at > cutAt + SETTLE_MS && at < splitAt;
  const others = network.nodes.map((_, node) => node).filter((node) => node !== alone);
  const without = book.finals(others, others.length).filter(between).length;
  const itsOwn = book.finals([alone], 1).filter(between).length;
  const problems = [
    ...(without > 0 ? [] : ["no round became final at the others"]),
    ...(itsOwn > 0 ? [`${itsOwn} rounds became final at the node that was cut off`] : []),
  ];
  return check("rounds go on without a node that is cut off", problems, `${without} rounds in ${splitAt - cutAt} ms`);
}

/** A slot may reach a second node of a half late; what must not be is one that nobody had final before. */
function nothingWhileSplit(deps: EpisodeDeps, { splitAt, healedAt }: PartitionRecord): Check {
  const first = deps.book.finals(everyNode(deps), 1);
  const during = first.filter(({ at }) => at > splitAt + SETTLE_MS && at < healedAt);
  const problems = during.map(({ sequence }) => `slot ${sequence} became final in a half`);
  return check("no round finishes in half a network", problems, `none in ${healedAt - splitAt} ms`);
}

function healed(deps: EpisodeDeps, { healedAt }: PartitionRecord): Check {
  const { f } = deps.network.configuration;
  const after = deps.book.finals(everyNode(deps), 2 * f + 1).filter(({ at }) => at > healedAt);
  const tookMs = Math.min(...after.map(({ at }) => at)) - healedAt;
  const problems = tookMs <= HEALED_WITHIN_MS ? [] : [`the first round took ${tookMs} ms, over ${HEALED_WITHIN_MS} ms`];
  return check("rounds go on after healing", problems, `the first after ${tookMs} ms`);
}

function caughtUp({ missed }: PartitionRecord): Check {
  const problems = missed.length > 0 ? [] : ["it missed nothing"];
  return check(
    "the node that was cut off catches up",
    problems,
    `it holds all ${missed.length} reports that it missed`,
  );
}
