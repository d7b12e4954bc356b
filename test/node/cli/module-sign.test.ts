import assert from "node:assert/strict";
import { appendFileSync, cpSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { assertFailure, runCli } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";

const READING = fileURLToPath(new URL("../../../fetchers/reading", import.meta.url));
const PASSWORD = { QUORATE_PUBLISHER_PASSWORD: "correct horse" };

describe("quorate module key, sign, verify", { concurrency: 2 }, () => {
  const folder = scratchFolder();
  const keyFile = path.join(folder, "publisher.json");
  const at = (...args: readonly string[]) => runCli(["module", ...args], { env: PASSWORD });
  let key: string;

  /** A copy of a fetcher, signed unless told otherwise. */
  async function fetcher(name: string, signed = true): Promise<string> {
    const manifest = path.join(folder, name, "manifest.yaml");
    cpSync(READING, path.dirname(manifest), { recursive: true });
    if (signed) assert.equal((await at("sign", manifest, "--key", keyFile)).stderr, "");
    return manifest;
  }

  before(async () => {
    const { code, stdout, stderr } = await at("key", keyFile);
    assert.deepEqual([code, stderr], [0, ""]);
    key = /key: "(0x[0-9a-f]{64})"/.exec(stdout)?.[1] ?? assert.fail(stdout);
    assert.ok(!stdout.includes(PASSWORD.QUORATE_PUBLISHER_PASSWORD));
  });

  it("make a key that is never overwritten", async () => {
    const held = readFileSync(keyFile, "utf8");
    assertFailure(await at("key", keyFile), "keystore-exists", /never overwritten/);
    assert.equal(readFileSync(keyFile, "utf8"), held);
    assertFailure(await runCli(["module", "key", path.join(folder, "other.json")]), "password-missing");
  });

  it("show what is signed, and find it to hold", async () => {
    const manifest = await fetcher("shown", false);
    const { stdout } = await at("sign", manifest, "--key", keyFile);
    for (const told of ["reading 1.0.0", "station ", "host functions   none", `signed by        ${key}`])
      assert.ok(stdout.includes(told), stdout);
    const verified = await at("verify", manifest, "--publisher", key.toUpperCase().replace("0X", "0x"));
    assert.deepEqual([verified.code, verified.stderr], [0, ""]);
    assert.match(verified.stdout, /manifest\.yaml\.sig holds\n$/);
  });

  it("refuse what is unsigned, signed by another, or changed since", async () => {
    assertFailure(await at("verify", await fetcher("unsigned", false)), "manifest-unsigned", /quorate module sign/);
    const manifest = await fetcher("changed");
    const other = `0x${"ab".repeat(32)}`;
    const notBy = new RegExp(
      `is signed by ${key}, not by the --publisher ${other} that you gave: (?!.*\\\`publishers\\\`)`,
    );
    assertFailure(await at("verify", manifest, "--publisher", other), "manifest-publisher-unknown", notBy);
    assertFailure(await at("verify", manifest, "--publisher", "0x12"), "publisher-key-invalid");
    appendFileSync(path.join(path.dirname(manifest), "build/reading.wasm"), "x");
    assertFailure(await at("verify", manifest), "module-digest-mismatch");
    appendFileSync(manifest, "# more\n");
    assertFailure(await at("verify", manifest), "manifest-signature-invalid");
  });

  it("are asked by `run` where a publisher is named, and not by an author", async () => {
    const run = (manifest: string, ...more: readonly string[]) =>
      at("run", manifest, "--feed", "STATION/TEMPERATURE", ...more);
    const [signed, unsigned] = [await fetcher("to-run"), await fetcher("to-try", false)];
    assert.equal((await run(signed, "--publisher", key)).code, 0);
    assert.equal((await run(unsigned)).code, 0);
    assertFailure(await run(unsigned, "--publisher", key), "manifest-unsigned");
  });

  it("sign nothing that a node could not use", async () => {
    const manifest = await fetcher("broken", false);
    appendFileSync(path.join(path.dirname(manifest), "build/reading.wasm"), "x");
    assertFailure(await at("sign", manifest, "--key", keyFile), "module-digest-mismatch");
    appendFileSync(manifest, "typo: 1\n");
    assertFailure(await at("sign", manifest, "--key", keyFile), "config-invalid", /typo: unknown key/);
    assert.equal(existsSync(`${manifest}.sig`), false);
  });
});
