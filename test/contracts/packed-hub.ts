import { expect } from "chai";
import { concat, dataLength, dataSlice, id, toBeHex } from "ethers";
import fc from "fast-check";
import { network as hardhat } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { packWords, quantise, type LaneBits } from "../../core/codec/packed-lanes.ts";
import { reportDigest } from "../../core/codec/report.ts";
import { packPackedUpdate } from "../../core/codec/report-update.ts";
import { keccak256 } from "../../core/crypto/keccak.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import type { CommitteeRegistry, WordHarness, PackedHub } from "../../types/ethers-contracts/index.ts";
import { createTestCommittee, signaturesOf, type TestCommittee } from "./support/committee.ts";
import { lowerAddress } from "./support/network.ts";
import { createQuorateModule } from "../../scripts/deploy/modules/Quorate.ts";

interface Deployed {
  readonly connection: NetworkConnection;
  readonly hub: PackedHub;
  readonly registry: CommitteeRegistry;
  readonly committee: TestCommittee;
  readonly digest: Hex;
  readonly domain: { readonly chainId: bigint; readonly hub: Hex; readonly registry: Hex };
}

const FEEDS = 10;

for (const laneBits of [64, 32] as const) {
  describe(`PackedHub of ${laneBits} bits a lane`, () => {
    let deployed: Deployed;
    beforeEach(async () => {
      deployed = await deploy(laneBits);
    });

    const valuesOf = (round: number) =>
      Array.from({ length: FEEDS }, (_, lane) => (lane === 3 ? undefined : BigInt((lane - 5) * 1000 + round)));

    it("stores a report whole, and answers lane by lane", async () => {
      const { hub, connection } = deployed;
      const { sequence, observedAt, update } = await sign(deployed, { round: 1, values: valuesOf(1), laneBits });
      await expect(hub.transmit(update)).to.emit(hub, "FeedsUpdated").withArgs(sequence);
      const updatedAt = BigInt(await connection.networkHelpers.time.latest());
      const times = [sequence, BigInt(observedAt), updatedAt, 1n];
      for (const [lane, value] of valuesOf(1).entries()) {
        if (value === undefined) {
          await expect(hub.latest(lane)).to.be.revertedWithCustomError(hub, "NoValue").withArgs(lane);
        } else expect([...(await hub.latest(lane))]).to.deep.equal([value, ...times]);
      }
      const [values, ...shared] = await hub.latestMany([0, 9, 4]);
      expect([...values]).to.deep.equal([valuesOf(1)[0], valuesOf(1)[9], valuesOf(1)[4]]);
      expect(shared).to.deep.equal(times);
      expect(await hub.lastSequence()).to.equal(sequence);
      // Also of the word after the last one that is stored.
      for (const lane of [10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 255, 256, 2n ** 255n]) {
        await expect(hub.latest(lane)).to.be.revertedWithCustomError(hub, "NoValue");
      }
    });

    it("has no value before the first report", async () => {
      for (const lane of [0, 9])
        await expect(deployed.hub.latest(lane)).to.be.revertedWithCustomError(deployed.hub, "NoValue");
    });

    it("keeps the newer report, and forgets a value that the newest has not", async () => {
      const { hub } = deployed;
      const first = await sign(deployed, { round: 1, values: valuesOf(1), laneBits });
      const second = await sign(deployed, { round: 2, values: valuesOf(2).with(0, undefined), laneBits });
      await hub.transmit(first.update);
      await hub.transmit(second.update);
      for (const { update } of [first, second]) {
        expect(await hub.transmit.staticCall(update)).to.equal(false);
        await expect(hub.transmit(update)).not.to.emit(hub, "FeedsUpdated");
      }
      await expect(hub.latest(0)).to.be.revertedWithCustomError(hub, "NoValue");
      const [value, , , , roundId] = await hub.latest(1);
      expect([value, roundId]).to.deep.equal([valuesOf(2)[1], 2n]);
    });

    it("refuses what is not signed, too old, from the future, or of another length", async () => {
      const { hub, connection } = deployed;
      const now = await connection.networkHelpers.time.latest();
      const signed = await sign(deployed, { round: 1, values: valuesOf(1), laneBits });
      const other = await sign(deployed, { round: 1, values: valuesOf(2), laneBits });
      const mixed = packPackedUpdate({ ...signed, words: other.words });
      await expect(hub.transmit(mixed)).to.be.revertedWithCustomError(hub, "WrongSigner");
      const old = await sign(deployed, { round: 1, values: valuesOf(1), laneBits, observedAt: now - 400 });
      await expect(hub.transmit(old.update)).to.be.revertedWithCustomError(hub, "ReportTooOld");
      const early = await sign(deployed, { round: 1, values: valuesOf(1), laneBits, observedAt: now + 60 });
      await expect(hub.transmit(early.update)).to.be.revertedWithCustomError(hub, "ReportFromFuture");
      const length = dataLength(signed.signatures);
      for (const [given, update] of [
        [length + 1, `${signed.update}00`],
        [length - 1, signed.update.slice(0, -2)],
        [0, dataSlice(signed.update, 0, -length)],
      ] as const) {
        await expect(hub.transmit(update))
          .to.be.revertedWithCustomError(hub, "WrongSignaturesLength")
          .withArgs(given, length);
      }
      const least = dataLength(signed.update) - length;
      await expect(hub.transmit(dataSlice(signed.update, 0, least - 1)))
        .to.be.revertedWithCustomError(hub, "TruncatedUpdate")
        .withArgs(least - 1, least);
      await expect(hub.transmit("0x")).to.be.revert(connection.ethers);
    });

    it("refuses a value behind the committee's last feed, which would wait there for a feed to come", async () => {
      const { hub, committee, domain, connection } = deployed;
      const [owner] = await connection.ethers.getSigners();
      const lanes = 40;
      const wide = { ...committee, configuration: { ...committee.configuration, index: 2, lanes } };
      const digest = await configureCommittee(wide.configuration, { ...domain, owner: owner! });
      const signWide = (values: readonly (bigint | undefined)[]) =>
        sign({ ...deployed, committee: wide, digest }, { round: 1, values, laneBits });
      const none = Array.from({ length: lanes }, (_, lane) => valuesOf(1)[lane]);
      for (const lane of [10, 11, 12, 15, 16, 23, 24, 39]) {
        const { update } = await signWide(none.with(lane, 666n));
        await expect(hub.transmit(update), `lane ${lane}`)
          .to.be.revertedWithCustomError(hub, "ValueWithoutFeed")
          .withArgs(Math.floor((lane * laneBits) / 256));
      }
      const { sequence, update } = await signWide(none);
      await expect(hub.transmit(update)).to.emit(hub, "FeedsUpdated").withArgs(sequence);
      expect((await hub.latest(9))[0]).to.equal(valuesOf(1)[9]);
    });

    it("takes a value in every lane where each has a feed", async () => {
      const { hub, committee, domain, connection } = deployed;
      const [owner] = await connection.ethers.getSigners();
      const feeds = Array.from({ length: 16 }, (_, lane) => ({
        ...committee.configuration.feeds[0]!,
        id: committee.configuration.feeds[lane]?.id ?? (id(`feed ${lane}`) as Hex),
      }));
      const full = { ...committee, configuration: { ...committee.configuration, index: 2, lanes: 16, feeds } };
      const digest = await configureCommittee(full.configuration, { ...domain, owner: owner! });
      const values = feeds.map((_, lane) => BigInt(lane + 1));
      const { update } = await sign({ ...deployed, committee: full, digest }, { round: 1, values, laneBits });
      await hub.transmit(update);
      expect([...(await hub.latestMany(values.map((_, lane) => lane)))[0]]).to.deep.equal(values);
    });

    it("refuses what is not zero behind the lanes of the last word", async () => {
      const { hub } = deployed;
      const words = `${packWords(valuesOf(1), laneBits).slice(0, -1)}1` as Hex;
      const { update } = await signWords(deployed, { round: 1, words });
      await expect(hub.transmit(update))
        .to.be.revertedWithCustomError(hub, "ValueWithoutFeed")
        .withArgs(Math.floor((FEEDS * laneBits) / 256));
    });

    it("ends the committees before the one that reports", async () => {
      const { hub, committee, domain, connection } = deployed;
      const [owner] = await connection.ethers.getSigners();
      const next = { ...committee, configuration: { ...committee.configuration, index: 2 } };
      const digest = await configureCommittee(next.configuration, { ...domain, owner: owner! });
      const last = await sign(deployed, { round: 1, values: valuesOf(1), laneBits });
      await hub.transmit.staticCall(last.update);
      const { update } = await sign(
        { ...deployed, committee: next, digest },
        { round: 1, values: valuesOf(2), laneBits },
      );
      await hub.transmit(update);
      await expect(hub.transmit(last.update)).to.be.revertedWithCustomError(hub, "CommitteeNotValid");
    });

    it("gives a feed its lane for ever", async () => {
      const { hub, committee, domain, connection, registry } = deployed;
      const [owner] = await connection.ethers.getSigners();
      const feeds = committee.configuration.feeds;
      expect(await hub.laneOf(feeds[7]!.id)).to.equal(7n);
      const [first, second] = committee.configuration.members;
      const behindTheIds = dataSlice(concat([first!.signer, second!.signer]), 0, 32);
      for (const unknown of [id("unknown"), behindTheIds])
        await expect(hub.laneOf(unknown)).to.be.revertedWithCustomError(hub, "UnknownFeed").withArgs(unknown);
      const next = (changed: typeof feeds) => ({ ...committee.configuration, index: 2, feeds: changed, lanes: 16 });
      const activate = (changed: typeof feeds) => configureCommittee(next(changed), { ...domain, owner: owner! });
      await expect(activate(feeds.with(2, feeds[3]!).with(3, feeds[2]!)))
        .to.be.revertedWithCustomError(hub, "FeedMoved")
        .withArgs(2, feeds[2]!.id, feeds[3]!.id);
      await expect(activate(feeds.slice(0, 9)))
        .to.be.revertedWithCustomError(hub, "FeedDropped")
        .withArgs(9, 10);
      const more = [...feeds, { ...feeds[0]!, id: id("a new feed") as Hex }];
      const digest = await activate(more);
      expect(await registry.activeDigest()).to.equal(digest);
      expect(await hub.laneOf(id("a new feed"))).to.equal(10n);
    });
  });
}

