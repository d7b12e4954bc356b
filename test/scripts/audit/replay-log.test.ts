import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { linesOf, MAX_LINE_BYTES } from "../../../scripts/devnet/audit/lines.ts";
import { readReplayLog } from "../../../scripts/devnet/audit/replay-log.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const traceIds = new Set([TRACE]);

function line(id: string, changes: object = {}): string {
  const entry = {
    id,
    at: 1,
    requester: "node-1",
    exchange: "kraken",
    symbol: "SP500",
    tick: 3,
    traceId: TRACE,
    price: "1.5",
    fault: null,
    status: 200,
    latencyMs: 7,
    aborted: false,
  };
  return `${JSON.stringify({ ...entry, ...changes })}\n`;
}

let folder: string;
let file: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-replay-log-"));
});
beforeEach(() => {
  file = join(folder, "log.jsonl");
});
after(() => rm(folder, { recursive: true }));

function failsWith(code: string) {
  return (error: unknown) => error instanceof QuorateError && error.code === code && !error.message.includes("\n");
}

describe("readReplayLog", () => {
  it("gives the entries of the wanted rounds alone", async () => {
    await writeFile(
      file,
      line("1") + line("2", { traceId: "f".repeat(32) }) + line("3", { traceId: null }) + line("4"),
    );
    const { entries } = await readReplayLog(file, { traceIds });
    assert.deepEqual(
      entries.map(({ id }) => id),
      ["1", "4"],
    );
  });

  it("lets a later line replace an earlier one", async () => {
    await writeFile(file, line("1") + line("2") + line("1", { aborted: true }));
    const { entries } = await readReplayLog(file, { traceIds });
    assert.deepEqual(
      entries.map(({ id, aborted }) => [id, aborted]),
      [
        ["1", true],
        ["2", false],
      ],
    );
  });

  it("leaves an unfinished last line for the next read, which goes on from there", async () => {
    const second = line("2");
    await writeFile(file, line("1") + second.slice(0, 20));
    const first = await readReplayLog(file, { traceIds });
    assert.equal(first.entries.length, 1);
    await appendFile(file, second.slice(20));
    const next = await readReplayLog(file, { traceIds, from: first.end });
    assert.deepEqual(
      next.entries.map(({ id }) => id),
      ["2"],
    );
    assert.equal((await readReplayLog(file, { traceIds, from: next.end })).entries.length, 0);
  });

  it("begins again when the file was begun anew", async () => {
    await writeFile(file, line("1"));
    assert.equal((await readReplayLog(file, { traceIds, from: 1_000_000 })).entries.length, 1);
  });

  for (const [name, text] of [
    ["no JSON", "hello\n"],
    ["another JSON", "{}\n"],
    ["a price that is a number", line("1", { price: 1.5 })],
    ["an endless line", "x".repeat(MAX_LINE_BYTES + 1)],
  ] as const) {
    it(`refuses ${name}, with the place`, async () => {
      await writeFile(file, line("0") + text);
      await assert.rejects(readReplayLog(file, { traceIds }), failsWith("replay-log-malformed"));
    });
  }

  it("says when there is no log", async () => {
    await assert.rejects(readReplayLog(join(folder, "nope"), { traceIds }), failsWith("replay-log-unreadable"));
  });

  it("holds to its bounds", async () => {
    await writeFile(file, line("1") + line("2") + line("3"));
    await assert.rejects(readReplayLog(file, { traceIds, maxEntries: 2 }), failsWith("replay-log-too-large"));
    await assert.rejects(readReplayLog(file, { traceIds, maxBytes: 10 }), failsWith("replay-log-too-large"));
  });
});

describe("linesOf", () => {
  it("gives the same lines however the bytes are cut", async () => {
    const lines = fc.array(fc.stringMatching(/^[^\n]{0,40}$/), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 50 }), async (texts, size) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join("") + "unfinished");
        const chunks = (async function* () {
          for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
        })();
        const found: string[] = [];
        for await (const each of linesOf(chunks)) found.push(each.toString());
        assert.deepEqual(found, texts);
      }),
    );
  });
});
