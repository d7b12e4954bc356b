import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import type { SentTransaction } from "../../../core/ports/transaction-store.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createTransactionStore, KEPT_NONCES } from "../../../node/storage/transaction-store.ts";
import { scratchFolder } from "../../support/scratch.ts";

const ACCOUNT: Hex = `0x${"Ab".repeat(20)}`;
const folder = scratchFolder();
let names = 0;

const sent = (nonce: number, attempt = 0): SentTransaction => ({
  ...{ nonce, hash: `0x${(nonce * 100 + attempt).toString(16).padStart(64, "0")}`, raw: "0x02c0" },
  ...{ purpose: "transmit", sequence: 2n ** 64n - 1n, state: "sent", blockNumber: undefined },
});

describe("the store of sent transactions", () => {
  it("knows after a restart what is open, by nonce and in the order in which it left", () => {
    const file = path.join(folder, `${names++}.db`);
    const database = openDatabase(file);
    const store = createTransactionStore({ chainId: 1, account: ACCOUNT }, { database });
    assert.deepEqual([store.open(), store.nextNonce()], [[], undefined]);
    for (const transaction of [sent(8), sent(7, 2), sent(7, 1)]) store.put(transaction);
    database.close();
    const again = openDatabase(file);
    const reopened = createTransactionStore({ chainId: 1, account: ACCOUNT.toLowerCase() as Hex }, { database: again });
    assert.deepEqual(reopened.open(), [sent(7, 2), sent(7, 1), sent(8)]);
    assert.equal(reopened.nextNonce(), 9);
    again.close();
  });

  it("follows a transaction through its states, and keeps its place", () => {
    const store = createTransactionStore({ chainId: 1, account: ACCOUNT }, { database: openDatabase(":memory:") });
    store.put(sent(1, 1));
    store.put(sent(1, 2));
    store.put({ ...sent(1, 1), state: "included", blockNumber: 12 });
    assert.deepEqual(store.open(), [{ ...sent(1, 1), state: "included", blockNumber: 12 }, sent(1, 2)]);
    store.put({ ...sent(1, 1), state: "final", blockNumber: 12 });
    store.put({ ...sent(1, 2), state: "replaced" });
    assert.deepEqual([store.open(), store.nextNonce()], [[], 2]);
  });

  it("counts a nonce that was given up as never used", () => {
    const store = createTransactionStore({ chainId: 1, account: ACCOUNT }, { database: openDatabase(":memory:") });
    store.put({ ...sent(1), state: "final", blockNumber: 12 });
    store.put(sent(1_000_000));
    assert.equal(store.nextNonce(), 1_000_001);
    store.put({ ...sent(1_000_000), state: "replaced" });
    assert.equal(store.nextNonce(), 2);
  });

  it("keeps accounts and chains apart", () => {
    const database = openDatabase(":memory:");
    const other: Hex = `0x${"cd".repeat(20)}`;
    const [one, two, three] = (
      [
        [1, ACCOUNT],
        [2, ACCOUNT],
        [1, other],
      ] as const
    ).map(([chainId, account]) => createTransactionStore({ chainId, account }, { database }));
    one!.put(sent(5));
    assert.deepEqual([two!.open(), three!.open()], [[], []]);
    assert.deepEqual([two!.nextNonce(), three!.nextNonce()], [undefined, undefined]);
  });

  it("forgets ended ones long after, and never open ones", () => {
    const database = openDatabase(":memory:");
    const store = createTransactionStore({ chainId: 1, account: ACCOUNT }, { database });
    store.put(sent(0));
    store.put({ ...sent(1), state: "final", blockNumber: 1 });
    store.put({ ...sent(2), state: "final", blockNumber: 1 });
    store.put({ ...sent(2 + KEPT_NONCES), state: "final", blockNumber: 9 });
    const rows = database.prepare("SELECT nonce FROM sent_transaction ORDER BY nonce").all() as { nonce: number }[];
    assert.deepEqual(
      rows.map(({ nonce }) => nonce),
      [0, 2, 2 + KEPT_NONCES],
    );
  });
});
