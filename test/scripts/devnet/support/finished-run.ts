import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { id, Interface, type JsonRpcProvider, makeError } from "ethers";
import { createReport } from "../../../../core/codec/report.ts";
import { deriveObserverKey } from "../../../../core/crypto/eddsa-poseidon.ts";
import { publicBinding, statementVector } from "../../../../core/proof/public-binding.ts";
import type { Configuration, Member } from "../../../../core/types/committee.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { sequenceOf } from "../../../../core/types/sequence.ts";
import { feedHubAbi } from "../../../../node/chain/generated/abi.ts";
import { openDatabase } from "../../../../node/storage/database.ts";
import { createProtocolStore } from "../../../../node/storage/protocol-store.ts";
import type { ReplayEntry } from "../../../../scripts/devnet/audit/replay-log.ts";
import { roundTraceId } from "../../../../scripts/devnet/audit/round-trace-id.ts";
import { DEVELOPMENT_TIMING, feedSpec, RECORDED_FEEDS } from "../../../../scripts/devnet/feeds.ts";
import type { Episode } from "../../../../scripts/devnet/episode.ts";
import { deedsOf, type KillRecord, leaderRejoined, plightIn } from "../../../../scripts/devnet/faults/kill-leader.ts";
import { watchLiar } from "../../../../scripts/devnet/faults/liar.ts";
import { Ledger, type RoundRecord } from "../../../../scripts/devnet/ledger.ts";
import type { DevNetwork } from "../../../../scripts/devnet/network.ts";
import { type DevnetOptions, whyUnproven } from "../../../../scripts/devnet/options.ts";
import { RoundBook } from "../../../../scripts/devnet/round-book.ts";
import type { DevnetRun } from "../../../../scripts/devnet/run.ts";
import { Timeline } from "../../../../scripts/devnet/timeline.ts";
import { seedOf } from "../../../support/median-statement.ts";
import { bindings, finalOf } from "./signed-messages.ts";

const CONFIG_DIGEST = id("configuration") as Hex;
const HUB: Hex = "0x00000000000000000000000000000000000000aa";
const NODES = 4;
const CHOSEN = [0, 1, 2];
const EXCHANGES = ["coinbase", "kraken", "bitstamp", "gemini"];
const UNIT = 10n ** 8n;
const START = 1_700_000_000;
const LANES = RECORDED_FEEDS.length;

/** What a test may spoil of an otherwise flawless run. */
export interface RunChanges {
  readonly options?: Partial<DevnetOptions>;
  readonly market?: DevnetRun["market"];
  readonly killed?: Partial<KillRecord>;
  round?(record: RoundRecord, index: number): RoundRecord;
  log?(entry: ReplayEntry): ReplayEntry;
  /** What the hub says to a proof of another report; undefined takes it. */
  readonly foreignProof?: string | undefined;
  node?(node: FakeNode, member: number): FakeNode;
  /** Node 1 answered another proposal of the first round's leader than the others. */
  readonly doubleProposal?: boolean;
  /** Node 1 holds another final for the first round than the others. */
  readonly fork?: boolean;
  /** No node kept any message. */
  readonly forgetful?: boolean;
}

export interface FakeNode {
  readonly name: string;
  readonly pid: number;
  readonly directory: string;
  readonly record: { readonly peerId: string; readonly member: Member };
}

