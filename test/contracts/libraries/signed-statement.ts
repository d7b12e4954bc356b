import { expect } from "chai";
import { TypedDataEncoder, id } from "ethers";
import { network } from "hardhat";
import { REPORT_TYPES } from "../../../core/codec/report.ts";
import type { ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleBytes, sampleNumber } from "../support/sample-bytes.ts";

describe("SignedStatement", () => {
  let harness: ReportHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("ReportHarness");
  });

  const hashes = { configDigest: id("configuration"), feedsRoot: id("root"), valuesHash: sampleBytes(32) };
  const slots = [
    { sequence: 0n, observedAt: 0n },
    { sequence: 1n, observedAt: 1n },
    { sequence: sampleNumber(8), observedAt: sampleNumber(4, 1) },
    { sequence: 2n ** 64n - 1n, observedAt: 2n ** 32n - 1n },
  ];
  for (const { sequence, observedAt } of slots) {
    const report = { ...hashes, sequence, observedAt };
    const expected = TypedDataEncoder.hashStruct("Report", REPORT_TYPES, report);

    it(`hashes a report of slot ${sequence} at ${observedAt} as EIP-712 has it`, async () => {
      expect(await harness.hashStruct(report)).to.equal(expected);
    });

    it(`hashes the fields of slot ${sequence} at ${observedAt} alike, whatever lies above their bits`, async () => {
      const { configDigest, feedsRoot, valuesHash } = hashes;
      for (const above of [0n, 1n, 2n ** 160n, 2n ** 192n - 1n]) {
        const [sequenceWord, timeWord] = [(above << 64n) | sequence, (above << 32n) | observedAt];
        const hash = await harness.hashReport(configDigest, sequenceWord, timeWord, feedsRoot, valuesHash);
        expect(hash, `${above} above`).to.equal(expected);
      }
    });
  }
});
