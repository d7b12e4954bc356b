import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { withCode } from "../../support/error-code.ts";
import { createRandom } from "../../support/random.ts";
import { scratchFolder } from "../../support/scratch.ts";

const CHILD = fileURLToPath(new URL("committing-child.ts", import.meta.url));
const KILLS = 20;
const MAX_ROUNDS_BEFORE_KILL = 40;
const configDigest: Hex = `0x${"cd".repeat(32)}`;
const sequence = (round: number) => sequenceOf({ configIndex: 1, epoch: 1, round });

/** Starts the child and kills it without warning once it has acknowledged `count` rounds. @returns the last one. */
function commitUntilKilled(file: string, { first, count }: { first: number; count: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, file, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.split("\n").length > count) child.kill("SIGKILL");
    });
    child.once("close", (code, signal) => {
      const rounds = output.split("\n").filter(Boolean);
      if (signal === "SIGKILL") resolve(Number(rounds.at(-1)));
      else reject(new Error(`the child ended with ${code ?? "no code"}`));
    });
  });
}

describe("durability", () => {
  const file = path.join(scratchFolder(), "quorate.db");

  it(`every acknowledged binding survives ${KILLS} SIGKILLs in the middle of commits, and none can be contradicted`, async () => {
    const random = createRandom(11);
    let last = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      last = await commitUntilKilled(file, { first: last + 1, count: 1 + random.integer(MAX_ROUNDS_BEFORE_KILL) });
      const database = openDatabase(file);
      const store = createProtocolStore({ configDigest, lanes: 2 }, { database });
      const { highest } = store.load();
      // One more may have reached the disk before its acknowledgement was printed: then the next run continues after it.
      assert.ok(
        highest.signature >= sequence(last),
        `round ${last} was acknowledged, ${highest.signature} is the last`,
      );
      assert.ok(highest.signature <= sequence(last + 1));
      const { count } = database.prepare("SELECT count(*) AS count FROM binding").get() as { count: number };
      last = Number(highest.signature & 0xffffn);
      assert.equal(count, last, "a round is missing");
      const other = { kind: "signature", sequence: sequence(last), bytes: Uint8Array.of(1) } as const;
      const commit = { bindings: [other], epoch: undefined, finals: [], evidence: [] };
      assert.throws(() => store.commit(commit), withCode("double-binding"));
      database.close();
    }
    assert.ok(last > KILLS);
  });
});
