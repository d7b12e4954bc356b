import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { computeAddress, Contract, hexlify, id, type JsonRpcProvider, parseEther, toQuantity, Wallet } from "ethers";
import { encodeConfiguration } from "../../../core/codec/configuration.ts";
import type { ChainReader, ProvenReport, RecordedReport } from "../../../core/ports/chain.ts";
import type { MedianProof } from "../../../core/ports/prover.ts";
import type { StoredFeed } from "../../../core/types/chain.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import {
  createChainReader,
  readConfiguration,
  readConfigurationOf,
  readHub,
} from "../../../node/chain/chain-reader.ts";
import { startChainWatcher } from "../../../node/chain/chain-watcher.ts";
import { createChainWriter, type RunningChainWriter } from "../../../node/chain/chain-writer.ts";
import { type ChainConnection, connectChain } from "../../../node/chain/connect.ts";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import { createChainMetrics } from "../../../node/chain/metrics.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createTransactionStore } from "../../../node/storage/transaction-store.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "../../support/dev-chain.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, fixtureSequence, type ProtocolFixture } from "../../support/protocol-fixture.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { until } from "../../support/until.ts";

const LANES = 2;
const POLL_MS = 20;
const FEES = {
  ...{ maxFeePerGas: 200_000_000_000n, maxPriorityFeePerGas: undefined },
  ...{ bumpPercent: 12, bumpAfterMs: 30_000 },
};
/** Proves nothing. */
const NO_PROOF: MedianProof = {
  proof: {
    a: [0n, 0n],
    b: [
      [0n, 0n],
      [0n, 0n],
    ],
    c: [0n, 0n],
  },
  ...{ publicSignals: [0n, 0n, 0n], witnessMs: 0, proveMs: 0, peakMemory: 0 },
};

