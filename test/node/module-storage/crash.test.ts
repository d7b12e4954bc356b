import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { StorageSnapshot } from "../../../core/ports/module-storage.ts";
import { openModuleStorage } from "../../../node/module-storage/module-storage.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { SMALLEST_LAYOUT } from "./support/layouts.ts";
import { KEYS, STORING_MODULE, VALUE_BYTES } from "./support/storing.ts";

const CHILD = fileURLToPath(new URL("support/storing-child.ts", import.meta.url));
const KILLS = 200;
/** Two folders at a time, one for each core of a small machine. */
const FOLDERS = 2;
/** A life ends after some acknowledgements, and a little later: somewhere in the next write. */
const MAX_ACKNOWLEDGED = 30;
const MAX_DELAY_MS = 3;
/** A life without any may end while the storage is opened. */
const MAX_OPENING_MS = 30;

interface Life {
  readonly folder: string;
  readonly first: number;
  readonly random: Random;
}

/** Starts the child and kills it without warning. @returns the last number that it acknowledged. */
function storeUntilKilled({ folder, first, random }: Life): Promise<number> {
  const lines = 1 + random.integer(MAX_ACKNOWLEDGED + 1);
  const delayMs = random.next() * (lines === 1 ? MAX_OPENING_MS : MAX_DELAY_MS);
  return new Promise((resolve, reject) => {
    const child = startChild(folder, String(first));
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const due = output.split("\n").length <= lines;
      output += chunk;
      if (due && output.split("\n").length > lines) setTimeout(() => child.kill("SIGKILL"), delayMs);
    });
    child.once("close", (code, signal) => {
      const last = output.split("\n").findLast((line) => /^\d+$/.test(line));
      if (signal === "SIGKILL") resolve(last === undefined ? first - 1 : Number(last));
      else reject(new Error(`the child ended with ${code ?? "no code"}`));
    });
  });
}

function startChild(folder: string, ...args: readonly string[]) {
  // Stripping types is most of a short life: the first child leaves its work to the others.
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(path.dirname(folder), "cache") };
  return spawn(process.execPath, [CHILD, folder, ...args], { stdio: ["ignore", "pipe", "inherit"], env });
}

/** The number that was stored last. Every other key holds the last number that it was given. */
function requireConsistent(snapshot: StorageSnapshot): number {
  const numbers = new Map(snapshot.map(([key, value]) => [key, Buffer.from(value).readUInt32BE()]));
  const last = numbers.get("last") ?? 0;
  for (let number = last; number > Math.max(0, last - KEYS); number--) {
    assert.equal(numbers.get(`key ${number % KEYS}`), number);
  }
  assert.equal(snapshot.length, last === 0 ? 0 : 1 + Math.min(last, KEYS));
  assert.ok(snapshot.every(([, value]) => value.length === VALUE_BYTES));
  return last;
}

async function killAgainAndAgain(folder: string, random: Random) {
  const log = createRecordingLog();
  const meter = createRecordingMeter();
  await once(startChild(folder, "1", "1"), "exit");
  let [last, cutOff] = [1, 0];
  for (let kill = 0; kill < KILLS / FOLDERS; kill++) {
    const acknowledged = await storeUntilKilled({ folder, first: last + 1, random });
    const storage = await openModuleStorage({ folder, layout: SMALLEST_LAYOUT }, { log, meter });
    const found = requireConsistent(storage.snapshot(STORING_MODULE));
    await storage.close();
    // One more may have reached the disk before its acknowledgement was printed.
    assert.ok(found === acknowledged || found === acknowledged + 1, `${acknowledged} acknowledged, ${found} found`);
    if (found > acknowledged) cutOff++;
    last = found;
  }
  assert.deepEqual(
    log.lines.filter(({ level }) => level === "error"),
    [],
  );
  return { last, cutOff };
}

describe("crash", () => {
  const scratch = scratchFolder();

  it(`what was acknowledged survives ${KILLS} SIGKILLs at any moment`, async (test) => {
    const runs = Array.from({ length: FOLDERS }, async (_, index) => {
      const folder = path.join(scratch, String(index));
      await mkdir(folder);
      return killAgainAndAgain(folder, createRandom(index));
    });
    for (const { last, cutOff } of await Promise.all(runs)) {
      const bytes = last * 2 * VALUE_BYTES;
      const times = bytes / (SMALLEST_LAYOUT.slots * SMALLEST_LAYOUT.segmentBytes);
      test.diagnostic(
        `${last} stored, ${times.toFixed(1)} times round all segments, ${cutOff} cut off before the print`,
      );
      assert.ok(times > 2, "the segments were not compacted often enough for kills to fall into it");
    }
  });
});
