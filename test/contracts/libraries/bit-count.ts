import { expect } from "chai";
import { id } from "ethers";
import { network } from "hardhat";
import type { WordHarness } from "../../../types/ethers-contracts/index.ts";

describe("BitCount counts the bits of", () => {
  let harness: WordHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("WordHarness");
  });

  const ALL = 2n ** 256n - 1n;
  const each = <T>(make: (bit: bigint) => T): T[] => Array.from({ length: 256 }, (_, bit) => make(BigInt(bit)));
  const countOf = (word: bigint): bigint => BigInt(word.toString(2).replaceAll("0", "").length);

  const cases: Readonly<Record<string, readonly bigint[]>> = {
    "no bit, and all": [0n, ALL],
    "each bit alone": each((bit) => 1n << bit),
    "all but one": each((bit) => ALL ^ (1n << bit)),
    "all up to each": each((bit) => ALL >> bit),
    "all from each": each((bit) => (ALL << bit) & ALL),
    "words of any bits": each((bit) => BigInt(id(`word ${bit}`))),
  };
  for (const [name, words] of Object.entries(cases)) {
    it(name, async () => {
      expect(await harness.bits([...words])).to.deep.equal(words.map(countOf));
    });
  }
});
