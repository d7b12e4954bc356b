import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type JsonRpcProvider, Wallet, hexlify, id } from "ethers";
import { encodeConfiguration } from "../../../core/codec/configuration.ts";
import type { ChainReader, ChainWriter, ProvenReport, TransmittedReport } from "../../../core/ports/chain.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { StoredFeed } from "../../../core/types/chain.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { createChainReader, readConfiguration } from "../../../node/chain/chain-reader.ts";
import { startChainWatcher } from "../../../node/chain/chain-watcher.ts";
import { createChainWriter } from "../../../node/chain/chain-writer.ts";
import { connectChain } from "../../../node/chain/connect.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "../../support/dev-chain.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, fixtureSequence, type ProtocolFixture } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { until } from "../../support/until.ts";

const LANES = 2;
const POLL_MS = 20;

describe("chain", () => {
  const folder = scratchFolder();
  let chain: DevChain;
  let proxy: RpcProxy;
  let provider: JsonRpcProvider;
  let fixture: ProtocolFixture;
  let digest: Hex;
  let reader: ChainReader;
  let round = 0;

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: LANES });
    proxy = await startRpcProxy({ upstream: chain.rpc });
    const signal = new AbortController().signal;
    const deps = { clock: systemClock, log: silentLog };
    provider = await connectChain({ rpc: proxy.url, chainId: DEV_CHAIN_ID, signal }, deps);
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
    provider.destroy();
    await proxy.stop();
    await chain.stop();
  });

  const nextFinal = () => fixture.final(fixtureSequence(++round));
  const keyOf = (member: number) => fixture.identities[member]!.secrets.transmitter;

  function writerOf(member = 0, { clock = systemClock, signal = new AbortController().signal } = {}) {
    const log = createRecordingLog();
    const options = { hub: chain.deployment.hub, transmitterKey: keyOf(member) };
    const writer: ChainWriter = createChainWriter(options, { provider, clock, log, signal });
    return { writer, log };
  }

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

    it("says where there is no contract, or another one", async () => {
      const nowhere: Hex = `0x${"99".repeat(20)}`;
      await assert.rejects(readConfiguration({ registry: nowhere }, { provider }), withCode("contract-without-code"));
      const { hub } = chain.deployment;
      await assert.rejects(readConfiguration({ registry: hub }, { provider }), withCode("contract-unknown"));
    });
  });

  describe("writer", () => {
    const never: StoredFeed = { value: 0n, sequence: 0n, observedAt: 0, updatedAt: 0 };

    it("stores what a quorum signed, lane by lane as asked", async () => {
      assert.deepEqual(await reader.feeds(), [never, never]);
      const final = nextFinal();
      const { gasUsed, blockNumber, txHash } = await writerOf().writer.transmit(final, 0b01);
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
      const receipts = await Promise.all(finals.map((final) => writer.transmit(final, 0b11)));
      const blocks = receipts.map(({ blockNumber }) => blockNumber);
      assert.deepEqual(blocks, [blocks[0]!, blocks[0]! + 1, blocks[0]! + 2]);
      assert.equal((await reader.feeds())[1]?.sequence, finals.at(-1)?.report.sequence);
      assert.deepEqual(log.lines, [], "the nonces were known");
    });

    it("takes the chain's nonce again when another program uses the account", async () => {
      const { writer, log } = writerOf();
      await writer.transmit(nextFinal(), 0b11);
      const elsewhere = new Wallet(hexlify(keyOf(0)), chain.provider);
      await (await elsewhere.sendTransaction({ to: elsewhere.address, value: 1n })).wait();
      const final = nextFinal();
      await writer.transmit(final, 0b11);
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
      await assert.rejects(writer.transmit(forged, 0b11), (error) => {
        assert.ok(withCode("transaction-reverted")(error), String(error));
        assert.match((error as Error).message, /^the hub refused the transaction: [A-Z]\w+\(/);
        return true;
      });
      await writer.transmit(final, 0b11);
    });

    it("fails once the endpoint is gone, and works again after", async () => {
      const { writer } = writerOf(1);
      const final = nextFinal();
      proxy.behave({ status: 502 });
      await assert.rejects(writer.transmit(final, 0b11), withCode("chain-unreachable"));
      proxy.behave({});
      await writer.transmit(final, 0b11);
    });

    it("waits for a receipt through an endpoint's failures, but not for ever", async () => {
      let now = 0;
      let fail = 3;
      const quick: Clock = {
        ...systemClock,
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      };
      const { writer } = writerOf(2, { clock: quick });
      proxy.behave({
        answer: ({ method }) => (method === "eth_getTransactionReceipt" && fail-- > 0 ? new Error("busy") : undefined),
      });
      await writer.transmit(nextFinal(), 0b11);
      assert.ok(fail < 0);
      proxy.behave({});
      await chain.provider.send("evm_setAutomine", [false]);
      await assert.rejects(writer.transmit(nextFinal(), 0b11), withCode("transaction-timeout"));
      assert.ok(now >= 60_000);
      await chain.provider.send("evm_setAutomine", [true]);
      await chain.provider.send("hardhat_mine", []);
      await writer.transmit(nextFinal(), 0b11);
    });
  });

  describe("watcher", () => {
    interface Seen {
      readonly transmitted: TransmittedReport[];
      readonly proven: ProvenReport[];
      readonly feeds: (readonly StoredFeed[])[];
    }

    function watch({ lookBack = 0, feeds = () => reader.feeds() } = {}) {
      const seen: Seen = { transmitted: [], proven: [], feeds: [] };
      const log = createRecordingLog();
      const watcher = startChainWatcher(
        { hub: chain.deployment.hub, configDigest: digest, pollMs: POLL_MS, lookBack },
        {
          ...{ provider, clock: systemClock, log, reader: { feeds } },
          events: {
            onTransmitted: (report) => void seen.transmitted.push(report),
            onProven: (report) => void seen.proven.push(report),
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
      const { txHash, blockNumber } = await writerOf(1).writer.transmit(final, 0b11);
      await until("the event", () => seen.feeds.length === 2);
      await watcher.stop();
      const [report] = seen.transmitted.filter(({ sequence }) => sequence === final.report.sequence);
      const { transmitter } = fixture.identities[1]!.member;
      assert.deepEqual(report, {
        ...{ sequence: final.report.sequence, digest: final.digest, index: report?.index, stored: 0b11 },
        ...{ transmitter: transmitter.toLowerCase(), txHash, blockNumber },
      });
      assert.equal(seen.feeds[1]?.[0]?.sequence, final.report.sequence);
      assert.equal(watcher.blockNumber(), blockNumber);
      assert.equal(await reader.awaitsProof({ index: report.index, digest: final.digest }), true);
      assert.equal(await reader.awaitsProof({ index: report.index, digest: nextFinal().digest }), false);
      assert.equal(await reader.awaitsProof({ index: report.index + 5n, digest: final.digest }), false);
    });

    it("tells again what came shortly before it started", async () => {
      const final = nextFinal();
      await writerOf(1).writer.transmit(final, 0b11);
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
      const direct = createChainWriter(
        { hub: chain.deployment.hub, transmitterKey: keyOf(3) },
        { provider: chain.provider, clock: systemClock, log: silentLog, signal: new AbortController().signal },
      );
      await direct.transmit(final, 0b11);
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
