import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readNodeConfig } from "../../node/config/node-config.ts";
import { AdminClient } from "../../scripts/devnet/nodes/admin-client.ts";
import { type DevnetProcess, type Exit, runDevnet, startDevnet, until, untilNone } from "./support/devnet-process.ts";
import { assertPassed, checksOf, type DevnetDocument, parseDocument } from "./support/document.ts";

/** Building what is missing, starting everything and the first round, on a slow and busy machine. */
const START_MS = 180_000;
/** What a user waits for after Ctrl-C. */
const STOP_MS = 15_000;

const linux = process.platform === "linux" ? {} : { skip: "processes are followed through /proc" };

const COMMON_CHECKS = [
  "nodes are distinct",
  "nodes saw different values",
  "answers equal the recomputed medians",
  "transmitted reports are proven",
  "public inputs differ",
  "a proof is worth nothing for the next round",
  "the market reads a proven price",
  "nobody signed twice",
  "no slot became final twice",
];

/** Resolves as soon as a node tells that it observes for a round: in the middle of that round. */
async function untilInMidRound(devnet: DevnetProcess): Promise<void> {
  await until(devnet, () => devnet.stdout().includes("transmitted"), START_MS);
  const { admin } = await readNodeConfig(path.join(await devnet.directory(), "node-1", "quorate.yaml"));
  const seen = new AbortController();
  await new AdminClient(`http://127.0.0.1:${admin.port}`).follow((event) => {
    if (event.type === "stage" && event.stage === "observing") seen.abort();
  }, seen.signal);
  assert.ok(seen.signal.aborted, "the node's events ended before a round");
}

async function exitWithin({ exited }: DevnetProcess, ms: number): Promise<Exit | undefined> {
  const timer = new AbortController();
  const exit = await Promise.race([exited, delay(ms, undefined, { signal: timer.signal })]);
  timer.abort();
  return exit;
}

describe("devnet", linux, () => {
  it("ends on Ctrl-C in the middle of a round and leaves no process", async () => {
    await using devnet = startDevnet([]);
    await untilInMidRound(devnet);
    devnet.interrupt();
    assert.deepEqual(await exitWithin(devnet, STOP_MS), { code: 0, signal: null });
    assert.match(devnet.stdout(), /stopped: [1-9]\d* reports transmitted/);
    assert.equal(devnet.stderr(), "");
    assert.deepEqual(await untilNone(() => devnet.survivors(), 2_000), []);
  });

  it("ends on Ctrl-C while it starts", async () => {
    await using devnet = startDevnet([]);
    await until(devnet, async () => (await devnet.survivors()).length > 0, START_MS);
    devnet.interrupt();
    assert.deepEqual(await exitWithin(devnet, STOP_MS), { code: 0, signal: null });
    assert.match(devnet.stdout(), /stopped: 0 reports transmitted/);
    assert.equal(devnet.stderr(), "");
    assert.deepEqual(await untilNone(() => devnet.survivors(), 2_000), []);
  });

  it("proves what five of seven observed and three signed, in the honest range though one lies", async () => {
    const { code, stdout, stderr, survivors } = await runDevnet(["--rounds", "2", "--json", "--nodes", "7", "--liar"]);
    assert.equal(code, 0, stderr);
    const document = parseDocument(stdout);
    assertPassed(document);
    assert.deepEqual(checksOf(document), [...COMMON_CHECKS, "answers stay in the honest range", "the liar was heard"]);
    assert.equal(document.nodes.length, 7);
    for (const { chosenObservers, signers } of document.rounds)
      assert.deepEqual([new Set(chosenObservers).size, new Set(signers).size], [5, 3]);
    assertHonest(document, 6);
    assert.deepEqual(survivors, []);
  });

  it("proves two rounds, passes every check and prints one document", async () => {
    const { code, stdout, stderr, survivors } = await runDevnet(["--rounds", "2", "--json", "--seed", "e2e"]);
    assert.equal(code, 0, stderr);
    const document = parseDocument(stdout);
    assertPassed(document);
    assert.deepEqual(checksOf(document), COMMON_CHECKS);
    assertDistinctNodes(document);
    assertRounds(document, 2);
    assert.ok(document.foreignProofs.length >= 1);
    assert.deepEqual(new Set(document.foreignProofs), new Set(["ProofRejected"]));
    assert.ok(BigInt(document.market.price ?? 0) > 0n);
    assert.deepEqual(survivors, []);
    await assertGone(document);
  });

  it("survives the death of its leader in mid-round", async () => {
    const { code, stdout, stderr, survivors } = await runDevnet(["--rounds", "2", "--json", "--kill-leader"]);
    assert.equal(code, 0, stderr);
    const document = parseDocument(stdout);
    assertPassed(document);
    assert.deepEqual(checksOf(document), [...COMMON_CHECKS, "the killed leader rejoins"]);
    const killed = document.killedLeader;
    assert.ok(killed !== undefined);
    assert.notEqual(killed.restartedPid, killed.killedPid);
    assert.ok(BigInt(killed.rejoinedAt) > BigInt(killed.sequence));
    assert.equal(document.nodes[killed.member]?.pid, killed.restartedPid);
    assert.deepEqual(survivors, []);
  });

  it("leaves no process when it is killed", async () => {
    await using devnet = startDevnet([]);
    await until(devnet, () => devnet.stdout().includes("running"), START_MS);
    const before = await devnet.survivors();
    assert.ok(before.length >= 6, `a chain, a replay and four nodes at least, not ${before.length} processes`);
    devnet.kill();
    assert.equal((await devnet.exited).signal, "SIGKILL");
    assert.deepEqual(await untilNone(() => devnet.survivors(), STOP_MS), []);
  });
});

