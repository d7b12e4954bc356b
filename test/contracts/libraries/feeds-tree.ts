import { expect } from "chai";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { concat, id, toBeHex } from "ethers";
import { MAX_VALUE, MIN_VALUE, packLanes } from "../../../core/codec/report.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { IReportHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { openReports } from "../support/report-harness.ts";
import { leafHash, pathRoot } from "../support/merkle.ts";

const TIME = 1_700_000_000;
const FEED_IDS = Array.from({ length: 256 }, (_, lane) => id(`feed ${lane}`) as Hex);

describe("FeedsTree", () => {
  let harness: ReportHarness;
  let errors: IReportHub;
  before(async () => {
    ({ harness, errors } = await openReports());
  });

  it("hashes a leaf twice, whatever lies above the bits of its value and its time", async () => {
    const feedId = FEED_IDS[0]!;
    const dirt = [0n, 1n, 0x80n, 2n ** 64n, 2n ** 159n, 2n ** 160n - 1n];
    for (const value of [MIN_VALUE, -1n, 0n, 1n, MAX_VALUE]) {
      for (const observedAt of [0, 1, TIME, 2 ** 32 - 1]) {
        for (const above of dirt) {
          const valueWord = (above << 96n) | BigInt.asUintN(96, value);
          const timeWord = (above << 32n) | BigInt(observedAt);
          const hash = await harness.leaf(feedId, valueWord, timeWord);
          expect(hash, `${value} at ${observedAt} below ${above}`).to.equal(leafHash(feedId, value, observedAt));
        }
      }
    }
  });

  it("climbs a path, the lower hash first", async () => {
    const low = toBeHex(1, 32);
    const high = toBeHex(2n ** 256n - 1n, 32);
    const nodes = Array.from({ length: 9 }, (_, i) => id(`node ${i}`));
    for (const path of [[], [low], [high], [low, high], [high, low], nodes.slice(0, 3), nodes]) {
      for (const leaf of [low, high, id("leaf")]) {
        expect(await harness.rootOf(concat(path), leaf)).to.equal(pathRoot(path, leaf));
      }
    }
  });

  const all = (lanes: number) => Array.from({ length: lanes }, (_, lane) => lane);
  const cases: readonly { readonly lanes: number; readonly present: readonly number[] }[] = [
    ...all(8).map((lane) => ({ lanes: 8, present: [lane] })),
    ...all(8).map((lane) => ({ lanes: 8, present: all(lane + 1) })),
    { lanes: 8, present: [0, 7] },
    { lanes: 8, present: [1, 3, 4] },
    { lanes: 8, present: [2, 3, 5, 6, 7] },
    { lanes: 32, present: [31] },
    { lanes: 32, present: all(32) },
    { lanes: 33, present: [32] },
    { lanes: 256, present: [0] },
    { lanes: 256, present: [255] },
    { lanes: 256, present: [100, 200] },
    { lanes: 256, present: [0, 128, 255] },
    { lanes: 256, present: all(256) },
  ];
  for (const { lanes, present } of cases) {
    it(`has OpenZeppelin's root over ${present.length} of ${lanes} feeds, ${present[0]} to ${present.at(-1)}`, async () => {
      const values = all(lanes).map((lane) => (present.includes(lane) ? BigInt(lane) * 1_000n - 3_000n : undefined));
      const hashes = present.map((lane) => leafHash(FEED_IDS[lane]!, values[lane]!, TIME));
      const { root } = SimpleMerkleTree.of(hashes, { sortLeaves: false });
      const committee = committeeBytes({ lanes, feedIds: FEED_IDS.slice(0, lanes) });
      expect(await harness.root(packLanes(values), committee, TIME)).to.equal(root);
    });
  }

  for (const lanes of [1, 8, 32, 33, 256]) {
    it(`has no root over none of ${lanes} feeds`, async () => {
      const committee = committeeBytes({ lanes, feedIds: FEED_IDS.slice(0, lanes) });
      const packed = packLanes(Array.from({ length: lanes }, () => undefined));
      await expect(harness.root(packed, committee, TIME)).to.be.revertedWithCustomError(errors, "EmptyReport");
    });
  }
});
