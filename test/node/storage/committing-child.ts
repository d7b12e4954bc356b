// Usage: node committing-child.ts FILE FIRST
// Commits one binding after the other from round FIRST on, and prints each round once its commit has returned.
import { writeSync } from "node:fs";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";

const [file = "", first = "1"] = process.argv.slice(2);
const configDigest: Hex = `0x${"cd".repeat(32)}`;
const store = createProtocolStore({ configDigest, lanes: 2 }, { database: openDatabase(file) });

for (let round = Number(first); ; round++) {
  const sequence = sequenceOf({ configIndex: 1, epoch: 1, round });
  const bytes = new Uint8Array(2_000).fill(round & 0xff);
  store.commit({ bindings: [{ kind: "signature", sequence, bytes }], epoch: undefined, finals: [], evidence: [] });
  writeSync(1, `${round}\n`);
}
