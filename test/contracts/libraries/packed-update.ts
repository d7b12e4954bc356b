import { expect } from "chai";
import { concat, dataLength, dataSlice } from "ethers";
import type { IReportHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { openReports } from "../support/report-harness.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

/** sequence:8 | observedAt:4 | feedsRoot:32. */
const WORDS_AT = 44;

describe("PackedUpdate", () => {
  let harness: ReportHarness;
  let errors: IReportHub;
  before(async () => {
    ({ harness, errors } = await openReports());
  });

  const cases = [
    { lanes: 1, bits: 64, count: 1 },
    { lanes: 4, bits: 64, count: 1 },
    { lanes: 5, bits: 64, count: 2 },
    { lanes: 8, bits: 32, count: 1 },
    { lanes: 9, bits: 32, count: 2 },
    { lanes: 256, bits: 32, count: 32 },
    { lanes: 256, bits: 64, count: 64 },
  ];
  for (const { lanes, bits, count } of cases) {
    const committee = committeeBytes({ lanes });
    const words = sampleBytes(32 * count, 1);
    const unsigned = concat([sampleBytes(WORDS_AT), words]);

    it(`holds ${count} words for ${lanes} lanes of ${bits} bits, and whatever signatures there are`, async () => {
      for (const signatures of ["0x", sampleBytes(1, 2), sampleBytes(132, 2)]) {
        const parts = await harness.splitPacked(concat([unsigned, signatures]), committee, bits);
        expect([...parts]).to.deep.equal([words, signatures]);
      }
    });

    it(`is too short without the last byte of ${count} words`, async () => {
      const least = dataLength(unsigned);
      for (const length of [0, WORDS_AT, least - 1]) {
        await expect(harness.splitPacked(dataSlice(unsigned, 0, length), committee, bits))
          .to.be.revertedWithCustomError(errors, "TruncatedUpdate")
          .withArgs(length, least);
      }
    });
  }
});
