import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { computeAddress, hexlify, type JsonRpcProvider } from "ethers";
import type { ChainReader, RecordedReport } from "../../../core/ports/chain.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { StoredFeed } from "../../../core/types/chain.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { createChainReader } from "../../../node/chain/chain-reader.ts";
import { type ChainWatcher, startChainWatcher } from "../../../node/chain/chain-watcher.ts";
import { createChainWriter, type RunningChainWriter } from "../../../node/chain/chain-writer.ts";
import { createChainMetrics } from "../../../node/chain/metrics.ts";
import { createTransmitter, type Transmitter } from "../../../node/rounds/transmitter.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { createTransactionStore } from "../../../node/storage/transaction-store.ts";
import { createTransmissionStore } from "../../../node/storage/transmission-store.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "../../support/dev-chain.ts";
import { createProtocolFixture, fixtureSequence, type ProtocolFixture } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";
import { recordedMetrics } from "../rounds/fixtures.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const LANES = 2;
const POLL_MS = 20;
const FEES = {
  ...{ maxFeePerGas: 200_000_000_000n, maxPriorityFeePerGas: undefined },
  ...{ bumpPercent: 12, bumpAfterMs: 30_000 },
};
const CONFIRMATIONS = 3;

/** What a member has for transmitting, on a real chain. */
interface Member {
  readonly writer: RunningChainWriter;
  readonly transmitter: Transmitter;
  readonly pending: () => number;
  readonly result: (result: string) => number;
}

