import { expect } from "chai";
import { concat, dataLength, id, keccak256, toBeHex } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import type { AdapterHarness, IFeedHub } from "../../../types/ethers-contracts/index.ts";
import { sampleBytes } from "../support/sample-bytes.ts";

const HUB = "0x00000000000000000000000000000000000feed0";
const FEED = id("feed");
const SELECTOR = id("NoValue(bytes32)").slice(0, 10);
const NO_VALUE = concat([SELECTOR, FEED]);

/** Code that answers, or reverts, with these bytes: they are copied from its end. */
function codeOf(outcome: "return" | "revert", data: string): string {
  const size = toBeHex(dataLength(data), 2);
  // PUSH2 size, PUSH1 12, PUSH0, CODECOPY, PUSH2 size, PUSH0, RETURN or REVERT.
  return concat(["0x61", size, "0x600c5f3961", size, "0x5f", outcome === "return" ? "0xf3" : "0xfd", data]);
}
/** Code that answers with the hash of what it was called with. */
const HASH_OF_CALL = "0x365f5f37365f205f5260205ff3";

const reads = ["newest", "newestOrNone"] as const;

describe("HubRead", () => {
  let connection: NetworkConnection;
  let harness: AdapterHarness;
  let hub: IFeedHub;
  before(async () => {
    connection = await network.create();
    harness = await connection.ethers.deployContract("AdapterHarness");
    hub = await connection.ethers.getContractAt("IFeedHub", HUB);
  });

  const setHub = (code: string) => connection.networkHelpers.setCode(HUB, code);
  /** What a read of such a hub ends with: the word, or the revert's data. */
  const outcomeOf = async (read: (typeof reads)[number], code: string) => {
    await setHub(code);
    return harness[read](HUB, FEED).then(
      (word) => toBeHex(word, 32),
      (error: unknown) => ({ reverted: (error as { data?: string }).data }),
    );
  };

  for (const read of reads) {
    describe(read, () => {
      it("asks for latestPacked of the feed, and for nothing more", async () => {
        expect(await outcomeOf(read, HASH_OF_CALL)).to.equal(
          keccak256(hub.interface.encodeFunctionData("latestPacked", [FEED])),
        );
      });

      it("gives the first word of the answer, whatever it is", async () => {
        const words = [toBeHex(0, 32), toBeHex(1, 32), sampleBytes(32), `0x${"ff".repeat(32)}`];
        for (const word of [...words, concat([SELECTOR, sampleBytes(28)])]) {
          for (const more of ["0x", sampleBytes(1), sampleBytes(64)])
            expect(await outcomeOf(read, codeOf("return", concat([word, more]))), `${word}, ${more}`).to.equal(word);
        }
      });

      it("takes less than a word for no hub: NoHub", async () => {
        const reverted = harness.interface.encodeErrorResult("NoHub", [HUB]);
        for (const length of [0, 1, 31]) {
          expect(await outcomeOf(read, codeOf("return", sampleBytes(length)))).to.deep.equal({ reverted });
        }
        expect(await outcomeOf(read, "0x"), "no code").to.deep.equal({ reverted });
      });

      it("reverts with the hub's reason, of any length", async () => {
        for (const length of [0, 1, 3, 4, 31, 32, 33, 36, 100, 1000]) {
          const reverted = sampleBytes(length);
          expect(await outcomeOf(read, codeOf("revert", reverted)), `${length} bytes`).to.deep.equal({ reverted });
        }
      });

      it("reverts with a reason whose selector is like NoValue's but for a bit", async () => {
        for (const bit of [0n, 7n, 8n, 31n]) {
          const reverted = concat([toBeHex(BigInt(SELECTOR) ^ (1n << bit), 4), FEED]);
          expect(await outcomeOf(read, codeOf("revert", reverted))).to.deep.equal({ reverted });
        }
      });
    });
  }

  it("reverts where the hub has no value, or gives 0: as the reader wants it", async () => {
    for (const reason of [NO_VALUE, SELECTOR, concat([NO_VALUE, sampleBytes(32)])]) {
      const empty = codeOf("revert", reason);
      expect(await outcomeOf("newest", empty)).to.deep.equal({ reverted: reason });
      expect(await outcomeOf("newestOrNone", empty)).to.equal(toBeHex(0, 32));
    }
  });
});
