import type { DatabaseSync } from "node:sqlite";
import type { TransmissionState, TransmissionStore } from "../../core/ports/protocol-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceKey } from "./database.ts";

interface Row {
  sequence: string;
  state: TransmissionState;
  due_at: number;
  tx_hash: Hex | null;
}

/** Which final reports this node still has to send, so that a restart resumes them. */
export function createTransmissionStore(
  { configDigest }: { configDigest: Hex },
  { database }: { database: DatabaseSync },
): TransmissionStore {
  const put = database.prepare(
    "INSERT OR REPLACE INTO transmission (config, sequence, state, due_at, tx_hash) VALUES (?, ?, ?, ?, ?)",
  );
  const pending = database.prepare(
    "SELECT sequence, state, due_at, tx_hash FROM transmission WHERE config = ? AND state = 'pending' ORDER BY sequence",
  );
  return {
    put({ sequence, state, dueAt, txHash }) {
      put.run(configDigest, sequenceKey(sequence), state, dueAt, txHash ?? null);
    },
    pending() {
      const rows = pending.all(configDigest) as unknown as Row[];
      return rows.map((row) => ({
        sequence: BigInt(`0x${row.sequence}`),
        state: row.state,
        dueAt: row.due_at,
        txHash: row.tx_hash ?? undefined,
      }));
    },
  };
}
