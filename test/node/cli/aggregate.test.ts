import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { ensureInstance } from "../../../scripts/circuits/ensure-circuits.ts";
import { assertFailure, type CliResult, runCli } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";

interface Verified {
  readonly holds: boolean;
  readonly isForgeable: boolean;
  readonly fault?: { readonly code: string };
  readonly figures: { readonly sum: string; readonly mean: string };
}

describe("quorate aggregate", () => {
  const folder = scratchFolder();
  const at = (name: string) => path.join(folder, name);
  const run = (...args: readonly string[]): Promise<CliResult> => runCli(["aggregate", ...args]);
  const prove = (...more: readonly string[]) =>
    run("prove", "--terms", at("terms.yaml"), "--seed", at("seed.json"), "--samples", at("samples.json"), ...more);
  let seedText: string;
  let announcement: { readonly commitment: string; readonly digest: string };

  before(async () => {
    await ensureInstance({ instance: "local-k4-w32" });
    const names = { circuit: "local-k4-w32", device: "meter-1", feed: "street/load" };
    const plan = { ...names, beaconRule: "drand quicknet, round 7", epochSeconds: 900, minimum: -1000, decimals: 2 };
    writeFileSync(at("plan.yaml"), stringify(plan));
    const { code, stdout } = await run("commit", at("seed.json"), "--terms", at("plan.yaml"));
    assert.equal(code, 0);
    announcement = JSON.parse(stdout) as typeof announcement;
    writeFileSync(at("announcement.json"), stdout);
    seedText = readFileSync(at("seed.json"), "utf8");
    const { commitment } = announcement;
    writeFileSync(at("terms.yaml"), stringify({ ...plan, commitment, beacon: `0x${"be".repeat(32)}` }));
    writeFileSync(at("samples.json"), '["21.5", 20, "-3.25", "0.001"]');
  });

  async function verify(file: string): Promise<Verified> {
    const { code, stdout } = await run("verify", file, "--terms", at("terms.yaml"), "--json");
    const verified = JSON.parse(stdout) as Verified;
    assert.equal(code, verified.holds ? 0 : 1);
    return verified;
  }

  it("announces the terms with the commitment, before there is a beacon, and draws no seed for others", async () => {
    const { format, ...announced } = JSON.parse(readFileSync(at("announcement.json"), "utf8")) as Record<
      string,
      unknown
    >;
    assert.equal(format, "quorate.aggregate-announcement.v1");
    const { commitment, digest } = announcement;
    assert.deepEqual(announced, { ...(parse(readFileSync(at("plan.yaml"), "utf8")) as object), commitment, digest });
    const made = await run(
      "commit",
      at("second.json"),
      "--terms",
      at("plan.yaml"),
      "--out",
      at("second-announcement.json"),
    );
    const second = JSON.parse(readFileSync(at("second-announcement.json"), "utf8")) as typeof announcement;
    assert.ok(made.stdout.startsWith(`announcement ${second.digest}: written to ${at("second-announcement.json")}\n`));
    assert.notEqual(second.digest, digest);
    for (const [terms, code] of [
      ["terms.yaml", "config-invalid"],
      ["other-plan.yaml", "local-circuit-unknown"],
    ] as const) {
      writeFileSync(at("other-plan.yaml"), readFileSync(at("plan.yaml"), "utf8").replace("k4", "k5"));
      assertFailure(await run("commit", at("none.json"), "--terms", at(terms)), code);
      assert.ok(!existsSync(at("none.json")));
    }
  });

  it("proves an epoch, and finds its document to hold", async () => {
    const { code, stdout, stderr } = await prove("--epoch", "1000", "--out", at("aggregate.json"));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^epoch 1000 of meter-1, street\/load: written to .* \(witness \d+ ms, proof \d+ ms\)\n$/);
    const { holds, isForgeable, figures } = await verify(at("aggregate.json"));
    assert.ok(holds && isForgeable);
    assert.match(figures.sum, /^-?\d+(\.\d{1,2})?$/);
    const human = await run("verify", at("aggregate.json"), "--terms", at("terms.yaml"));
    assert.ok(
      human.stdout.startsWith(`✓ epoch 1000 of meter-1, street/load: sum ${figures.sum}, mean ${figures.mean}\n`),
    );
    assert.ok(human.stdout.includes(`\n    announced as ${announcement.digest}: look whether`));
    assert.match(human.stdout, /anybody can forge/);
  });

  it("compares the terms with the announcement that it is given", async () => {
    const compared = (file: string) =>
      run("verify", at("aggregate.json"), "--terms", at("terms.yaml"), "--announcement", at(file));
    const same = await compared("announcement.json");
    assert.equal(same.code, 0);
    assert.match(same.stdout, /announced as 0x\w{64}, as in the file that you named/);
    assertFailure(await compared("second-announcement.json"), "announcement-differs", /another commitment/);
    const text = readFileSync(at("announcement.json"), "utf8");
    writeFileSync(at("altered-announcement.json"), text.replace("-1000", "-1001"));
    assertFailure(await compared("altered-announcement.json"), "announcement-altered");
    assertFailure(await compared("terms.yaml"), "config-invalid");
  });

  it("says of an altered document that it does not hold", async () => {
    const document = JSON.parse(readFileSync(at("aggregate.json"), "utf8")) as object;
    for (const [change, code] of [
      [{ value: "7" }, "proof-invalid"],
      [{ epoch: 1001 }, "proof-invalid"],
      [{ device: "meter-2" }, "other-statement"],
    ] as const) {
      writeFileSync(at("altered.json"), JSON.stringify({ ...document, ...change }));
      const verified = await verify(at("altered.json"));
      assert.equal(verified.fault?.code, code);
    }
  });

  it("proves no epoch twice, nor an earlier one, nor one that has not begun", async () => {
    assertFailure(await prove("--epoch", "1000"), "epoch-used", /published already/);
    assertFailure(await prove("--epoch", "999"), "epoch-used");
    assertFailure(await prove("--epoch", "999999999"), "epoch-ahead");
    assert.equal(readFileSync(at("seed.json.epoch"), "utf8"), "1000\n");
  });

  it("takes the last epoch that is over, and any number as a sample", async () => {
    writeFileSync(at("samples.json"), '[5e-7, 1e400, "-1e21", 0.0033333333333333335]');
    const { code, stdout } = await prove();
    assert.equal(code, 0);
    const { epoch } = JSON.parse(stdout) as { epoch: number };
    const current = Math.floor(Date.now() / 900_000);
    assert.ok(epoch === current - 1 || epoch === current - 2);
  });

  it("uses up no epoch where samples, terms, seed or circuit are not as they should be", async () => {
    const used = readFileSync(at("seed.json.epoch"), "utf8");
    const samples = readFileSync(at("samples.json"), "utf8");
    for (const [content, code] of [
      ["[1, 2, 3]", "sample-count"],
      ["[1, 2, 3, 4, 5]", "sample-count"],
      ['[1, 2, 3, "1e"]', "samples-invalid"],
      ['[1, 2, 3, "NaN"]', "samples-invalid"],
      ["[1, 2, 3, null]", "samples-invalid"],
      ['{"0": 1}', "samples-invalid"],
      ["[1, 2", "samples-invalid"],
    ] as const) {
      writeFileSync(at("samples.json"), content);
      assertFailure(await prove(), code);
    }
    writeFileSync(at("samples.json"), samples);
    assertFailure(await prove("--artifacts", at("nowhere")), "artifacts-missing");
    assert.equal((await run("commit", at("other.json"), "--terms", at("plan.yaml"))).code, 0);
    assertFailure(await prove("--seed", at("other.json")), "seed-not-committed");
    const terms = readFileSync(at("terms.yaml"), "utf8");
    writeFileSync(at("terms.yaml"), terms.replace("local-k4-w32", "local-k5-w32"));
    assertFailure(await prove(), "local-circuit-unknown", /local-k4-w32/);
    for (const [before, after] of [
      ["epochSeconds: 900", "epochSeconds: 60"],
      ["minimum: -1000", "minimum: -1001"],
      ["round 7", "round 8"],
    ] as const) {
      writeFileSync(at("terms.yaml"), terms.replace(before, after));
      assertFailure(await prove(), "terms-not-announced", /commit anew for another beacon/);
    }
    writeFileSync(at("terms.yaml"), `${terms}typo: 1\n`);
    assertFailure(await prove(), "config-invalid", /typo/);
    writeFileSync(at("terms.yaml"), terms);
    assert.equal(readFileSync(at("seed.json.epoch"), "utf8"), used);
  });

  it("never overwrites a seed, and never shows it", async () => {
    const refused = await run("commit", at("seed.json"), "--terms", at("plan.yaml"));
    assertFailure(refused, "seed-exists");
    assert.equal(readFileSync(at("seed.json"), "utf8"), seedText);
    const digits = /0x([0-9a-f]{64})/.exec(seedText)?.[1] ?? assert.fail();
    const made = await run("commit", at("third.json"), "--terms", at("plan.yaml"));
    assert.ok(existsSync(at("third.json")));
    const third = /0x([0-9a-f]{64})/.exec(readFileSync(at("third.json"), "utf8"))?.[1] ?? assert.fail();
    for (const { stdout, stderr } of [refused, made]) {
      assert.ok(!(stdout + stderr).includes(digits) && !(stdout + stderr).includes(third));
    }
  });

  it("checks with a key that it is given, by its digest", async () => {
    const { artifacts, record } = await ensureInstance({ instance: "local-k4-w32" });
    const given = ["--key", artifacts.verificationKey.path, "--key-digest"];
    const check = (...more: readonly string[]) =>
      run("verify", at("aggregate.json"), "--terms", at("terms.yaml"), ...more);
    assert.equal((await check(...given, record.verificationKeyDigest)).code, 0);
    assertFailure(await check(...given, `0x${"11".repeat(32)}`), "verification-key-mismatch");
    assert.match((await check("--key", artifacts.verificationKey.path)).stderr, /go together/);
  });
});
