import { expect } from "chai";
import { concat, dataLength, dataSlice, getAddress, toBeHex } from "ethers";
import { network } from "hardhat";
import { solidityConfiguration } from "../../../core/codec/configuration.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { CommitteeHarness } from "../../../types/ethers-contracts/index.ts";
import { createTestCommittee } from "../support/committee.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { sampleBytes, sampleNumber } from "../support/sample-bytes.ts";

const HEADER_BYTES = 96;
const DIGEST = sampleBytes(32, 1);
const SET_ROOT = sampleNumber(32, 2);
const VERIFIER = sampleBytes(20, 3);

describe("CommitteeData", () => {
  let harness: CommitteeHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("CommitteeHarness");
  });

  const write = async (data: Hex): Promise<string> => {
    const store = await harness.write.staticCall(data);
    await harness.write(data);
    return store;
  };

  describe("is encoded from a configuration", () => {
    const encode = (configuration: Configuration): Promise<string> => {
      const call = harness.getFunction("encode") as unknown as (...args: unknown[]) => Promise<string>;
      return call(solidityConfiguration(configuration), DIGEST, VERIFIER, SET_ROOT);
    };
    const cases: Readonly<Record<string, Configuration>> = {
      "of four members and eight feeds": createTestCommittee().configuration,
      "of seven members and two of three lanes": createTestCommittee({ n: 7, f: 2, feeds: 2, lanes: 3, index: 65_535 })
        .configuration,
      "without feeds": createTestCommittee({ feeds: 0, lanes: 1, window: 32_767 }).configuration,
      "of 256 lanes": createTestCommittee({ feeds: 255, lanes: 256 }).configuration,
      "of a sum of Schnorr keys": createTestCommittee({ feeds: 3, scheme: "schnorr-key-sum" }).configuration,
      "of a group's Schnorr key": createTestCommittee({ feeds: 1, scheme: "schnorr-group" }).configuration,
    };
    for (const [name, configuration] of Object.entries(cases)) {
      it(name, async () => {
        const { index, f, members, feeds, lanes, timing, schnorrKeys } = configuration;
        const scheme = Number(solidityConfiguration(configuration).scheme);
        const signers = members.map(({ signer }) => signer);
        const keys = schnorrKeys.map(({ x, y }) => concat([toBeHex(x, 32), toBeHex(y, 32)]) as Hex);
        const expected = committeeBytes({
          ...{ configDigest: DIGEST, setRoot: SET_ROOT, verifier: VERIFIER, index, window: timing.window },
          ...{ n: members.length, f, lanes, scheme, feedIds: feeds.map(({ id }) => id), rest: [...signers, ...keys] },
        });
        expect(await encode(configuration)).to.equal(expected);
      });
    }
  });

  it("is read field by field, each from its own bits", async () => {
    const ones = {
      index: 65_535,
      window: 65_535,
      n: 255,
      f: 255,
      lanes: 65_535,
      feeds: 65_535,
      scheme: 2,
      unused: 255,
    };
    const few = { index: 1, window: 2, n: 3, f: 4, lanes: 5, feeds: 6, scheme: 1, unused: 0 };
    const zeros = { index: 0, window: 0, n: 0, f: 0, lanes: 0, feeds: 0, scheme: 0, unused: 0 };
    const alone = Object.entries(ones).map(([name, value]) => ({ ...zeros, [name]: value }));
    const without = Object.keys(ones).map((name) => ({ ...ones, [name]: 0 }));
    for (const fields of [ones, few, zeros, ...alone, ...without]) {
      const parts = { configDigest: DIGEST, setRoot: SET_ROOT, verifier: VERIFIER };
      const header = await harness.header(committeeBytes({ ...parts, ...fields }));
      const { index, window, n, f, lanes, feeds, scheme } = fields;
      const numbers = [index, window, n, f, lanes, feeds, scheme].map(BigInt);
      expect([...header], JSON.stringify(fields)).to.deep.equal([DIGEST, SET_ROOT, getAddress(VERIFIER), ...numbers]);
    }
  });

  it("has the feeds' ids behind the header, and the signers behind them", async () => {
    for (const feeds of [0, 1, 2, 5]) {
      const feedIds = Array.from({ length: feeds }, (_, lane) => sampleBytes(32, lane));
      const signers = Array.from({ length: 4 }, (_, member) => sampleBytes(20, 20 + member));
      const committee = committeeBytes({ feedIds, n: 4, rest: signers });
      for (const [lane, feedId] of feedIds.entries()) {
        expect(await harness.feedIdAt(committee, lane), `lane ${lane} of ${feeds}`).to.equal(feedId);
      }
      for (const [member, signer] of signers.entries()) {
        const found = await harness.signerAt(committee, member);
        expect(found, `member ${member} after ${feeds} feeds`).to.equal(getAddress(signer));
      }
    }
  });

  /** Committees whose data end anywhere in a word. */
  const committees = [
    { feeds: 0, n: 0, more: 0 },
    { feeds: 1, n: 1, more: 0 },
    { feeds: 2, n: 8, more: 1 },
    { feeds: 3, n: 8, more: 31 },
    { feeds: 8, n: 8, more: 64 },
    { feeds: 255, n: 31, more: 33 },
  ].map(({ feeds, n, more }, seed) => {
    const fields = {
      configDigest: DIGEST,
      setRoot: SET_ROOT,
      verifier: VERIFIER,
      lanes: 300,
      n,
      scheme: 2,
      unused: 255,
    };
    const rest = [sampleBytes(20 * n, seed), sampleBytes(more, seed + 1)];
    const feedIds = Array.from({ length: feeds }, (_, lane) => sampleBytes(32, lane));
    return { feeds, n, data: committeeBytes({ ...fields, feedIds, rest }) };
  });
  const placesOf = (data: Hex, { feeds, n }: { readonly feeds: number; readonly n: number }): bigint[] => {
    const signers = HEADER_BYTES + 32 * feeds;
    const end = 32 * Math.ceil(dataLength(data) / 32);
    return [0, HEADER_BYTES, signers, signers + 20 * n, end].map(BigInt);
  };
  const isLoaded = async (load: Promise<[unknown, string]>, expected: { data: Hex; places: bigint[] }) => {
    const [places, copy] = (await load) as [bigint[], string];
    expect(copy).to.equal(expected.data);
    expect([...places]).to.deep.equal(expected.places);
  };

  for (const { feeds, n, data } of committees) {
    const length = dataLength(data);

    it(`is loaded into free memory: ${length} bytes of ${feeds} feeds and ${n} members`, async () => {
      const store = await write(data);
      const expected = { data, places: placesOf(data, { feeds, n }) };
      await isLoaded(harness.load(store, length), expected);
      await isLoaded(harness.loadAll(store, length), expected);
    });

    it(`is loaded without the ids of ${feeds} feeds, all else in its place`, async () => {
      const store = await write(data);
      const withoutIds = (bytes: string) =>
        concat([dataSlice(bytes, 0, HEADER_BYTES), dataSlice(bytes, HEADER_BYTES + 32 * feeds)]);
      const [places, copy] = (await harness.loadWithoutIds(store, length)) as unknown as [bigint[], string];
      expect(withoutIds(copy)).to.equal(withoutIds(data));
      expect([...places]).to.deep.equal(placesOf(data, { feeds, n }));
      // Free memory begins with ones.
      expect(dataSlice(copy, HEADER_BYTES, HEADER_BYTES + 32 * feeds)).to.match(/^0x(ff)*(00)*$/);
    });
  }

  it("is loaded in part", async () => {
    const { data, n } = committees[1]!;
    const store = await write(data);
    for (const length of [96, 97, 127, 128]) {
      const part = dataSlice(data, 0, length) as Hex;
      await isLoaded(harness.load(store, length), { data: part, places: placesOf(part, { feeds: 1, n }) });
    }
  });
});