function assertDistinctNodes({ nodes }: DevnetDocument): void {
  assert.equal(nodes.length, 4);
  for (const face of ["pid", "peerId", "signer", "transmitter", "dataDirectory"] as const) {
    assert.equal(new Set(nodes.map((node) => node[face])).size, 4, face);
  }
  assert.equal(new Set(nodes.map(({ observerKey }) => observerKey.x)).size, 4);
}

function assertRounds({ rounds }: DevnetDocument, wanted: number): void {
  const proven = rounds.filter(({ proof }) => proof !== undefined);
  assert.ok(proven.length >= wanted);
  assert.equal(new Set(proven.map(({ proof }) => proof?.publicInputs.join())).size, proven.length);
  const stored = rounds.flatMap(({ feeds }) => feeds.filter((feed) => feed.stored));
  assert.ok(stored.length >= 8, "the first report stores every feed");
  for (const { name, answer, recomputed } of stored) assert.equal(answer, recomputed, name);
  assert.ok(stored.some(({ observed }) => new Set(observed).size > 1));
  for (const { sequence, chosenObservers, signers } of rounds) {
    assert.deepEqual([new Set(chosenObservers).size, new Set(signers).size], [3, 2], sequence);
  }
}

/** Each stored answer lies between two of what the honest nodes observed. */
function assertHonest({ rounds }: DevnetDocument, honestNodes: number): void {
  const stored = rounds.flatMap(({ feeds }) => feeds.filter((feed) => feed.stored));
  assert.ok(stored.length > 0);
  for (const { name, answer, observed } of stored) {
    const honest = observed.map(BigInt);
    assert.ok(
      honest.some((value) => value <= BigInt(answer!)) && honest.some((value) => value >= BigInt(answer!)),
      name,
    );
    assert.ok(observed.length <= honestNodes, `${name} counts the liar as honest`);
  }
}

/** What ran can no longer be reached; what it wrote is there. */
async function assertGone({ nodes, chain }: DevnetDocument): Promise<void> {
  await assert.rejects(fetch(chain.rpc));
  for (const { pid, dataDirectory } of nodes) {
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
    await access(path.join(dataDirectory, "quorate.db"));
  }
}
