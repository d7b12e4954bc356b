import { expect } from "chai";
import { concat, dataLength, dataSlice, id, toBeHex } from "ethers";
import { MAX_VALUE, MIN_VALUE } from "../../../core/codec/report.ts";
import type { IReportHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { openReports } from "../support/report-harness.ts";
import { leafHash, pathRoot } from "../support/merkle.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

/** sequence:8 | observedAt:4 | valuesHash:32. */
const HEADER_BYTES = 44;
/** value:12 | depth:1, and the path. */
const LEAF_BYTES = 13;
const TIME = 1_700_000_000;

const pathOf = (depth: number, seed = 0) => Array.from({ length: depth }, (_, i) => id(`node ${seed} ${i}`));
const leafOf = (value: bigint, path: readonly string[]) =>
  concat([toBeHex(BigInt.asUintN(96, value), 12), toBeHex(path.length, 1), ...path]);

describe("PullClaim", () => {
  let harness: ReportHarness;
  let errors: IReportHub;
  before(async () => {
    ({ harness, errors } = await openReports());
  });

  const isTruncated = (call: Promise<unknown>, given: number, least: number) =>
    expect(call).to.be.revertedWithCustomError(errors, "TruncatedClaim").withArgs(given, least);
  const isOverlong = (call: Promise<unknown>, left: number) =>
    expect(call).to.be.revertedWithCustomError(errors, "OverlongClaim").withArgs(left);

  describe("splits", () => {
    const header = sampleBytes(HEADER_BYTES, 1);
    const committees = [
      { name: "two ECDSA signatures", fields: { f: 1, scheme: 0 }, length: 4 + 2 * 64 },
      { name: "eleven ECDSA signatures", fields: { f: 10, scheme: 0 }, length: 4 + 11 * 64 },
      { name: "a signature of summed keys", fields: { f: 1, scheme: 1 }, length: 88 },
      { name: "a group's signature", fields: { f: 1, scheme: 2 }, length: 52 },
    ];
    for (const { name, fields, length } of committees) {
      it(`${name} from the leaves behind them`, async () => {
        const committee = committeeBytes(fields);
        const signatures = sampleBytes(length, 2);
        const least = HEADER_BYTES + length;
        for (const leaves of ["0x", sampleBytes(1, 3), sampleBytes(77, 3)]) {
          const parts = await harness.splitClaim(concat([header, signatures, leaves]), committee);
          expect([...parts]).to.deep.equal([signatures, leaves]);
        }
        const whole = concat([header, signatures]);
        for (const given of [0, HEADER_BYTES, least - 1]) {
          await isTruncated(harness.splitClaim(dataSlice(whole, 0, given), committee), given, least);
        }
      });
    }

    it("the leaves from a header without signatures", async () => {
      for (const leaves of ["0x", sampleBytes(1, 3), sampleBytes(77, 3)]) {
        expect(await harness.unsignedLeaves(concat([header, leaves]))).to.equal(leaves);
      }
      for (const given of [0, HEADER_BYTES - 1]) {
        await isTruncated(harness.unsignedLeaves(dataSlice(header, 0, given)), given, HEADER_BYTES);
      }
    });
  });

  describe("opens the only leaf", () => {
    const feedId = id("feed");

    for (const depth of [0, 1, 2, 3, 8, 255]) {
      const path = pathOf(depth);
      const least = LEAF_BYTES + 32 * depth;

      it(`and climbs a path of ${depth} nodes`, async () => {
        for (const value of [MIN_VALUE, -1n, 0n, 0x0102n, MAX_VALUE]) {
          const root = pathRoot(path, leafHash(feedId, value, TIME));
          const opened = await harness.openOnly(leafOf(value, path), feedId, TIME);
          expect([...opened], `${value}`).to.deep.equal([value, root]);
        }
      });

      it(`which takes ${least} bytes with a path of ${depth} nodes, and no more`, async () => {
        const leaf = leafOf(0x0102n, path);
        for (const given of [0, LEAF_BYTES - 1]) {
          await isTruncated(harness.openOnly(dataSlice(leaf, 0, given), feedId, TIME), given, LEAF_BYTES);
        }
        for (const given of depth === 0 ? [] : [LEAF_BYTES, least - 1]) {
          await isTruncated(harness.openOnly(dataSlice(leaf, 0, given), feedId, TIME), given, least);
        }
        for (const left of [1, 2, 32]) {
          await isOverlong(harness.openOnly(concat([leaf, sampleBytes(left)]), feedId, TIME), left);
        }
      });
    }
  });

  describe("opens a leaf of each feed", () => {
    const [value, path] = [-5n, pathOf(2)];
    const feedIds = [id("feed 0"), id("feed 1"), id("feed 2")];
    // Leaves of one tree: each is the sibling of the other at the bottom, and the third hangs above them.
    const [a, b, c] = feedIds.map((feedId, i) => leafHash(feedId, value + BigInt(i), TIME)) as [string, string, string];
    const paths = [
      [b, c, ...path],
      [a, c, ...path],
      [pathRoot([b], a), ...path],
    ];
    const leaves = paths.map((nodes, i) => leafOf(value + BigInt(i), nodes));
    const root = pathRoot(path, pathRoot([c], pathRoot([b], a)));

    it("and they lead to one root", async () => {
      for (const count of [1, 2, 3]) {
        const opened = await harness.openMany(concat(leaves.slice(0, count)), feedIds.slice(0, count), TIME);
        const values = [value, value + 1n, value + 2n].slice(0, count);
        expect([[...opened[0]], opened[1]]).to.deep.equal([values, root]);
      }
    });

    it("and none of no feed", async () => {
      const opened = await harness.openMany("0x", [], TIME);
      expect([[...opened[0]], opened[1]]).to.deep.equal([[], toBeHex(0, 32)]);
      await isOverlong(harness.openMany(sampleBytes(1), [], TIME), 1);
    });

    it("and refuses one that leads elsewhere", async () => {
      const strange = leafOf(value, path);
      for (const place of [0, 1, 2]) {
        const given = leaves.with(place, strange);
        const elsewhere = pathRoot(path, leafHash(feedIds[place]!, value, TIME));
        await expect(harness.openMany(concat(given), feedIds, TIME))
          .to.be.revertedWithCustomError(errors, "WrongMerklePath")
          .withArgs(...(place === 0 ? [root, elsewhere] : [elsewhere, root]));
      }
    });

    it("and refuses what is cut off, and what is left", async () => {
      const whole = concat(leaves);
      const last = dataLength(leaves[2]!);
      await isTruncated(harness.openMany(dataSlice(whole, 0, -1), feedIds, TIME), last - 1, last);
      await isTruncated(harness.openMany(concat(leaves.slice(0, 2)), feedIds, TIME), 0, LEAF_BYTES);
      for (const left of [1, 2, 13]) {
        await isOverlong(harness.openMany(concat([whole, sampleBytes(left)]), feedIds, TIME), left);
      }
    });
  });
});
