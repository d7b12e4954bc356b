import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { assertFailure, runCli } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";

const cwd = scratchFolder();
const run = (...args: string[]) => runCli(["module", ...args], { cwd });
const succeed = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  return stdout;
};

describe("quorate module, from a new project to a replayed record", () => {
  it("goes as its help says", async () => {
    assert.match(
      await succeed("new", "mid", "--lang", "assemblyscript"),
      /\n {2}mid\/manifest\.yaml\n[^]*\nnext: quorate module build mid && quorate module test mid\n$/,
    );
    const built = await succeed("build", "mid");
    assert.match(built, /^mid\/build\/mid\.wasm {2}assemblyscript, AssemblyScript \d/);
    assert.match(
      built,
      /\nsize {4}█+░+ [\d,]+ of 131,072 bytes \(\d\.\d %\)\nsha256 {2}0x[0-9a-f]{64}, in the manifest\nadmitted as a reactor; /,
    );
    assert.match(await succeed("build", "mid"), /, unchanged\n/);

    const inspected = await succeed("inspect", "mid/build/mid.wasm", "--manifest", "mid/manifest.yaml");
    assert.match(
      inspected,
      /^✓ size +\d+ of at most 131072 bytes\n✓ format[^]*\n\ndigest +0x[0-9a-f]{64}\nshape +reactor\n/,
    );

    assert.match(
      await succeed("test", "mid"),
      /^✓ middle +101\.305 +fuel [\d,]+ \+ [\d,]+\n✓ source-down +no value: no-quote \(no bid and ask: error:timeout\) .*\nmid: 2 passed, 0 failed \(fuel rules \d+\)\n$/,
    );
    const updated = await succeed("test", "mid", "--update");
    assert.match(updated, /^~ middle .*\n(?: {4}.*\n)* {4}fuel: none → \{"requests":\d+,"observe":\d+\}\n/);
    assert.doesNotMatch(updated, / {4}(value|failure): /);
    assert.match(updated, /\nmid: 2 of 2 cases updated \(/);
    assert.match(await succeed("test", "mid", "--update"), /^✓ middle [^~]*\nmid: 0 of 2 cases updated/);
    const results = JSON.parse(await succeed("test", "mid", "--json")) as {
      cases: { passed: boolean; seen: { value?: string } }[];
    };
    assert.deepEqual(
      results.cases.map(({ passed, seen }) => [passed, seen.value]),
      [
        [true, "101.305"],
        [true, undefined],
      ],
    );

    const shown = await succeed(
      "run",
      "mid/manifest.yaml",
      "--feed",
      "ACME/USD",
      "--record",
      "r.json",
      "--time",
      "1795301227",
    );
    assert.match(
      shown,
      /\n {2}book \/acme\.json → 200, 37 bytes, application\/json\nACME\/USD {2}101\.3\nfuel [\d,]+, inputs 0x[0-9a-f]{64}\n$/,
    );
    copyFileSync(path.join(cwd, "r.json"), path.join(cwd, "mid/r.json"));
    assert.match(await succeed("replay", "mid/r.json"), /^✓ mid\/r\.json: /, "the module is in a folder beside it");
    assertFailure(await run("replay", "r.json"), "module-not-found", /--module/);
    assertFailure(
      await run("replay", "r.json", "--module", "no.wasm"),
      "module-unreadable",
      /there is no file no\.wasm/,
    );
    assert.match(
      await succeed("replay", "r.json", "--module", "mid/build/mid.wasm"),
      /^✓ r\.json: ACME\/USD {2}101\.3 {2}fuel [\d,]+\n$/,
    );
    const [replayed] = JSON.parse(await succeed("replay", "r.json", "--module", "mid/build/mid.wasm", "--json")) as {
      seen: { value: string };
    }[];
    assert.equal(replayed?.seen.value, "10130000000");

    const testCase = path.join(cwd, "mid/tests/middle.yaml");
    writeFileSync(testCase, readFileSync(testCase, "utf8").replace("101.305", "101.3"));
    const failed = await run("test", "mid");
    assert.match(failed.stdout, /✗ middle .*\n {4}value: expected 101\.3, seen 101\.305\n[^]*1 passed, 1 failed/);
    assert.equal(failed.code, 1);

    const record = path.join(cwd, "r.json");
    writeFileSync(record, readFileSync(record, "utf8").replace('"10130000000"', '"10130000001"'));
    const differing = await run("replay", "r.json", "--module", "mid/build/mid.wasm");
    assert.match(differing.stdout, /^✗ r\.json: [^]*\n {4}value: recorded 10130000001, seen 10130000000\n$/);
    assert.equal(differing.code, 1);
  });

  it("finds a bundled module by the digest in a record", async () => {
    const manifest = new URL("../../../fetchers/reading/manifest.yaml", import.meta.url).pathname;
    await succeed("run", manifest, "--feed", "STATION/TEMPERATURE", "--record", "reading.json");
    assert.match(await succeed("replay", "reading.json"), /^✓ reading\.json: STATION\/TEMPERATURE {2}0\.75 /);
  });

  it("shows the stages that a refused module passed, and the one that refused it", async () => {
    const module = readFileSync(new URL("../../../fetchers/reading/build/reading.wasm", import.meta.url));
    writeFileSync(path.join(cwd, "cut.wasm"), module.subarray(0, module.length - 1));
    const { code, stdout, stderr } = await run("inspect", "cut.wasm");
    assert.match(stdout, /^✓ size [^]*\n✗ validation +rule (malformed|invalid), [^:]*: \w[^[\n]*\n$/);
    assertFailure({ code, stdout, stderr }, "module-refused");
    writeFileSync(path.join(cwd, "large.wasm"), Buffer.alloc(200_000));
    const large = await run("inspect", "large.wasm");
    assert.match(
      large.stdout,
      /^✗ size .*: the module has 200000 bytes, .*\n +under the usual terms; .* --manifest FILE\n$/,
    );
    const json = await run("inspect", "cut.wasm", "--json");
    assert.match((JSON.parse(json.stdout) as { rule: string }).rule, /^(malformed|invalid)$/);
  });

  it("says what is wrong in one line, and what the compiler said above it", async () => {
    await succeed("new", "broken", "--lang", "assemblyscript");
    writeFileSync(path.join(cwd, "broken/assembly/index.ts"), "export let x: Foo;");
    const { code, stderr } = await run("build", "broken");
    assert.match(
      stderr,
      /Cannot find name 'Foo'[^]*\nquorate: assembly\/index\.ts does not compile: [^\n]+ \[module-does-not-compile\]\n$/,
    );
    assert.equal(code, 1);
    assertFailure(await run("new", "broken", "--lang", "c"), "folder-not-empty", /--dir/);
    assertFailure(await run("build", "nowhere"), "language-unknown", /assembly\/index\.ts/);
    assertFailure(await run("test", "nowhere"), "no-cases", /docs\/guests\.md/);
    assertFailure(await run("replay", "cut.wasm"), "record-unreadable", /module run --record/);
  });
});
