import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import fc from "fast-check";
import { linesOf, MAX_LINE_BYTES } from "../../../scripts/devnet/audit/lines.ts";

async function read(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line.toString());
  return lines;
}

describe("linesOf", () => {
  it("gives the same lines however the bytes are cut", async () => {
    const line = fc.string({ maxLength: 20 }).filter((text) => !text.includes("\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        const places = [...cuts.map((cut) => Math.min(cut, bytes.length)), 0, bytes.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        assert.deepEqual(
          await read(chunks),
          lines.map((text) => Buffer.from(text).toString()),
        );
      }),
    );
  });

  it("leaves out what has no end yet", async () => {
    assert.deepEqual(await read([Buffer.from("one\ntw")]), ["one"]);
  });

  it("cuts text without ends and reads no further", async () => {
    const endless = Buffer.alloc(MAX_LINE_BYTES + 1, "x");
    assert.deepEqual(await read([endless, Buffer.from("\nmore\n")]), ["x".repeat(MAX_LINE_BYTES)]);
  });
});
