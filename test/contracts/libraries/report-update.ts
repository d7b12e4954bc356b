import { expect } from "chai";
import { concat, dataLength, dataSlice } from "ethers";
import { network } from "hardhat";
import type { IReportHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { openReports } from "../support/report-harness.ts";
import { sampleBytes, sampleNumber } from "../support/sample-bytes.ts";

/** sequence:8 | observedAt:4. */
const TIMES_BYTES = 12;
/** The same and the feeds' root. */
const STORE_MASK_AT = 44;

describe("the header of a report in calldata", () => {
  it("is its sequence, its time, and the word that follows", async () => {
    const { ethers } = await network.create();
    const harness: ReportHarness = await ethers.deployContract("ReportHarness");
    for (const [sequence, observedAt, word] of [
      [sampleBytes(8, 1), sampleBytes(4, 2), sampleBytes(32, 3)],
      [`0x${"ff".repeat(8)}`, "0x00000000", `0x${"00".repeat(32)}`],
      [`0x${"00".repeat(8)}`, "0xffffffff", `0x${"ff".repeat(32)}`],
    ] as const) {
      const header = await harness.header(concat([sequence, observedAt, word, sampleBytes(32, 4)]));
      expect([...header]).to.deep.equal([BigInt(sequence), BigInt(observedAt), word]);
    }
  });
});

describe("ReportUpdate", () => {
  let harness: ReportHarness;
  let errors: IReportHub;
  before(async () => {
    ({ harness, errors } = await openReports());
  });

  for (const lanes of [1, 8, 31, 32, 33, 256]) {
    const maskLength = lanes <= 32 ? 4 : 32;
    const valuesLength = maskLength + 12 * lanes;
    const header = sampleBytes(STORE_MASK_AT, 1);
    const storeMask = sampleBytes(maskLength, 2);
    const values = sampleBytes(valuesLength, 3);
    const unsigned = concat([header, storeMask, values]);

    it(`has the store mask of ${lanes} lanes behind the root`, async () => {
      expect(await harness.storeMaskOf(unsigned, lanes)).to.equal(BigInt(storeMask));
    });

    it(`ends with the values of ${lanes} lanes and whatever signatures there are`, async () => {
      for (const signatures of ["0x", sampleBytes(1, 4), sampleBytes(132, 4)]) {
        const parts = await harness.splitUpdate(concat([unsigned, signatures]), lanes);
        expect([...parts]).to.deep.equal([values, signatures]);
      }
    });

    it(`is too short without the last byte of the values of ${lanes} lanes`, async () => {
      const least = dataLength(unsigned);
      for (const length of [0, least - 1]) {
        await expect(harness.splitUpdate(dataSlice(unsigned, 0, length), lanes))
          .to.be.revertedWithCustomError(errors, "TruncatedUpdate")
          .withArgs(length, least);
      }
    });

    it(`holds the values of ${lanes} lanes alone behind the times where it is to be proven`, async () => {
      const committee = committeeBytes({ lanes });
      const update = concat([sampleBytes(TIMES_BYTES, 5), values]);
      expect(await harness.provenValuesOf(update, committee)).to.equal(values);
      const expected = TIMES_BYTES + valuesLength;
      for (const other of [dataSlice(update, 0, expected - 1), concat([update, "0x00"]), "0x"]) {
        await expect(harness.provenValuesOf(other, committee))
          .to.be.revertedWithCustomError(errors, "WrongUpdateLength")
          .withArgs(dataLength(other), expected);
      }
    });
  }

  it("has a store mask with every bit", async () => {
    for (const lanes of [32, 33]) {
      for (const mask of [0n, 1n, lanes === 32 ? 2n ** 32n - 1n : 2n ** 256n - 1n, sampleNumber(4, 9)]) {
        const bytes = mask.toString(16).padStart(lanes === 32 ? 8 : 64, "0");
        const update = concat([sampleBytes(STORE_MASK_AT), `0x${bytes}`, sampleBytes(40)]);
        expect(await harness.storeMaskOf(update, lanes)).to.equal(mask);
      }
    }
  });
});
