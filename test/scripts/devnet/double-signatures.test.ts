import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { BindingKind } from "../../../core/consensus/messages.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { findDoubleSignatures, type NodeDatabase } from "../../../scripts/devnet/audit/double-signatures.ts";

const SEQUENCE = (1n << 48n) | 5n;
const KEY = "0001000000000005";

interface Sent {
  readonly kind: BindingKind;
  readonly byte: number;
  readonly sequence?: bigint;
}

let folder: string;
let databases = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-doubles-"));
});
after(() => rm(folder, { recursive: true }));

/** A member's database with what it sent and what it received. */
function databaseOf(
  member: number,
  own: readonly Sent[],
  received: readonly (Sent & { sender: number })[] = [],
): NodeDatabase {
  const file = path.join(folder, `${databases++}.db`);
  const database = openDatabase(file);
  const store = createProtocolStore({ configDigest: `0x${"01".repeat(32)}`, lanes: 1 }, { database });
  const record = ({ kind, byte, sequence = SEQUENCE }: Sent) => ({ kind, sequence, bytes: Uint8Array.of(byte) });
  store.commit({ bindings: own.map(record), finals: [], epoch: undefined });
  for (const message of received) store.noteReceived({ ...record(message), sender: message.sender });
  store.flush();
  database.close();
  return { member, file };
}

describe("findDoubleSignatures", () => {
  it("finds nothing where everyone received what was sent", () => {
    const sent = { kind: "prepare", byte: 1 } as const;
    const audit = findDoubleSignatures([
      databaseOf(0, [sent]),
      databaseOf(1, [{ kind: "prepare", byte: 7 }], [{ ...sent, sender: 0 }]),
      databaseOf(2, [], [{ ...sent, sender: 0 }]),
    ]);
    assert.deepEqual(audit, { messages: 2, doubles: [] });
  });

  for (const kind of ["observation", "proposal", "prepare", "signature"] as const) {
    it(`finds a ${kind} that two members received differently`, () => {
      const audit = findDoubleSignatures([
        databaseOf(1, [], [{ kind, byte: 1, sender: 0 }]),
        databaseOf(2, [], [{ kind, byte: 2, sender: 0 }]),
      ]);
      assert.deepEqual(audit, { messages: 2, doubles: [{ member: 0, kind, sequence: KEY }] });
    });
  }

  it("finds a message that differs from what its sender stored", () => {
    const audit = findDoubleSignatures([
      databaseOf(3, [{ kind: "signature", byte: 1 }]),
      databaseOf(1, [], [{ kind: "signature", byte: 2, sender: 3 }]),
    ]);
    assert.deepEqual(audit.doubles, [{ member: 3, kind: "signature", sequence: KEY }]);
  });

  it("finds two messages that one member received", () => {
    const two = [1, 2].map((byte) => ({ kind: "prepare", byte, sender: 2 }) as const);
    assert.equal(findDoubleSignatures([databaseOf(0, [], two)]).doubles.length, 1);
  });

  it("does not mix members, kinds or slots up", () => {
    const audit = findDoubleSignatures([
      databaseOf(
        0,
        [],
        [
          { kind: "prepare", byte: 1, sender: 1 },
          { kind: "prepare", byte: 2, sender: 2 },
          { kind: "signature", byte: 3, sender: 1 },
          { kind: "prepare", byte: 4, sender: 1, sequence: SEQUENCE + 1n },
        ],
      ),
    ]);
    assert.deepEqual(audit, { messages: 4, doubles: [] });
  });
});