describe("chain", () => {
  const folder = scratchFolder();
  let chain: DevChain;
  let proxy: RpcProxy;
  let connection: ChainConnection;
  let provider: JsonRpcProvider;
  const writers: RunningChainWriter[] = [];
  const metrics = createChainMetrics(createRecordingMeter());
  let fixture: ProtocolFixture;
  let digest: Hex;
  let reader: ChainReader;
  let round = 0;

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: LANES });
    proxy = await startRpcProxy({ upstream: chain.rpc });
    const signal = new AbortController().signal;
    const deps = { clock: systemClock, log: silentLog, metrics };
    connection = await connectChain({ rpc: [proxy.url], chainId: DEV_CHAIN_ID, signal }, deps);
    ({ provider } = connection);
    await assert.rejects(readConfiguration(chain.deployment, { provider }), withCode("configuration-missing"));
    const { configuration } = await createProtocolFixture({ lanes: LANES });
    digest = await chain.configure(configuration);
    const { hub } = chain.deployment;
    const domain = { chainId: BigInt(DEV_CHAIN_ID), hub };
    const latest = (await provider.getBlock("latest"))?.timestamp ?? 0;
    fixture = await createProtocolFixture({ lanes: LANES, domain, configDigest: digest, observedAt: latest - 5 });
    reader = createChainReader({ hub, feedIds: configuration.feeds.map((feed) => feed.id) }, { provider });
  });
  after(async () => {
    for (const writer of writers) await writer.stop();
    connection.stop();
    await proxy.stop();
    await chain.stop();
  });

  const nextFinal = () => fixture.final(fixtureSequence(++round));
  const keyOf = (member: number) => fixture.identities[member]!.secrets.transmitter;

  function writerOf(member = 0, over: JsonRpcProvider = provider, fees = FEES) {
    const [log, meter] = [createRecordingLog(), createRecordingMeter()];
    const account = computeAddress(hexlify(keyOf(member))).toLowerCase() as Hex;
    const store = createTransactionStore({ chainId: DEV_CHAIN_ID, account }, { database: openDatabase(":memory:") });
    const writer = createChainWriter(
      {
        ...{ hub: chain.deployment.hub, chainId: DEV_CHAIN_ID, transmitterKey: keyOf(member), pollMs: POLL_MS },
        ...{ fees, finality: { confirmations: 0 }, minBalance: parseEther("1") },
      },
      { provider: over, store, clock: systemClock, log, metrics: createChainMetrics(meter) },
    );
    writers.push(writer);
    return { writer, log, meter, store };
  }
  /** Stores these lanes, whatever the chain holds. */
  const lanes = (mask: number) => () => Promise.resolve(mask);
  const ALL = lanes(0b11);

  describe("reader", () => {
    it("reads the committee in force, and recomputes its digest", async () => {
      const { registry, hub } = chain.deployment;
      const read = await readConfiguration({ registry }, { provider });
      // The chain knows no checksummed addresses, and its decoder names the fields in an order of its own.
      const plain = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v)).toLowerCase());
      assert.deepEqual([read.digest, read.hub, read.chainId], [digest, hub, BigInt(DEV_CHAIN_ID)]);
      assert.deepEqual(plain(read.configuration), plain(fixture.configuration));
    });

    it("refuses a configuration whose bytes do not make the stated digest", async () => {
      const { registry } = chain.deployment;
      const configurationOf = id("configurationOf(bytes32)").slice(0, 10);
      const tampered = encodeConfiguration({ ...fixture.configuration, f: 0 }).slice(2);
      proxy.behave({
        answer({ method, params }) {
          const [call] = params as [{ data?: string; input?: string }];
          const data = method === "eth_call" ? (call.data ?? call.input ?? "") : "";
          if (!data.startsWith(configurationOf)) return undefined;
          const padded = tampered.padEnd(Math.ceil(tampered.length / 64) * 64, "0");
          const length = (tampered.length / 2).toString(16).padStart(64, "0");
          return `0x${"20".padStart(64, "0")}${length}${padded}`;
        },
      });
      try {
        await assert.rejects(readConfiguration({ registry }, { provider }), withCode("configuration-digest-mismatch"));
      } finally {
        proxy.behave({});
      }
    });

    it("reads any configuration of the registry, and its hub", async () => {
      const { registry, hub } = chain.deployment;
      assert.equal(await readHub({ registry }, { provider }), hub);
      const read = await readConfigurationOf({ registry, digest }, { provider });
      assert.equal(read.configuration.members.length, fixture.configuration.members.length);
      const unknown: Hex = `0x${"77".repeat(32)}`;
      await assert.rejects(
        readConfigurationOf({ registry, digest: unknown }, { provider }),
        withCode("configuration-missing"),
      );
      assert.equal(await reader.lastSequence(), 0n);
    });

    it("says where there is no contract, or another one", async () => {
      const nowhere: Hex = `0x${"99".repeat(20)}`;
      await assert.rejects(readConfiguration({ registry: nowhere }, { provider }), withCode("contract-without-code"));
      const { hub } = chain.deployment;
      await assert.rejects(readConfiguration({ registry: hub }, { provider }), withCode("contract-unknown"));
      await assert.rejects(readHub({ registry: nowhere }, { provider }), withCode("contract-without-code"));
      await assert.rejects(readHub({ registry: hub }, { provider }), withCode("contract-unknown"));
    });
  });

  describe("writer", () => {
    const never: StoredFeed = { value: 0n, sequence: 0n, observedAt: 0, updatedAt: 0 };

    it("stores what a quorum signed, lane by lane as asked", async () => {
      assert.deepEqual(await reader.feeds(), [never, never]);
      const final = nextFinal();
      const { gasUsed, blockNumber, txHash } = (await writerOf().writer.transmit(final, lanes(0b01)))!;
      assert.ok(gasUsed > 21_000n && blockNumber > 0 && txHash.length === 66);
      const [first, second] = await reader.feeds();
      const { value, sequence, observedAt, updatedAt } = first!;
      assert.deepEqual(
        [value, sequence, observedAt],
        [final.feeds.values[0], final.report.sequence, final.report.observedAt],
      );
      assert.ok(updatedAt > 0);
      assert.deepEqual(second, never);
    });

    it("sends one after the other, in order", async () => {
      const { writer, log } = writerOf();
      const finals = [nextFinal(), nextFinal(), nextFinal()];
      const receipts = await Promise.all(finals.map((final) => writer.transmit(final, ALL)));
      const blocks = receipts.map((receipt) => receipt?.blockNumber);
      assert.deepEqual(blocks, [blocks[0]!, blocks[0]! + 1, blocks[0]! + 2]);
      assert.equal((await reader.feeds())[1]?.sequence, finals.at(-1)?.report.sequence);
      assert.deepEqual(log.lines, [], "the nonces were known");
    });

    it("takes the chain's nonce again when another program uses the account", async () => {
      const { writer, log } = writerOf();
      await writer.transmit(nextFinal(), ALL);
      const elsewhere = new Wallet(hexlify(keyOf(0)), chain.provider);
      await (await elsewhere.sendTransaction({ to: elsewhere.address, value: 1n })).wait();
      const final = nextFinal();
      await writer.transmit(final, ALL);
      assert.equal((await reader.feeds())[0]?.sequence, final.report.sequence);
      assert.deepEqual(
        log.lines.map(({ level }) => level),
        ["warn"],
      );
    });

    it("names the contract's own error, and goes on", async () => {
      const { writer } = writerOf();
      const final = nextFinal();
      const forged = {
        ...final,
        signatures: [final.signatures[0]!, { signer: 2, signature: final.signatures[1]!.signature }],
      };
      await assert.rejects(writer.transmit(forged, ALL), (error) => {
        assert.ok(withCode("transaction-reverted")(error), String(error));
        assert.match((error as Error).message, /^the hub refused the transaction: [A-Z]\w+\(/);
        return true;
      });
      await writer.transmit(final, ALL);
    });

    it("keeps a report while the endpoint is gone, and sends it after", async () => {
      const { writer, log } = writerOf(1);
      const final = nextFinal();
      proxy.behave({ status: 502 });
      const sending = writer.transmit(final, ALL);
      await until("tried in vain", () => log.lines.length === 1);
      assert.match(log.lines[0]!.message, /cannot be looked after/);
      assert.equal(writer.status().waiting, 1);
      proxy.behave({});
      assert.ok((await sending)!.blockNumber > 0);
    });

    it("waits for a receipt through an endpoint's failures", async () => {
      let fail = 3;
      proxy.behave({
        answer: ({ method }) => (method === "eth_getTransactionReceipt" && fail-- > 0 ? new Error("busy") : undefined),
      });
      await writerOf(2).writer.transmit(nextFinal(), ALL);
      assert.ok(fail < 0);
      proxy.behave({});
    });

    it("sends nothing that the chain does not want when its turn comes", async () => {
      const before = await provider.getBlockNumber();
      assert.equal(await writerOf(2).writer.transmit(nextFinal(), lanes(0)), undefined);
      assert.equal(await writerOf(2).writer.prove(nextFinal(), NO_PROOF, { index: 1n }), undefined);
      assert.equal(await provider.getBlockNumber(), before);
    });

    it("sends no proof that was called off while it waited, though the chain wants one", async () => {
      const { writer } = writerOf(2);
      const final = nextFinal();
      await writer.transmit(final, ALL);
      const hub = new Contract(chain.deployment.hub, feedHubAbi, provider);
      const [, index] = (await hub.getFunction("head")()) as [bigint, bigint];
      assert.ok(await reader.awaitsProof({ index, digest: final.digest }));
      const about = { index };
      assert.equal(await writer.prove(final, NO_PROOF, { ...about, signal: AbortSignal.abort() }), undefined);
      await assert.rejects(writer.prove(final, NO_PROOF, about), withCode("transaction-reverted"));
    });

    it("replaces what is stuck by the same for more, under a nonce that is used once", async () => {
      const { writer } = writerOf(3, provider, { ...FEES, bumpAfterMs: 200 });
      const final = nextFinal();
      const account = computeAddress(hexlify(keyOf(3)));
      const count = await provider.getTransactionCount(account);
      await chain.provider.send("evm_setAutomine", [false]);
      const sending = writer.transmit(final, ALL);
      await until("sent", () => writer.status().open !== undefined);
      const first = writer.status().open!;
      // A transaction is stored, and told of, before it leaves.
      await until("replaced in the chain's pool", async () => {
        const { txHash } = writer.status().open!;
        return txHash !== first.txHash && (await provider.getTransaction(txHash)) !== null;
      });
      await chain.provider.send("evm_setAutomine", [true]);
      await chain.provider.send("hardhat_mine", []);
      const receipt = (await sending)!;
      const [taken, dropped] = await Promise.all(
        [receipt.txHash, first.txHash].map((hash) => provider.getTransaction(hash)),
      );
      assert.equal(dropped, null, "the chain's own pool took the replacement");
      assert.equal(taken?.nonce, first.nonce);
      assert.equal(await provider.getTransactionCount(account), count + 1);
      await writer.stop();
    });

    it("takes up after a restart what left before it", async () => {
      const { writer, store } = writerOf(3);
      const final = nextFinal();
      await chain.provider.send("evm_setAutomine", [false]);
      void writer.transmit(final, ALL).catch(() => undefined);
      await until("sent", () => writer.status().open !== undefined);
      await writer.stop();
      const account = computeAddress(hexlify(keyOf(3)));
      const count = await provider.getTransactionCount(account);
      const options = { hub: chain.deployment.hub, chainId: DEV_CHAIN_ID, transmitterKey: keyOf(3), pollMs: POLL_MS };
      const again = createChainWriter(
        { ...options, fees: FEES, finality: { confirmations: 0 }, minBalance: 0n },
        { provider, store, clock: systemClock, log: silentLog, metrics },
      );
      writers.push(again);
      const answer = again.transmit(final, async () =>
        (await reader.lastSequence()) < final.report.sequence ? 0b11 : 0,
      );
      await chain.provider.send("evm_setAutomine", [true]);
      await chain.provider.send("hardhat_mine", []);
      const receipt = (await answer)!;
      assert.equal(await provider.getTransactionCount(account), count + 1);
      assert.equal((await again.settled(receipt.txHash))?.txHash, receipt.txHash);
      assert.equal((await reader.feeds())[0]?.sequence, final.report.sequence);
    });

    it("says when its balance is low, and when it is not any more", async () => {
      const account = computeAddress(hexlify(keyOf(2)));
      await chain.provider.send("hardhat_setBalance", [account, toQuantity(parseEther("0.5"))]);
      const { writer, log, meter } = writerOf(2);
      await until("noticed", () => writer.unreadyReasons().length === 1);
      assert.deepEqual(writer.unreadyReasons(), ["the transmitter's balance is low"]);
      assert.equal(meter.last("transmitter_balance_ether"), 0.5);
      assert.equal(meter.last("transmitter_min_balance_ether"), 1);
      await chain.provider.send("hardhat_setBalance", [account, toQuantity(parseEther("10"))]);
      await writer.transmit(nextFinal(), ALL);
      await until("noticed", () => writer.unreadyReasons().length === 0);
      assert.deepEqual(
        log.lines.map(({ level }) => level),
        ["warn", "info"],
      );
    });

    it("says what a report costs that its account cannot pay, and leaves it to others", async () => {
      const account = computeAddress(hexlify(keyOf(2)));
      await chain.provider.send("hardhat_setBalance", [account, toQuantity(1_000n)]);
      const failure: unknown = await writerOf(2)
        .writer.transmit(nextFinal(), ALL)
        .catch((error: unknown) => error);
      await chain.provider.send("hardhat_setBalance", [account, toQuantity(parseEther("10"))]);
      assert.ok(withCode("transmitter-without-funds")(failure), String(failure));
    });
  });

  describe("watcher", () => {
    interface Seen {
      readonly transmitted: RecordedReport[];
      readonly proven: ProvenReport[];
      readonly feeds: (readonly StoredFeed[])[];
      readonly reorganised: number[];
    }

    function watch({ lookBack = 0, feeds = () => reader.feeds() } = {}) {
      const seen: Seen = { transmitted: [], proven: [], feeds: [], reorganised: [] };
      const log = createRecordingLog();
      const watcher = startChainWatcher(
        { hub: chain.deployment.hub, configIndex: 1, pollMs: POLL_MS, lookBack },
        {
          ...{ provider, clock: systemClock, log, reader: { feeds } },
          events: {
            onTransmitted: () => undefined,
            onRecorded: (report) => void seen.transmitted.push(report),
            onProven: (report) => void seen.proven.push(report),
            onReorganised: (fromBlock) => void seen.reorganised.push(fromBlock),
            onFeeds: (stored) => void seen.feeds.push(stored),
          },
        },
      );
      return { watcher, seen, log };
    }

    it("tells the feeds at first, and each report that the hub takes", async () => {
      const { watcher, seen } = watch();
      await until("the first look", () => seen.feeds.length === 1 && watcher.healthy());
      const final = nextFinal();
      const { txHash, blockNumber } = (await writerOf(1).writer.transmit(final, ALL))!;
      await until("the event", () => seen.feeds.length === 2);
      await watcher.stop();
      const [report] = seen.transmitted.filter(({ sequence }) => sequence === final.report.sequence);
      assert.deepEqual(report, {
        ...{ sequence: final.report.sequence, digest: final.digest, index: report?.index, stored: 0b11 },
        ...{ txHash, blockNumber },
      });
      assert.equal(seen.feeds[1]?.[0]?.sequence, final.report.sequence);
      assert.equal(watcher.blockNumber(), blockNumber);
      assert.equal(await reader.awaitsProof({ index: report.index, digest: final.digest }), true);
      assert.equal(await reader.awaitsProof({ index: report.index, digest: nextFinal().digest }), false);
      assert.equal(await reader.awaitsProof({ index: report.index + 5n, digest: final.digest }), false);
    });

    it("tells again what came shortly before it started", async () => {
      const final = nextFinal();
      await writerOf(1).writer.transmit(final, ALL);
      const { watcher, seen } = watch({ lookBack: 3 });
      await until("the event", () => seen.transmitted.some(({ digest: of }) => of === final.digest));
      await watcher.stop();
    });

    it("is unhealthy while the chain cannot be read, says so once, and then tells what it missed, once", async () => {
      const { watcher, seen, log } = watch();
      await until("the first look", () => watcher.healthy());
      const known = seen.transmitted.length;
      proxy.behave({ down: true });
      await until("noticed", () => !watcher.healthy());
      const final = nextFinal();
      await writerOf(3, chain.provider).writer.transmit(final, ALL);
      await new Promise((resolve) => setTimeout(resolve, 5 * POLL_MS));
      proxy.behave({});
      await until("told", () => seen.transmitted.length > known && watcher.healthy());
      await watcher.stop();
      assert.deepEqual(
        seen.transmitted.slice(known).map(({ digest: of }) => of),
        [final.digest],
      );
      assert.deepEqual(
        log.lines.map(({ level }) => level),
        ["warn"],
      );
    });

    it("reads the feeds again after it could not, though no event comes any more", async () => {
      let failures = 2;
      const { watcher, seen } = watch({
        feeds: () => (failures-- > 0 ? Promise.reject(new Error("busy")) : reader.feeds()),
      });
      await until("told", () => seen.feeds.length === 1 && watcher.healthy());
      await watcher.stop();
      assert.ok(failures < 0);
    });
  });
});
