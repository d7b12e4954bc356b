import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Clock } from "../../../core/ports/clock.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { startWatch, type WatchedCommittee, type WatchOptions, type WatchRefusals } from "../../../node/app/watch.ts";
import type { WatchedFinal } from "../../../node/app/watched-finals.ts";
import { type FinalGossip, startFinalGossip } from "../../../node/p2p/final-gossip.ts";
import { assertFailure, runCli } from "../../support/cli.ts";
import { DEV_CHAIN_ID, type DevChain, startDevChain } from "../../support/dev-chain.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, type ProtocolFixture } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const NOBODY = "/ip4/127.0.0.1/tcp/1";
const NO_CONTRACT: Hex = `0x${"00".repeat(19)}01`;
const SILENT_MS = 50;

const sequence = (round: number, configIndex = 1) => sequenceOf({ configIndex, epoch: 1, round });

describe("watch", () => {
  const folder = scratchFolder();
  let chain: DevChain;
  let fixture: ProtocolFixture;
  let digest: Hex;
  let gossip: FinalGossip;
  const stops: (() => Promise<void>)[] = [];

  /** Puts a configuration in force, and gives the keys that sign for it. */
  async function configure(index: number): Promise<{ digest: Hex; fixture: ProtocolFixture }> {
    const { configuration } = await createProtocolFixture();
    const configDigest = await chain.configure({ ...configuration, index });
    const domain = { chainId: BigInt(DEV_CHAIN_ID), hub: chain.deployment.hub };
    return { digest: configDigest, fixture: await createProtocolFixture({ domain, configDigest }) };
  }

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: 2 });
    ({ digest, fixture } = await configure(1));
    gossip = await startFinalGossip(
      { privateKey: fixture.identities[0]!.peerPrivateKey, listen: "/ip4/127.0.0.1/tcp/0", maxWatchers: 8 },
      { clock: systemClock, log: createRecordingLog(), meter: createRecordingMeter() },
    );
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  after(async () => {
    await gossip.stop();
    await chain.stop();
  });

  async function watch(options: Partial<WatchOptions> = {}, clock: Clock = systemClock) {
    const finals: WatchedFinal[] = [];
    const conflicts: WatchedFinal[] = [];
    const refused: string[] = [];
    let refusals: WatchRefusals = { forged: 0, stale: 0, foreign: 0 };
    let committees: readonly WatchedCommittee[] = [];
    const running = await startWatch(
      { rpc: chain.rpc, registry: chain.deployment.registry, peers: gossip.addresses, ...options },
      {
        ...{ log: createRecordingLog(), clock },
        events: {
          onFinal: (final, { isConflict }) => void (isConflict ? conflicts : finals).push(final),
          onRefused(reason, counts) {
            refused.push(reason);
            refusals = counts;
          },
          onCommittees: (now) => void (committees = now),
          onPeers: () => undefined,
        },
      },
    );
    stops.push(() => running.stop());
    return { finals, conflicts, refused, refusals: () => refusals, committees: () => committees };
  }

  /** Publishes finals of ever new slots until the watcher has one. @returns the round of the next slot. */
  async function untilWatched({ finals }: { finals: readonly WatchedFinal[] }): Promise<number> {
    let round = 0;
    await until("a final came", () => {
      round += 1;
      gossip.publish(digest, fixture.final(sequence(round)));
      return finals.length > 0;
    });
    await until("all came", () => finals.at(-1)?.round === round);
    return round + 1;
  }

  it("tells each final once, with names, exact values, and who stands behind it", async () => {
    const watching = await watch();
    const round = await untilWatched(watching);
    const before = watching.finals.length;
    const final = fixture.final(sequence(round));
    gossip.publish(digest, final);
    gossip.publish(digest, final);
    gossip.publish(digest, fixture.final(sequence(round + 1)));
    await until("the next came", () => watching.finals.at(-1)?.round === round + 1);
    assert.deepEqual(
      watching.finals.slice(before).map((watched) => watched.round),
      [round, round + 1],
    );
    const { feeds, ...told } = watching.finals.at(-2)!;
    assert.deepEqual(told, {
      ...{ configDigest: digest, configIndex: 1, sequence: sequence(round), epoch: 1, round },
      ...{ observedAt: final.report.observedAt, digest: final.digest, signers: [0, 1], observers: [0, 1, 2] },
    });
    assert.deepEqual(
      feeds.map(({ value, decimals }) => ({ value, decimals })),
      [
        { value: "0.00001001", decimals: 8 },
        { value: "-0.00001011", decimals: 8 },
      ],
    );
    assert.deepEqual(watching.refusals(), { forged: 0, stale: 0, foreign: 0 });
    assert.deepEqual(watching.committees(), [{ configDigest: digest, index: 1, n: 4, f: 1, feeds: 2 }]);
  });

  it("believes nothing that a member forges, and no final of an older slot", async () => {
    const watching = await watch();
    const round = await untilWatched(watching);
    const genuine = fixture.final(sequence(round));
    const other = fixture.final(sequence(round + 1));
    const known = fixture.final(sequence(round - 1));
    const [first, second] = genuine.signatures;
    const forgeries: Record<string, FinalReport> = {
      "another value": { ...genuine, feeds: { ...genuine.feeds, values: [1n, 2n] } },
      "one signature twice": { ...genuine, signatures: [first!, first!] },
      "another report's signature": { ...genuine, signatures: [first!, other.signatures[1]!] },
      "another member's signature": { ...genuine, signatures: [first!, { ...second!, signer: 2 }] },
      "another observer": {
        ...genuine,
        observations: genuine.observations.map((entry, i) => (i === 2 ? { ...entry, observer: 3 } : entry)),
      },
      "an observation that nobody signed": {
        ...genuine,
        observations: genuine.observations.map((entry, i) =>
          i === 2 ? { ...entry, signature: { ...entry.signature, s: entry.signature.s + 1n } } : entry,
        ),
      },
      "the next slot's, with the last one's name": { ...known, report: { ...known.report, sequence: sequence(round) } },
      "a later time": { ...genuine, report: { ...genuine.report, observedAt: genuine.report.observedAt + 1 } },
    };
    const told = watching.finals.length;
    let expected = 0;
    for (const [what, forged] of Object.entries(forgeries)) {
      gossip.publish(digest, forged);
      expected += 1;
      await until(`${what} is refused`, () => watching.refusals().forged === expected);
    }
    gossip.publish(digest, fixture.final(sequence(1)));
    await until("an old one is refused", () => watching.refusals().stale === 1);
    assert.equal(watching.finals.length, told);
    gossip.publish(digest, genuine);
    await until("the genuine one is told", () => watching.finals.length === told + 1);
    assert.deepEqual(watching.refusals(), { forged: expected, stale: 1, foreign: 0 });
  });

  it("cries out if one slot has two reports with f+1 signatures each", async () => {
    const watching = await watch();
    const round = await untilWatched(watching);
    const one = fixture.final(sequence(round));
    const observations = [1, 2, 3].map((member) => fixture.observation(member, sequence(round)));
    const outcome = fixture.plugin.report(sequence(round), observations);
    if (outcome.kind !== "report") throw new TypeError(outcome.code);
    const signatures = [2, 3].map((signer) => ({
      signer,
      signature: fixture.cryptoOf(signer).signDigest(outcome.digest),
    }));
    const { report, digest: reportDigest, feeds } = outcome;
    gossip.publish(digest, one);
    gossip.publish(digest, { report, digest: reportDigest, feeds, observations, signatures });
    await until("told", () => watching.conflicts.length === 1);
    assert.deepEqual([watching.conflicts[0]!.round, watching.conflicts[0]!.signers], [round, [2, 3]]);
  });

  it("says what is wrong with its endpoint, registry and peers", async () => {
    const { deployment } = chain;
    await assert.rejects(watch({ rpc: "http://127.0.0.1:1" }), withCode("chain-unreachable"));
    await assert.rejects(watch({ registry: NO_CONTRACT }), withCode("registry-unusable"));
    await assert.rejects(watch({ registry: deployment.hub }), withCode("registry-unusable"));
    await assert.rejects(watch({ peers: ["127.0.0.1:9041"] }), withCode("peer-malformed"));
    const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, SILENT_MS), signal) };
    await assert.rejects(watch({ peers: [NOBODY] }, hasty), withCode("peers-unreachable"));
    await watch({ peers: [NOBODY, ...gossip.addresses] }); // One that answers is enough.
  });

  it("prints one JSON line per final as a command, and ends after as many as it is asked for", async () => {
    const { rpc, deployment } = chain;
    const place = ["--rpc", rpc, "--registry", deployment.registry];
    let round = 5_000;
    const timer = setInterval(() => gossip.publish(digest, fixture.final(sequence(++round))), 100);
    try {
      const { code, stdout, stderr } = await runCli([
        ...["watch", ...place, "--peer", gossip.addresses[0]!, "--json", "--rounds", "2"],
      ]);
      assert.equal(code, 0, stderr);
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, 2);
      const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal(Number(second!.sequence), Number(first!.sequence) + 1);
      assert.deepEqual(first!.refusals, { forged: 0, stale: 0, foreign: 0 });
      assert.equal(stderr, "");
      const plain = await runCli(["watch", ...place, "--peer", gossip.addresses[0]!, "--rounds", "1"]);
      assert.match(plain.stdout, /^\d{4}-[^\n]*Z {2}epoch 1 round \d+ {2}signed by 0,1 {2}[^\n]+\n$/);
    } finally {
      clearInterval(timer);
    }
    const wrong = await runCli(["watch", "--rpc", rpc, "--registry", NO_CONTRACT, "--peer", NOBODY]);
    assertFailure(wrong, "registry-unusable", /--registry/);
    const without = await runCli(["watch", ...place]);
    assert.match(without.stderr, /required option '--peer <multiaddr>' not specified/);
  });

  // Last: it ends what the tests before rely on.
  it("follows the committee to its next configuration", async () => {
    const watching = await watch();
    await untilWatched(watching);
    const next = await configure(2);
    await until("both in force", () => watching.committees().length === 2);
    await until("a final of the next one came", () => {
      gossip.publish(next.digest, next.fixture.final(sequence(1, 2)));
      return watching.finals.at(-1)?.configIndex === 2;
    });
    assert.deepEqual(watching.refusals(), { forged: 0, stale: 0, foreign: 0 });
  });
});
