import { expect } from "chai";
import { network } from "hardhat";
import { MOCK_KEY_DIGEST } from "./support/network.ts";

const SHAPE = { nMax: 4, k: 3, lanes: 8 };

describe("MedianVerifier", () => {
  it("says its shape and key, and asks the generated contract", async () => {
    const { ethers } = await network.create();
    const groth16 = await ethers.deployContract("MockGroth16Verifier");
    const verifier = await ethers.deployContract("MedianVerifier", [groth16, SHAPE, MOCK_KEY_DIGEST]);
    expect([await verifier.nMax(), await verifier.k(), await verifier.lanes()]).to.deep.equal([4n, 3n, 8n]);
    expect(await verifier.verificationKeyDigest()).to.equal(MOCK_KEY_DIGEST);
    const proof = {
      a: [1n, 2n],
      b: [
        [0n, 0n],
        [0n, 0n],
      ],
      c: [3n, 0n],
    } as const;
    const plain = {
      a: [...proof.a],
      b: [
        [0n, 0n],
        [0n, 0n],
      ],
      c: [...proof.c],
    } as never;
    expect(await verifier.verifyMedian(plain, [1n, 2n, 3n])).to.equal(true);
    expect(await verifier.verifyMedian(plain, [1n, 2n, 4n])).to.equal(false);
  });

  it("refuses an address without code", async () => {
    const { ethers } = await network.create();
    const factory = await ethers.getContractFactory("MedianVerifier");
    const [nobody] = await ethers.getSigners();
    await expect(factory.deploy(nobody!.address, SHAPE, MOCK_KEY_DIGEST))
      .to.be.revertedWithCustomError(factory, "NoCode")
      .withArgs(nobody!.address);
  });

  const impossible = [
    { nMax: 4, k: 4, lanes: 8 },
    // Room enough for f = 2, but 2f+1 is odd.
    { nMax: 7, k: 4, lanes: 8 },
    { nMax: 4, k: 1, lanes: 8 },
    { nMax: 3, k: 3, lanes: 8 },
    { nMax: 6, k: 5, lanes: 8 },
    { nMax: 4, k: 3, lanes: 0 },
    { nMax: 4, k: 3, lanes: 33 },
  ];
  for (const shape of impossible) {
    it(`refuses the shape (${shape.nMax}, ${shape.k}, ${shape.lanes})`, async () => {
      const { ethers } = await network.create();
      const groth16 = await ethers.deployContract("MockGroth16Verifier");
      const factory = await ethers.getContractFactory("MedianVerifier");
      await expect(factory.deploy(groth16, shape, MOCK_KEY_DIGEST))
        .to.be.revertedWithCustomError(factory, "ImpossibleShape")
        .withArgs(shape.nMax, shape.k, shape.lanes);
    });
  }

  const extreme = [
    { nMax: 4, k: 3, lanes: 1 },
    { nMax: 4, k: 3, lanes: 32 },
    { nMax: 31, k: 21, lanes: 8 },
  ];
  for (const shape of extreme) {
    it(`takes the shape (${shape.nMax}, ${shape.k}, ${shape.lanes})`, async () => {
      const { ethers } = await network.create();
      const groth16 = await ethers.deployContract("MockGroth16Verifier");
      const verifier = await ethers.deployContract("MedianVerifier", [groth16, shape, MOCK_KEY_DIGEST]);
      expect([await verifier.nMax(), await verifier.k(), await verifier.lanes()]).to.deep.equal(
        Object.values(shape).map(BigInt),
      );
    });
  }
});

describe("DevelopmentMedianVerifier", () => {
  const deployOn = async (chainId: number) => {
    const { ethers } = await network.create({ override: { chainId } });
    const groth16 = await ethers.deployContract("MockGroth16Verifier");
    const factory = await ethers.getContractFactory("DevelopmentMedianVerifier");
    return { factory, deployment: factory.deploy(groth16, SHAPE, MOCK_KEY_DIGEST) };
  };

  for (const chainId of [31337, 1337]) {
    it(`deploys on development chain ${chainId}`, async () => {
      const { deployment } = await deployOn(chainId);
      expect(await (await deployment).verificationKeyDigest()).to.equal(MOCK_KEY_DIGEST);
    });
  }

  for (const chainId of [1, 10, 11_155_111, 31_338]) {
    it(`fails in its constructor on chain ${chainId}`, async () => {
      const { factory, deployment } = await deployOn(chainId);
      await expect(deployment).to.be.revertedWithCustomError(factory, "DevelopmentOnly").withArgs(chainId);
    });
  }
});
