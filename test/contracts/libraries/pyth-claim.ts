import { expect } from "chai";
import { concat, dataSlice, id, toBeHex } from "ethers";
import { network } from "hardhat";
import type { AdapterHarness } from "../../../types/ethers-contracts/index.ts";
import { publishedErrors } from "../support/published-abi.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

const pyth = publishedErrors("@pythnetwork/pyth-sdk-solidity/abis/PythErrors.json");

describe("PythClaim", () => {
  let harness: AdapterHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("AdapterHarness");
  });

  const idsOf = (count: number) => Array.from({ length: count }, (_, i) => id(`feed ${i}`));
  const isRefused = (data: string) =>
    expect(harness.splitPythClaim(data), data).to.be.revertedWithCustomError(pyth, "InvalidUpdateData");

  for (const count of [1, 2, 3, 255]) {
    const ids = idsOf(count);
    const head = concat([toBeHex(count, 1), ...ids]);

    it(`is split into the ids of ${count} feeds and the claim behind them`, async () => {
      for (const claim of ["0x", sampleBytes(1), sampleBytes(32), sampleBytes(77)]) {
        const [feedIds, rest] = await harness.splitPythClaim(concat([head, claim]));
        expect([[...feedIds], rest]).to.deep.equal([ids, claim]);
      }
    });

    it(`is refused where some of ${count} ids are cut off`, async () => {
      for (const end of [1, 2, 32, -1]) await isRefused(dataSlice(head, 0, end));
    });
  }

  it("is refused where it names no feed", async () => {
    await isRefused("0x");
    for (const length of [0, 1, 32, 65]) await isRefused(concat(["0x00", sampleBytes(length)]));
  });
});