/** A run of two proven rounds as the devnet leaves it behind, with its log and databases in `directory`. */
export async function finishedRun(directory: string, changes: RunChanges = {}) {
  const configuration = configurationOf();
  const nodes = configuration.members.map((member, i) => {
    const node = {
      name: `node-${i + 1}`,
      pid: 100 + i,
      directory: path.join(directory, `node-${i + 1}`),
      record: { peerId: `peer ${i}`, member },
    };
    return changes.node?.(node, i) ?? node;
  });
  const records = [1, 2].map((round, i) => {
    const record = recordOf(configuration, { round, liar: changes.options?.liar ?? false });
    return changes.round?.(record, i) ?? record;
  });
  await mkdir(directory, { recursive: true });
  const replayLog = path.join(directory, "replay.jsonl");
  const entries = [1, 2].flatMap(entriesOf).map((entry) => changes.log?.(entry) ?? entry);
  await writeFile(replayLog, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  writeDatabases(nodes, changes);
  const ledger = new Ledger({ endless: false });
  for (const { transmission, ...rest } of records) {
    ledger.transmitted(transmission);
    ledger.amend(transmission.sequence, rest);
  }
  const provider = { provider: null, call: () => answerTo(changes) } as unknown as JsonRpcProvider;
  const network = {
    ...{ provider, rpc: "", configuration, configDigest: CONFIG_DIGEST, replayLog, nodes },
    deployment: { hub: HUB },
    committees: [{ digest: CONFIG_DIGEST, configuration, nodes }],
  } as unknown as DevNetwork;
  const options = optionsOf(changes);
  const run: DevnetRun = {
    ...{ options, directory, ledger, network, statuses: [], stage: "running", progress: undefined },
    proving: whyUnproven(options) === undefined,
    timeline: new Timeline({ now: () => 0 }),
    book: new RoundBook(),
    market: changes.market ?? { price: UNIT, refusal: undefined },
    episodes: [
      ...(options.killLeader ? [killedLeader({ ...killedAt(records), ...changes.killed })] : []),
      ...(options.liar ? [watchLiar({ ledger, wanted: 2 })] : []),
    ],
  };
  return { run, network };
}

function optionsOf({ options }: RunChanges): DevnetOptions {
  const faults = { equivocate: false, slowSource: false, partition: false, changeCommittee: false };
  return {
    rounds: 2,
    json: true,
    nodes: 4,
    proofs: true,
    killLeader: false,
    liar: false,
    ...faults,
    seed: "test",
    ...options,
  };
}

/** The killing as the real episode shows it, with what a test says came of it. */
function killedLeader(record: KillRecord): Episode {
  return {
    finished: record.rejoinedAt !== undefined,
    lines: deedsOf(record),
    record: { killedLeader: record },
    onEvent: () => undefined,
    plightOf: (member) => plightIn(record, member),
    checks: ({ records }) => [leaderRejoined(record, records)],
  };
}

/** A node's value of a feed in a round: different for each node, feed and round. */
function priceOf({ round, member, lane }: { round: number; member: number; lane: number }): bigint {
  return BigInt(100 + 40 * round + 8 * member + lane);
}

function configurationOf(): Configuration {
  const members = Array.from({ length: NODES }, (_, member) => ({
    signer: id(`signer ${member}`).slice(0, 42) as Hex,
    transmitter: id(`transmitter ${member}`).slice(0, 42) as Hex,
    peerKey: id(`peer ${member}`) as Hex,
    observer: deriveObserverKey(seedOf(member)).publicKey,
  }));
  const feeds = RECORDED_FEEDS.map((feed) => feedSpec(feed, id("module") as Hex));
  return {
    index: 1,
    f: 1,
    members,
    feeds,
    lanes: LANES,
    fuelRules: 1,
    timing: DEVELOPMENT_TIMING,
    scheme: "ecdsa-quorum",
    schnorrKeys: [],
  };
}

/**
 * Members 0, 1 and 2 are chosen, and members with higher indices see higher values: the median is member 1's value, or
 * member 2's if member 0 multiplies its own by 1000.
 */
function recordOf(configuration: Configuration, { round, liar }: { round: number; liar: boolean }): RoundRecord {
  const sequence = sequenceOf({ configIndex: 1, epoch: 1, round });
  const values = RECORDED_FEEDS.map((_, lane) => priceOf({ round, member: liar ? 2 : 1, lane }) * UNIT);
  const feeds = { mask: 2 ** LANES - 1, values };
  const observedAt = START + 4 * round;
  const feedIds = configuration.feeds.map((feed) => feed.id);
  const report = createReport({ configDigest: CONFIG_DIGEST, sequence }, { feeds, feedIds, observedAt });
  const observerKeys = configuration.members.map(({ observer }) => observer);
  const window = configuration.timing.window;
  const w = statementVector(
    { domain: { chainId: 31337n, hub: HUB }, report, feeds, observerKeys, window },
    { nMax: NODES },
  );
  const seen = {
    sequence,
    index: BigInt(round),
    txHash: id(`${round}`) as Hex,
    blockNumber: 10 * round,
    gasUsed: 1n,
    seenAt: 0,
  };
  const answers = values.map((answer) => ({ answer, roundId: BigInt(round), updatedAt: observedAt }));
  const observation = { feeds, timestamp: observedAt, inputsDigest: "0x", fuel: 0n };
  return {
    transmission: {
      ...seen,
      digest: id("digest of report") as Hex,
      report,
      feeds,
      signers: [0, 1],
      stored: feeds.mask,
      transmitter: HUB,
      answers,
    },
    view: {
      ...{ digest: "0x", report, signatures: [], stages: {} },
      observations: CHOSEN.map((observer) => ({ observer, observation })),
    },
    proof: {
      ...seen,
      proof: {
        a: [1n, 2n],
        b: [
          [1n, 2n],
          [3n, 4n],
        ],
        c: [1n, 2n],
      },
      commitment: publicBinding(w).commitment,
    },
    proving: { witnessMs: 1, proveMs: 1 },
  };
}

function entriesOf(round: number): ReplayEntry[] {
  const traceId = roundTraceId(CONFIG_DIGEST, sequenceOf({ configIndex: 1, epoch: 1, round }));
  const common = { at: 0, tick: 0, traceId, fault: null, status: 200, latencyMs: 1, aborted: false };
  return Array.from({ length: NODES }, (_, member) => member).flatMap((member) =>
    RECORDED_FEEDS.flatMap(({ symbol }, lane) =>
      EXCHANGES.map((exchange) => ({
        ...{
          ...common,
          id: `${round} ${member} ${symbol} ${exchange}`,
          requester: `node-${member + 1}`,
          exchange,
          symbol,
        },
        price: `${priceOf({ round, member, lane })}`,
      })),
    ),
  );
}

/** Each node answered the first round's proposal and holds its final. */
function writeDatabases(nodes: readonly FakeNode[], { doubleProposal, fork, forgetful }: RunChanges): void {
  const sequence = sequenceOf({ configIndex: 1, epoch: 1, round: 1 });
  const shape = { configDigest: CONFIG_DIGEST, lanes: LANES };
  for (const [member, { directory }] of nodes.entries()) {
    const database = openDatabase(path.join(directory, "data", "quorate.db"));
    const store = createProtocolStore(shape, { database });
    const final = finalOf(
      shape,
      sequence,
      fork === true && member === 1 ? { text: "fork", signers: [2] } : { signers: [3] },
    );
    const proposal = doubleProposal === true && member === 1 ? "another" : "one";
    const prepare = bindings.prepare(sequence, id(proposal) as Hex);
    const records = forgetful === true ? { bindings: [], finals: [] } : { bindings: [prepare], finals: [final] };
    store.commit({ ...records, epoch: undefined, evidence: [] });
    database.close();
  }
}

function killedAt([first, second]: readonly RoundRecord[]): KillRecord {
  const sequence = (first?.transmission.sequence ?? 0n) - 1n;
  return { member: 0, sequence, killedPid: 1, restartedPid: 2, rejoinedAt: second?.transmission.sequence ?? 0n };
}

async function answerTo(changes: RunChanges): Promise<string> {
  const error = "foreignProof" in changes ? changes.foreignProof : "ProofRejected";
  if (error === undefined) return Promise.resolve("0x");
  const abi = new Interface(feedHubAbi);
  const data = abi.encodeErrorResult(error, abi.getError(error)?.inputs.map(() => 1n) ?? []);
  await Promise.resolve();
  throw makeError("reverted", "CALL_EXCEPTION", { data } as never);
}
