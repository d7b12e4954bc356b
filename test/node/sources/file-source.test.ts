import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Reading } from "../../../core/ports/source.ts";
import { createFileSource } from "../../../node/sources/file-source.ts";
import { selectJson } from "../../../node/sources/json-pointer.ts";

const NOW = 1_700_000_000_123;
const STATION =
  'time,temp,"wind, gusts",note\n2012-01-01,12.8,4.7,\n2012-01-02,-0.50,4.5,"a ""b"""\n\n2012-01-03,0.0,2.3,x\n';
const DOCUMENT = `{
  "price": 64123.123456789012345678, "neg": -0.0, "exp": 1E+3, "text": "12.50",
  "list": [10, {"a/b": 1.10, "m~n": 2}], "": 7, "yes": true, "nothing": null, "__proto__": 3
}`;

let top: string;
let directory: string;

function read(path: string, signal = new AbortController().signal): Promise<Reading> {
  const source = createFileSource({ id: "station", directory, unit: "Cel", maxBytes: 10_000 }, { now: () => NOW });
  return source.read(path, { signal });
}

async function outcome(path: string): Promise<string> {
  const reading = await read(path);
  return reading.kind === "failed" ? reading.code : Buffer.from(reading.point.value).toString();
}

before(async () => {
  top = await mkdtemp(join(tmpdir(), "quorate-file-source-"));
  directory = join(top, "data");
  await mkdir(join(directory, "sub dir"), { recursive: true });
  await writeFile(join(top, "secret.txt"), "secret");
  await mkdir(join(top, "data-of-others"));
  await writeFile(join(top, "data-of-others", "x.txt"), "secret");
  await writeFile(join(directory, "station.csv"), STATION);
  await writeFile(join(directory, "bom.CSV"), "\ufefftemp\n5\n");
  await writeFile(join(directory, "header-only.csv"), "temp\n");
  await writeFile(join(directory, "broken.csv"), 'temp\n"1\n2');
  await writeFile(join(directory, "ragged.csv"), "a,b\n1\n");
  await writeFile(join(directory, "doc.json"), DOCUMENT);
  await writeFile(join(directory, "broken.json"), '{"price": 1');
  await writeFile(join(directory, "deep.json"), "[".repeat(4000) + "]".repeat(4000));
  await writeFile(join(directory, "latin1.json"), Buffer.from([0x22, 0xe9, 0x22]));
  await writeFile(join(directory, "sub dir", "x.txt"), "inside");
  await writeFile(join(directory, "big.txt"), Buffer.alloc(10_001));
  await writeFile(join(directory, "full.txt"), Buffer.alloc(10_000, "x"));
  await symlink(join(top, "secret.txt"), join(directory, "leak.txt"));
  await symlink(join(top, "data-of-others"), join(directory, "others"));
  await symlink("station.csv", join(directory, "alias.csv"));
  await symlink("loop", join(directory, "loop"));
  execFileSync("mkfifo", [join(directory, "pipe")]);
});

after(() => rm(top, { recursive: true }));

