import { expect } from "chai";
import { concat, getCreateAddress } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import type { CodeStore__factory, CommitteeHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

/** A contract's code has at most 24,576 bytes, of which the first is STOP. */
const MAX = 24_575;

describe("CodeStore", () => {
  let connection: NetworkConnection;
  let harness: CommitteeHarness;
  let library: CodeStore__factory;
  before(async () => {
    connection = await network.create();
    harness = await connection.ethers.deployContract("CommitteeHarness");
    library = await connection.ethers.getContractFactory("CodeStore");
  });

  const write = async (data: string): Promise<string> => {
    const store = await harness.write.staticCall(data);
    await harness.write(data);
    return store;
  };

  it("keeps any bytes behind a STOP, up to as many as a contract's code may have", async () => {
    for (const length of [0, 1, 31, 32, 33, 255, 256, MAX - 1, MAX]) {
      const data = sampleBytes(length);
      const store = await write(data);
      expect(await connection.ethers.provider.getCode(store), `${length} bytes`).to.equal(concat(["0x00", data]));
    }
  });

  it("refuses more", async () => {
    for (const length of [MAX + 1, 2 * MAX]) {
      await expect(harness.write(sampleBytes(length)))
        .to.be.revertedWithCustomError(library, "TooLong")
        .withArgs(length, MAX);
    }
  });

  it("says that it could not create the contract", async () => {
    const { ethers, networkHelpers } = connection;
    const nonce = await ethers.provider.getTransactionCount(harness);
    const next = getCreateAddress({ from: await harness.getAddress(), nonce });
    await networkHelpers.setCode(next, "0x01");
    await expect(harness.write.staticCall(sampleBytes(33)))
      .to.be.revertedWithCustomError(library, "CreationFailed")
      .withArgs(33);
    await networkHelpers.setCode(next, "0x");
  });

  const lengths = [
    [0, 0],
    [1, 1],
    [MAX - 1, 1],
    [MAX, 1],
    [MAX + 1, 2],
    [2 * MAX - 1, 2],
    [2 * MAX, 2],
    [2 * MAX + 1, 3],
  ] as const;
  for (const [length, count] of lengths) {
    it(`keeps ${length} bytes at ${count} addresses, in their order`, async () => {
      const data = sampleBytes(length);
      const stores = [...(await harness.writeAll.staticCall(data))];
      await harness.writeAll(data);
      expect(stores).to.have.lengthOf(count);
      for (const [i, store] of stores.entries()) {
        const part = `0x${data.slice(2 + 2 * MAX * i, 2 + 2 * MAX * (i + 1))}`;
        expect(await connection.ethers.provider.getCode(store), `part ${i}`).to.equal(concat(["0x00", part]));
      }
      expect(await harness.readAll(stores)).to.equal(data);
    });
  }

  it("reads the first bytes, and zeros beyond the end, whatever the memory held", async () => {
    const data = sampleBytes(64);
    const store = await write(data);
    for (const length of [0, 1, 32, 33, 64, 65, 100]) {
      const expected = `0x${data
        .slice(2)
        .padEnd(200, "0")
        .slice(0, 2 * length)}`;
      expect(await harness.read(store, length), `${length} bytes`).to.equal(expected);
    }
  });

  it("reads the stores one after the other, in the order given, of any lengths", async () => {
    const parts = [33, 0, 1, 64].map(sampleBytes);
    const stores: string[] = [];
    for (const part of parts) stores.push(await write(part));
    expect(await harness.readAll(stores)).to.equal(concat(parts));
    expect(await harness.readAll([...stores].reverse())).to.equal(concat([...parts].reverse()));
    expect(await harness.readAll([])).to.equal("0x");
  });
});
