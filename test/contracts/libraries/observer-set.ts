import { expect } from "chai";
import { AbiCoder, ZeroAddress, ZeroHash, keccak256 } from "ethers";
import { network } from "hardhat";
import type { Point } from "../../../core/types/observation.ts";
import type { CommitteeHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleNumber } from "../support/sample-bytes.ts";

/** `MockPoseidon` is no Poseidon, but it tells its inputs apart as well. */
const mockPoseidon = (inputs: readonly bigint[]): bigint =>
  BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint256[5]"], [inputs])));

describe("ObserverSet", () => {
  let harness: CommitteeHarness;
  let poseidon: string;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("CommitteeHarness");
    poseidon = await (await ethers.deployContract("MockPoseidon")).getAddress();
  });

  const keys: Point[] = Array.from({ length: 7 }, (_, i) => ({
    x: sampleNumber(32, 2 * i),
    y: sampleNumber(32, 2 * i + 1),
  }));
  const members = keys.map((observer) => ({
    signer: ZeroAddress,
    transmitter: ZeroAddress,
    peerKey: ZeroHash,
    observer,
  }));

  for (let nMax = 0; nMax <= members.length; ++nMax) {
    it(`hashes the count, then two keys at a time, filled up to ${nMax} with the neutral point`, async () => {
      for (let n = 0; n <= nMax; ++n) {
        const padded = Array.from({ length: 2 * Math.ceil(nMax / 2) }, (_, i) => (i < n ? keys[i]! : { x: 0n, y: 1n }));
        let state = BigInt(n);
        for (let i = 0; i < padded.length; i += 2) {
          const pair = padded.slice(i, i + 2).flatMap(({ x, y }) => [x, y]);
          state = mockPoseidon([state, ...pair]);
        }
        expect(await harness.setRoot(poseidon, members.slice(0, n), nMax), `${n} members`).to.equal(state);
      }
    });
  }
});
