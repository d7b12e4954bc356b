import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Contract, Interface, makeError, type TransactionRequest } from "ethers";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import type { ProofSeen, TransmissionSeen } from "../../../scripts/devnet/chain/chain-observer.ts";
import { offerForeignProof } from "../../../scripts/devnet/chain/foreign-proof.ts";

const abi = new Interface(feedHubAbi);
const WORD = `0x${"11".repeat(32)}` as const;
const PROOF = {
  proof: {
    a: [1n, 2n],
    b: [
      [3n, 4n],
      [5n, 6n],
    ],
    c: [7n, 8n],
  },
  commitment: 9n,
} as unknown as ProofSeen;
const OTHER = {
  transmission: {
    index: 42n,
    report: { configDigest: WORD, sequence: 5n, observedAt: 6, feedsRoot: WORD, valuesHash: WORD },
    feeds: { mask: 1, values: [7n] },
  } as unknown as TransmissionSeen,
  proof: { blockNumber: 100 } as ProofSeen,
};

function hubThat(call: (transaction: TransactionRequest) => Promise<string>): Contract {
  return new Contract(`0x${"aa".repeat(20)}`, feedHubAbi, { provider: null, call });
}

const reverting = (data: string) =>
  hubThat(async () => {
    await Promise.resolve();
    throw makeError("reverted", "CALL_EXCEPTION", { data } as never);
  });

describe("offerForeignProof", () => {
  it("offers the proof and the commitment of one report for the other, before that one was proven", async () => {
    const asked: TransactionRequest[] = [];
    const hub = hubThat((transaction) => {
      asked.push(transaction);
      return Promise.resolve("0x");
    });
    assert.equal(await offerForeignProof(hub, PROOF, OTHER), undefined);
    const [{ blockTag, data }] = asked as [TransactionRequest];
    assert.equal(blockTag, 99);
    const call = abi.parseTransaction({ data: data ?? "" });
    assert.deepEqual(
      [call?.name, call?.args.getValue("reportIndex"), call?.args.getValue("commitment")],
      ["prove", 42n, 9n],
    );
  });

  it("names the hub's error", async () => {
    const data = abi.encodeErrorResult("ProofRejected", [1n, 2n, 3n]);
    assert.equal(await offerForeignProof(reverting(data), PROOF, OTHER), "ProofRejected");
  });

  it("does not take an unknown revert for a rejected proof", async () => {
    assert.notEqual(await offerForeignProof(reverting("0x12345678"), PROOF, OTHER), "ProofRejected");
  });

  it("does not take a chain that is gone for a rejected proof", async () => {
    const gone = hubThat(() => Promise.reject(new Error("connection refused")));
    await assert.rejects(offerForeignProof(gone, PROOF, OTHER), /connection refused/);
  });
});