describe("PackedHub", () => {
  it("has 256 lanes at most", async () => {
    const { hub, connection } = await deploy(64);
    const words = 5n;
    const word = packWords([7n, 7n, 7n, 7n], 64);
    for (const place of [words + 63n, words + 64n])
      await connection.networkHelpers.setStorageAt(await lowerAddress(hub), place, word);
    expect((await hub.latest(255)).value).to.equal(7n);
    await expect(hub.latest(256)).to.be.revertedWithCustomError(hub, "NoValue").withArgs(256);
  });

  it("has lanes of 64 or 32 bits and no others, and no feed before the first committee", async () => {
    const { registry, connection, hub } = await deploy(64);
    const fresh = await connection.ethers.deployContract("PackedHub", [registry, 64]);
    await expect(fresh.laneOf(id("any"))).to.be.revertedWithCustomError(fresh, "UnknownFeed");
    for (const bits of [0, 16, 63, 128]) {
      await expect(connection.ethers.deployContract("PackedHub", [registry, bits])).to.be.revertedWithCustomError(
        hub,
        "WrongLaneBits",
      );
    }
  });
});

describe("packed lanes", () => {
  let harness: WordHarness;
  before(async () => {
    harness = await (await hardhat.create()).ethers.deployContract("WordHarness");
  });

  const INT64 = 2n ** 63n;

  it("say in Solidity what was packed in TypeScript", async () => {
    const value = fc.oneof(fc.bigInt(-INT64 + 1n, INT64 - 1n), fc.constantFrom(0n, 1n, -1n, INT64 - 1n, 1n - INT64));
    const values = (bits: LaneBits) =>
      fc.array(fc.option(value, { nil: undefined }), { minLength: 256 / bits, maxLength: 256 / bits });
    for (const bits of [64, 32] as const) {
      await fc.assert(
        fc.asyncProperty(values(bits), async (drawn) => {
          const held = drawn.map((one) => (one === undefined ? undefined : quantise(one, bits)));
          const word = packWords(held, bits);
          for (const [lane, expected] of held.entries()) {
            const part = await harness.partOf(word, lane, bits);
            expect(part !== 0n).to.equal(expected !== undefined);
            if (expected !== undefined) expect(await harness.decode(part, bits)).to.equal(expected);
          }
        }),
        { numRuns: 25 },
      );
    }
  });

  it("of 32 bits are off by one part in 2^24 at most, and exact below 2^24", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 95n), 2n ** 95n - 1n), (value) => {
        const held = quantise(value, 32)!;
        const [amount, error] = [abs(value), abs(held - value)];
        expect(error << 24n <= amount).to.equal(true);
        expect(quantise(held, 32)).to.equal(held);
        if (amount < 2n ** 24n) expect(held).to.equal(value);
      }),
    );
  });

  it("hold what they hold, and say what they do not", () => {
    expect(quantise(INT64, 64)).to.equal(undefined);
    expect(quantise(-INT64, 64)).to.equal(undefined);
    expect(() => packWords([2n ** 24n + 1n], 32))
      .to.throw()
      .with.property("code", "value-not-packable");
    expect(() => packWords([INT64], 64))
      .to.throw()
      .with.property("code", "value-not-packable");
    expect(packWords([undefined, 0n], 64)).to.equal(concat([toBeHex(0, 8), toBeHex(INT64, 8), toBeHex(0, 16)]));
    expect(packWords([2n ** 24n], 32)).to.equal(
      concat([toBeHex((1n << 25n) | (2n ** 23n + 2n ** 24n), 4), toBeHex(0, 28)]),
    );
  });
});

