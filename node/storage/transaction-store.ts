import type { DatabaseSync } from "node:sqlite";
import type {
  SentTransaction,
  TransactionPurpose,
  TransactionState,
  TransactionStore,
} from "../../core/ports/transaction-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceKey } from "./database.ts";

interface Row {
  nonce: number;
  hash: Hex;
  raw: Hex;
  purpose: TransactionPurpose;
  sequence: string;
  state: TransactionState;
  block_number: number | null;
}

/** Nonces whose transactions are kept after their end: for whoever asks what became of a report. */
export const KEPT_NONCES = 1_000;

/** What left one account of one chain. */
export function createTransactionStore(
  { chainId, account }: { chainId: number; account: Hex },
  { database }: { database: DatabaseSync },
): TransactionStore {
  const own = [chainId, account.toLowerCase()] as const;
  const put = database.prepare(
    `INSERT INTO sent_transaction (chain_id, account, nonce, hash, raw, purpose, sequence, state, block_number)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (chain_id, account, hash) DO UPDATE SET state = excluded.state, block_number = excluded.block_number`,
  );
  const prune = database.prepare(
    "DELETE FROM sent_transaction WHERE chain_id = ? AND account = ? AND nonce < ? AND state IN ('final', 'replaced')",
  );
  const open = database.prepare(
    `SELECT nonce, hash, raw, purpose, sequence, state, block_number FROM sent_transaction
     WHERE chain_id = ? AND account = ? AND state IN ('sent', 'included') ORDER BY nonce, id`,
  );
  const highest = database.prepare(
    "SELECT max(nonce) AS nonce FROM sent_transaction WHERE chain_id = ? AND account = ? AND state <> 'replaced'",
  );

  return {
    put({ nonce, hash, raw, purpose, sequence, state, blockNumber }) {
      put.run(...own, nonce, hash, raw, purpose, sequenceKey(sequence), state, blockNumber ?? null);
      if (state === "final") prune.run(...own, nonce - KEPT_NONCES);
    },
    open: () => (open.all(...own) as unknown as Row[]).map(toTransaction),
    nextNonce() {
      const { nonce } = highest.get(...own) as { nonce: number | null };
      return nonce === null ? undefined : nonce + 1;
    },
  };
}

function toTransaction({ sequence, block_number: blockNumber, ...row }: Row): SentTransaction {
  return { ...row, sequence: BigInt(`0x${sequence}`), blockNumber: blockNumber ?? undefined };
}