describe("file source", () => {
  it("reads a whole document with its media type and time", async () => {
    const reading = await read("/doc.json");
    assert.equal(reading.kind, "point");
    assert.equal(reading.status, 200);
    const { id, unit, timestamp, value } = reading.point;
    assert.deepEqual({ id, unit, timestamp }, { id: "station /doc.json", unit: "application/json", timestamp: NOW });
    assert.equal(Buffer.from(value).toString(), DOCUMENT);
  });

  it("gives a selected scalar its physical unit", async () => {
    const reading = await read("/station.csv#column=temp&row=0");
    assert.equal(reading.kind === "point" && reading.point.unit, "Cel");
  });

  for (const [path, expected] of [
    ["/station.csv#column=temp&row=0", "12.8"],
    ["/station.csv#row=1&column=temp", "-0.50"],
    ["/station.csv#column=temp&row=last", "0.0"],
    ["/station.csv#column=wind%2C%20gusts&row=2", "2.3"],
    ["/station.csv#column=note&row=1", 'a "b"'],
    ["/station.csv#column=note&row=0", "not-found"],
    ["/station.csv#column=temp&row=3", "not-found"],
    ["/station.csv#column=pressure&row=0", "not-found"],
    ["/header-only.csv#column=temp&row=last", "not-found"],
    ["/bom.CSV#column=temp&row=0", "5"],
    ["/alias.csv#column=temp&row=0", "12.8"],
    ["/broken.csv#column=temp&row=last", "invalid-data"],
    ["/ragged.csv#column=a&row=0", "invalid-data"],
    ["/station.csv#column=temp", "invalid-path"],
    ["/station.csv#column=temp&row=-1", "invalid-path"],
    ["/station.csv#column=temp&row=0&x=1", "invalid-path"],
    ["/station.csv#", "invalid-path"],
    ["/doc.json#/price", "64123.123456789012345678"],
    ["/doc.json#/neg", "-0.0"],
    ["/doc.json#/exp", "1E+3"],
    ["/doc.json#/text", "12.50"],
    ["/doc.json#/list/0", "10"],
    ["/doc.json#/list/1/a~1b", "1.10"],
    ["/doc.json#/list/1/m~0n", "2"],
    ["/doc.json#/", "7"],
    ["/doc.json#/yes", "true"],
    ["/doc.json#/__proto__", "3"],
    ["/doc.json#/nothing", "not-found"],
    ["/doc.json#/list/01", "not-found"],
    ["/doc.json#/list/-", "not-found"],
    ["/doc.json#/list/length", "not-found"],
    ["/doc.json#/price/text", "not-found"],
    ["/doc.json#/constructor", "not-found"],
    ["/doc.json#/list", "invalid-data"],
    ["/doc.json#", "invalid-data"],
    ["/doc.json#price", "invalid-data"],
    ["/doc.json#/m~2", "invalid-data"],
    ["/doc.json#/%ff", "invalid-path"],
    ["/broken.json#/price", "invalid-data"],
    ["/deep.json#/0", "invalid-data"],
    ["/latin1.json#", "invalid-data"],
    ["/full.txt#/x", "invalid-path"],
    ["/sub%20dir/x.txt", "inside"],
    ["/missing.csv", "not-found"],
    ["/station.csv/x", "not-found"],
    ["/sub%20dir", "not-found"],
    ["/", "invalid-path"],
    ["/pipe", "not-found"],
    ["/big.txt", "too-large"],
    ["/full.txt", "x".repeat(10_000)],
    ["/../secret.txt", "invalid-path"],
    ["/%2e%2e/secret.txt", "invalid-path"],
    ["/..%2fsecret.txt", "invalid-path"],
    ["//etc/passwd", "invalid-path"],
    ["/leak.txt", "invalid-path"],
    ["/others/x.txt", "invalid-path"],
    ["/loop", "invalid-path"],
    ["/a%00b", "invalid-path"],
    ["/%ff", "invalid-path"],
    [`/station.csv#column=temp&row=0${"0".repeat(600)}`, "invalid-path"],
  ] as const) {
    it(`${path.slice(0, 60)} → ${expected.slice(0, 30)}`, async () => assert.equal(await outcome(path), expected));
  }

  it("gives up with its caller", async () => {
    const reading = await read("/doc.json", AbortSignal.abort());
    assert.equal(reading.kind === "failed" && reading.code, "timeout");
  });

  it("refuses a bound that is no number", () => {
    assert.throws(
      () => createFileSource({ id: "x", directory, maxBytes: Number.NaN }, { now: () => NOW }),
      (error) => error instanceof QuorateError && error.code === "source-limit-invalid",
    );
  });
});

describe("selectJson", () => {
  it("gives every number back exactly as it is written", () => {
    const number = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.bigInt({ min: 0n }),
        fc.stringMatching(/^(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?$/),
      )
      .map(([sign, whole, rest]) => `${sign}${whole}${rest}`);
    fc.assert(
      fc.property(number, fc.string(), (text, key) => {
        const pointer = `/a/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const selection = selectJson(`{"a":{${JSON.stringify(key)}: ${text}}}`, pointer);
        assert.deepEqual(selection, { kind: "text", text });
      }),
    );
  });
});
