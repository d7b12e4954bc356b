import { expect } from "chai";
import { hexlify, keccak256 } from "ethers";
import { network } from "hardhat";
import { MAX_VALUE, MIN_VALUE, packLanes, packMask } from "../../../core/codec/report.ts";
import type { ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

describe("PackedValues", () => {
  let harness: ReportHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("ReportHarness");
  });

  const EXTREMES = [MIN_VALUE, MIN_VALUE + 1n, -1n, 0n, 1n, 2n ** 88n, MAX_VALUE];

  for (const lanes of [1, 2, 31, 32, 33, 34, 255, 256]) {
    const maskLength = lanes <= 32 ? 4 : 32;

    it(`begin with a mask of ${maskLength} bytes over ${lanes} lanes`, async () => {
      expect(await harness.maskBytes(lanes)).to.equal(maskLength);
      expect(await harness.lengthFor(lanes)).to.equal(maskLength + 12 * lanes);
      const rest = sampleBytes(12 * lanes, 7).slice(2);
      const all = Array.from({ length: lanes }, (_, lane) => lane);
      for (const present of [all, [0], [lanes - 1], all.filter((lane) => lane % 3 === 0)]) {
        const mask = packMask(present, lanes);
        expect(await harness.maskOf(`${mask}${rest}`, lanes), mask).to.equal(BigInt(mask));
      }
    });

    it(`hold the values of ${lanes} lanes in their order, as whole words`, async () => {
      const values = Array.from({ length: lanes }, (_, lane) => EXTREMES[lane % EXTREMES.length]!);
      const packed = packLanes(values);
      const asked = [0, 1, 2, 3, 4, 5, 6, 31, 32, 33, lanes - 1].filter((lane) => lane < lanes);
      for (const lane of asked) {
        expect(await harness.valueAt(packed, lane, lanes), `lane ${lane}`).to.equal(values[lane]);
      }
      for (const value of EXTREMES) {
        const last = packLanes([...values.slice(1), value]);
        expect(await harness.valueAt(last, lanes - 1, lanes), `the last lane's ${value}`).to.equal(value);
      }
    });
  }

  it("have the hash of their bytes, whatever the memory held", async () => {
    for (const length of [0, 1, 31, 32, 33, 100, 388, 3_104]) {
      const bytes = sampleBytes(length);
      expect(await harness.hashOf(bytes), `${length} bytes`).to.equal(keccak256(bytes));
    }
    expect(await harness.hashOf(hexlify(packLanes([-1n])))).to.equal(keccak256(packLanes([-1n])));
  });
});