async function deploy(laneBits: LaneBits): Promise<Deployed> {
  const connection = await hardhat.create();
  const { ethers, ignition } = connection;
  const { registry: deployed } = await ignition.deploy(createQuorateModule({ packedBits: laneBits }));
  const registry = await ethers.getContractAt("CommitteeRegistry", await lowerAddress(deployed));
  const hub = await ethers.getContractAt("PackedHub", await registry.hub());
  const [owner] = await ethers.getSigners();
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { chainId, hub: await lowerAddress(hub), registry: await lowerAddress(registry) };
  const committee = createTestCommittee({ feeds: FEEDS, lanes: FEEDS });
  const digest = await configureCommittee(committee.configuration, { ...domain, owner: owner! });
  return { connection, hub, registry, committee, digest, domain };
}

interface SignOptions {
  readonly round: number;
  readonly observedAt?: number;
}

function sign(
  deployed: Deployed,
  { values, laneBits, ...options }: SignOptions & { values: readonly (bigint | undefined)[]; laneBits: LaneBits },
) {
  return signWords(deployed, { ...options, words: packWords(values, laneBits) });
}

async function signWords(
  { connection, committee, digest, domain }: Deployed,
  { words, ...options }: SignOptions & { words: Hex },
) {
  const sequence = sequenceOf({ configIndex: committee.configuration.index, epoch: 1, round: options.round });
  const observedAt = options.observedAt ?? (await connection.networkHelpers.time.latest());
  const report = {
    configDigest: digest,
    sequence,
    observedAt,
    feedsRoot: id("root") as Hex,
    valuesHash: keccak256(words),
  };
  const signatures = signaturesOf(committee, reportDigest(report, domain), [0, 1]);
  return { report, sequence, observedAt, words, signatures, update: packPackedUpdate({ report, words, signatures }) };
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
