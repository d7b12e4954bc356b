import { expect } from "chai";
import { toBeHex } from "ethers";
import { network } from "hardhat";
import { packWords, type LaneBits } from "../../../core/codec/packed-lanes.ts";
import type { WordHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleNumber } from "../support/sample-bytes.ts";

describe("PackedLanes", () => {
  let harness: WordHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("WordHarness");
  });

  for (const bits of [1, 32, 64, 128, 256]) {
    it(`takes the words that lanes of ${bits} bits fill, the last one perhaps in part`, async () => {
      const perWord = 256 / bits;
      const counts = [0, 1, 2, perWord - 1, perWord, perWord + 1, 32 * perWord, 32 * perWord + 1, 300];
      for (const lanes of counts) {
        expect(await harness.wordsFor(lanes, bits), `${lanes} lanes`).to.equal(Math.ceil(lanes / perWord));
      }
    });

    it(`finds the first word that holds something beyond lanes of ${bits} bits`, async () => {
      const perWord = 256 / bits;
      const [size, most] = [3, 64];
      for (const lanes of new Set([
        0,
        1,
        perWord - 1,
        perWord,
        perWord + 1,
        2 * perWord,
        3 * perWord - 1,
        3 * perWord,
      ])) {
        const used = BigInt(bits * lanes);
        const end = 256n * BigInt(size);
        const find = async (held: bigint) => [...(await harness.beyond(toBeHex(held, 32 * size), lanes, bits))];
        const within = ((1n << used) - 1n) << (end - used);
        expect(await find(within), `${lanes} lanes, full`).to.deep.equal([false, BigInt(size)]);
        // The highest and the lowest bit behind them, and those at the ends of a word.
        for (const bit of [used, used + 1n, end - 1n, 255n, 256n, 511n, 512n].filter(
          (bit) => bit >= used && bit < end,
        )) {
          const expected = [true, bit / 256n];
          expect(await find(within | (1n << (end - 1n - bit))), `${lanes} lanes, bit ${bit}`).to.deep.equal(expected);
          expect(await find(((1n << end) - 1n) >> bit), `${lanes} lanes, from bit ${bit}`).to.deep.equal(expected);
        }
      }
      const last = [...(await harness.beyond(toBeHex(1n, 32 * most), perWord, bits))];
      expect(last, `of ${most} words`).to.deep.equal([true, BigInt(most - 1)]);
    });

    it(`finds each lane of ${bits} bits, the highest first`, async () => {
      const word = sampleNumber(32);
      const perWord = 256 / bits;
      const lanes = new Set([0, 1, 2, 3, 7, 8, perWord - 2, perWord - 1, perWord, perWord + 1, 3 * perWord + 1]);
      for (const lane of [...lanes].filter((lane) => lane >= 0)) {
        const unused = BigInt(256 - bits * ((lane % perWord) + 1));
        const part = BigInt.asUintN(bits, word >> unused);
        expect(await harness.partOf(word, lane, bits), `lane ${lane}`).to.equal(part);
      }
    });
  }

  it("reads 64 bits as a value above -2^63", async () => {
    const half = 2n ** 63n;
    for (const part of [1n, 2n, half - 1n, half, half + 1n, 2n ** 64n - 1n, sampleNumber(8)]) {
      expect(await harness.decode(part, 64), `${part}`).to.equal(part - half);
    }
  });

  it("reads 32 bits as a mantissa above -2^24 and an exponent of 2", async () => {
    const half = 2n ** 24n;
    for (const exponent of [0n, 1n, 2n, 63n, 64n, 126n, 127n]) {
      for (const mantissa of [-half, 1n - half, -1n, 0n, 1n, 12_345_678n, half - 1n]) {
        const part = (exponent << 25n) | (mantissa + half);
        expect(await harness.decode(part, 32), `${mantissa} · 2^${exponent}`).to.equal(mantissa << exponent);
      }
    }
  });

  it("reads what core packs", async () => {
    const values = [0n, 1n, -1n, 2n ** 24n - 1n, 1n - 2n ** 24n, 2n ** 40n, -(2n ** 62n), 3n << 30n];
    for (const bits of [32, 64] satisfies LaneBits[]) {
      const words = packWords(values, bits).slice(2);
      for (const [lane, value] of values.entries()) {
        const start = 64 * Math.floor((lane * bits) / 256);
        const part = await harness.partOf(`0x${words.slice(start, start + 64)}`, lane, bits);
        expect(await harness.decode(part, bits), `lane ${lane} of ${bits} bits`).to.equal(value);
      }
    }
  });
});
