import { expect } from "chai";
import { toBeHex } from "ethers";
import type { ChronicleAdapter, MakerConsumer } from "../../types/ethers-contracts/index.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

const DECIMALS = 8;
const SCALE = 10n ** 10n;
const NONE = toBeHex(0, 32);

describe("ChronicleAdapter", () => {
  let network: TestNetwork;
  let adapter: ChronicleAdapter;
  let consumer: MakerConsumer;

  beforeEach(async () => {
    network = await createTestNetwork();
    const { ethers } = network.connection;
    adapter = await ethers.deployContract("ChronicleAdapter", [network.hub, feedId(), DECIMALS]);
    consumer = await ethers.deployContract("MakerConsumer");
  });

  const feedId = () => network.committee.configuration.feeds[0]!.id;
  const store = async (value: bigint, observedAt?: number) => {
    const feeds = { mask: 1, values: [value, 0n, 0n, 0n, 0n, 0n, 0n, 0n] };
    const { lastSequence } = await network.hub.head();
    const round = Number(lastSequence & 0xffffn) + 1;
    const signed = await signReport(network, { round, feeds, ...(observedAt === undefined ? {} : { observedAt }) });
    await network.hub.transmit(updateOf(signed, 1));
    return signed.report;
  };

  it("answers Maker's published interfaces: value, median and delayed feed", async () => {
    await store(1_234n);
    const value = 1_234n * SCALE;
    const word = toBeHex(value, 32);
    expect([...(await consumer.value(adapter))]).to.deep.equal([word, word, true]);
    expect([...(await consumer.median(adapter))]).to.deep.equal([feedId(), value, value, true]);
    expect([...(await consumer.delayed(adapter))]).to.deep.equal([word, true, word, true]);
  });

  it("answers with value and age, in each of Chronicle's ways", async () => {
    const { observedAt } = await store(1_234n);
    const value = 1_234n * SCALE;
    const age = BigInt(observedAt);
    expect(await adapter.read()).to.equal(value);
    expect([...(await adapter.readWithAge())]).to.deep.equal([value, age]);
    expect([...(await adapter.tryRead())]).to.deep.equal([true, value]);
    expect([...(await adapter.tryReadWithAge())]).to.deep.equal([true, value, age]);
    expect(await adapter.wat()).to.equal(feedId());
  });

  it("has the greatest value with 18 decimals, whatever the feed's", async () => {
    const value = 2n ** 95n - 1n;
    await store(value);
    for (const decimals of [0, 18]) {
      const other = await network.connection.ethers.deployContract("ChronicleAdapter", [
        network.hub,
        feedId(),
        decimals,
      ]);
      expect(await other.read()).to.equal(value * 10n ** BigInt(18 - decimals));
    }
  });

  it("has the least price there is: one unit of 18 decimals", async () => {
    await store(1n);
    const { ethers } = network.connection;
    const exact = await ethers.deployContract("ChronicleAdapter", [network.hub, feedId(), 18]);
    expect(await exact.read()).to.equal(1n);
    expect([...(await exact.tryRead())]).to.deep.equal([true, 1n]);
  });

  it("is never of the future: a consumer subtracts the age from the block's time", async () => {
    const now = await network.connection.networkHelpers.time.latest();
    const { observedAt } = await store(1n, now + 9);
    const { updatedAt } = await network.hub.latest(feedId());
    expect(updatedAt < observedAt).to.equal(true);
    expect((await adapter.readWithAge()).age).to.equal(updatedAt);
    expect((await adapter.tryReadWithAge()).age).to.equal(updatedAt);
  });

  it("has no price before the first value, and none from one that is not positive", async () => {
    const refusals = async (error: string) => {
      const contract = error === "NoValue" ? network.hub : adapter;
      for (const read of [() => adapter.read(), () => adapter.readWithAge()])
        await expect(read()).to.be.revertedWithCustomError(contract, error);
      expect([...(await adapter.tryRead())]).to.deep.equal([false, 0n]);
      expect([...(await adapter.tryReadWithAge())]).to.deep.equal([false, 0n, 0n]);
      expect([...(await consumer.value(adapter))]).to.deep.equal([NONE, NONE, false]);
      expect([...(await consumer.delayed(adapter))]).to.deep.equal([NONE, false, NONE, false]);
    };
    await refusals("NoValue");
    for (const value of [0n, -1n, -(2n ** 95n)]) {
      await store(value);
      await refusals("PriceNotPositive");
    }
    await store(1n);
    expect((await adapter.tryRead()).isValid).to.equal(true);
  });

  it("is not said to be without a price where the hub could not be read", async () => {
    const { ethers } = network.connection;
    const factory = await ethers.getContractFactory("ChronicleAdapter");
    // The registry has no such function; nobody lives at the signer's address.
    for (const hub of [network.domain.registry, network.committee.signers[0]!.address]) {
      const none = await factory.deploy(hub, feedId(), DECIMALS);
      for (const read of [none.tryRead, none.tryReadWithAge, none.peek, none.peep])
        await expect(read()).to.be.revert(ethers);
    }
    // Nor where the caller left too little gas for it.
    await store(5n);
    const answers = new Set<string>();
    for (let gasLimit = 21_200; gasLimit < 36_000; gasLimit += 20) {
      const answer = await adapter.tryRead({ gasLimit }).catch(() => []);
      answers.add([...answer].join());
    }
    expect([...answers]).to.deep.equal(["", `true,${5n * SCALE}`]);
  });

  it("says where its answers come from", async () => {
    expect([...(await adapter.source())]).to.deep.equal([await network.hub.getAddress(), feedId()]);
  });

  it("is not deployed for more decimals than it can answer with", async () => {
    const factory = await network.connection.ethers.getContractFactory("ChronicleAdapter");
    await expect(factory.deploy(network.hub, feedId(), 19)).to.be.revertedWithCustomError(factory, "TooManyDecimals");
  });
});