describe("a reorganisation of three blocks", () => {
  const folder = scratchFolder();
  const stops: (() => Promise<void>)[] = [];
  let chain: DevChain;
  let provider: JsonRpcProvider;
  let fixture: ProtocolFixture;
  let digest: Hex;
  let reader: ChainReader;
  let round = 0;

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: LANES });
    ({ provider } = chain);
    const { configuration } = await createProtocolFixture({ lanes: LANES });
    digest = await chain.configure(configuration);
    const { hub } = chain.deployment;
    const domain = { chainId: BigInt(DEV_CHAIN_ID), hub };
    const observedAt = ((await provider.getBlock("latest"))?.timestamp ?? 0) - 5;
    fixture = await createProtocolFixture({ lanes: LANES, domain, configDigest: digest, observedAt });
    reader = createChainReader({ hub, feedIds: configuration.feeds.map((feed) => feed.id) }, { provider });
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await chain.stop();
  });

  function memberOf(self: number): Member {
    const database = openDatabase(":memory:");
    const transmitterKey = fixture.identities[self]!.secrets.transmitter;
    const account = computeAddress(hexlify(transmitterKey)).toLowerCase() as Hex;
    // An hour ahead of the chain: every feed's heartbeat has passed, so that every report is due.
    const clock: Clock = { ...systemClock, timeOfDay: () => systemClock.timeOfDay() + 3_600_000 };
    const log = createRecordingLog();
    const writer = createChainWriter(
      {
        ...{ hub: chain.deployment.hub, chainId: DEV_CHAIN_ID, transmitterKey, pollMs: POLL_MS },
        ...{ fees: FEES, finality: { confirmations: CONFIRMATIONS }, minBalance: 0n },
      },
      {
        ...{ provider, clock, log, metrics: createChainMetrics(createRecordingMeter()) },
        store: createTransactionStore({ chainId: DEV_CHAIN_ID, account }, { database }),
      },
    );
    const transmissions = createTransmissionStore({ configDigest: digest }, { database });
    const { metrics, meter } = recordedMetrics();
    // Everyone's turn comes at once: the order of turns is tested elsewhere.
    const configuration = { ...fixture.configuration, timing: { ...fixture.configuration.timing, deltaStage: 0 } };
    const transmitter = createTransmitter(
      { configuration, configDigest: digest, self },
      {
        ...{ reader, writer, transmissions, clock, log, metrics },
        store: createProtocolStore({ configDigest: digest, lanes: LANES }, { database }),
      },
    );
    stops.push(
      () => writer.stop(),
      () => transmitter.stop(),
    );
    return {
      ...{ writer, transmitter },
      pending: () => transmissions.pending().length,
      result: (result) => meter.total("transmissions_total", { result }),
    };
  }

  function watch(transmitters: readonly Transmitter[]) {
    const seen = {
      transmitted: [] as RecordedReport[],
      feeds: [] as (readonly StoredFeed[])[],
      from: [] as number[],
    };
    const watcher: ChainWatcher = startChainWatcher(
      { hub: chain.deployment.hub, configIndex: 1, pollMs: POLL_MS, lookBack: 0 },
      {
        ...{ provider, reader, clock: systemClock, log: createRecordingLog() },
        events: {
          onTransmitted: () => undefined,
          onRecorded: (report) => void seen.transmitted.push(report),
          onProven: () => undefined,
          onFeeds: (feeds) => void seen.feeds.push(feeds),
          onReorganised(fromBlock) {
            seen.from.push(fromBlock);
            for (const transmitter of transmitters) transmitter.onReorganised(fromBlock);
          },
        },
      },
    );
    stops.push(() => watcher.stop());
    return { ...seen, watcher };
  }

  const mine = (blocks: number) => provider.send("hardhat_mine", [`0x${blocks.toString(16)}`]);
  /** Replaces everything since the snapshot by so many other blocks. */
  async function replaceSince(snapshot: string, blocks: number): Promise<void> {
    await provider.send("evm_revert", [snapshot]);
    await provider.send("evm_increaseTime", [3]);
    await mine(blocks);
  }

  it("does not lose a report: it is sent again, told again, and done when its new block is final", async () => {
    const member = memberOf(0);
    const seen = watch([member.transmitter]);
    await until("watching", () => seen.feeds.length === 1);
    const snapshot = (await provider.send("evm_snapshot", [])) as string;
    const first = await provider.getBlockNumber();
    const final = fixture.final(fixtureSequence(++round));
    member.transmitter.accept(final);
    await until("transmitted", () => seen.transmitted.length === 1);
    await mine(2);
    await until("followed", () => seen.watcher.blockNumber() === first + 3);
    assert.deepEqual([member.pending(), member.result("transmitted")], [1, 0], "two confirmations are not enough");
    await replaceSince(snapshot, 3);
    await until("told again", () => seen.transmitted.length === 2);
    assert.deepEqual(
      [seen.from, seen.transmitted[1]?.txHash, (seen.transmitted[1]?.blockNumber ?? 0) > first + 3],
      [[first + 1], seen.transmitted[0]?.txHash, true],
    );
    await until("the feeds", () => seen.feeds.at(-1)?.[0]?.sequence === final.report.sequence);
    assert.equal(member.pending(), 1);
    await mine(CONFIRMATIONS);
    await until("done", () => member.result("transmitted") === 1);
    assert.equal(member.pending(), 0);
    assert.equal(seen.transmitted.length, 2);
  });

  it("does not lose a report of another member either, who is gone meanwhile", async () => {
    const [gone, member] = [memberOf(1), memberOf(2)];
    const seen = watch([member.transmitter]);
    await until("watching", () => seen.feeds.length === 1);
    const snapshot = (await provider.send("evm_snapshot", [])) as string;
    const final = fixture.final(fixtureSequence(++round));
    gone.transmitter.accept(final);
    await until("transmitted", () => seen.transmitted.length === 1);
    member.transmitter.accept(final);
    await until("not needed", () => member.result("not-needed") === 1);
    await gone.transmitter.stop();
    await gone.writer.stop();
    await replaceSince(snapshot, 3);
    await until("sent by the other", () => seen.transmitted.length === 2);
    const { transmitter } = fixture.identities[2]!.member;
    const sent = await provider.getTransaction(seen.transmitted[1]!.txHash);
    assert.equal(sent?.from.toLowerCase(), transmitter.toLowerCase());
    await mine(CONFIRMATIONS);
    await until("done", () => member.result("transmitted") === 1);
  });
});
