import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RecordedReport } from "../../../core/ports/chain.ts";
import { createReportHistory } from "../../../node/rounds/report-history.ts";

const report = (index: bigint, blockNumber: number): RecordedReport => ({
  ...{ index, blockNumber, sequence: index, digest: "0x", stored: 1, transmitter: "0x", txHash: "0x" },
});
const proven = (index: bigint, blockNumber: number) => ({ index, blockNumber, sequence: index, txHash: "0x" }) as const;
const indexesOf = (reports: readonly RecordedReport[]) => reports.map(({ index }) => index);

describe("the history of reports", () => {
  it("gives back what a reorganisation left without a proof", () => {
    const history = createReportHistory(8);
    for (const index of [1n, 2n, 3n, 4n]) history.transmitted(report(index, Number(index) * 10));
    history.proven(proven(1n, 25));
    history.proven(proven(2n, 35));
    history.proven(proven(4n, 45)); // Itself gone.
    assert.deepEqual(indexesOf(history.revert(35)), [2n, 3n]);
    assert.deepEqual(indexesOf(history.revert(35)), [2n, 3n], "they are not proven now");
    history.proven(proven(2n, 36));
    assert.deepEqual(indexesOf(history.revert(40)), [3n]);
  });

  it("takes another report in the place of one that is gone", () => {
    const history = createReportHistory(8);
    history.transmitted(report(1n, 10));
    history.proven(proven(1n, 11));
    history.revert(10);
    history.transmitted({ ...report(1n, 12), sequence: 9n });
    assert.deepEqual(
      history.revert(13).map(({ sequence }) => sequence),
      [9n],
    );
  });

  it("holds a bounded number", () => {
    const history = createReportHistory(3);
    for (let index = 1n; index <= 10n; index++) history.transmitted(report(index, 1));
    assert.deepEqual(indexesOf(history.revert(2)), [8n, 9n, 10n]);
  });
});
