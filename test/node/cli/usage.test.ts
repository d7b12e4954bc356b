import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import packageJson from "../../../package.json" with { type: "json" };
import { initNode } from "../../../node/app/init.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { assertFailure, runCli } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { ALLOC, assemble, phase } from "../sandbox/support/assemble.ts";

const FETCHERS = fileURLToPath(new URL("../../../fetchers", import.meta.url));
const REGISTRY = `0x${"1".repeat(40)}`;
const REQUIRED = ["--registry", REGISTRY, "--chain-id", "31337"];
const PASSWORD = { QUORATE_PASSWORD: "correct horse" };
/** Each command is a process of its own; two at a time keep two cores busy. */
const TOGETHER = { concurrency: 2 };
const folder = scratchFolder();
/** A reactor that wants to open connections. */
const HOSTILE = assemble({
  imports: [{ module: "env", name: "connect", params: [], results: [] }],
  memory: [0, 1],
  functions: [ALLOC, phase("requests"), phase("observe")],
});

describe("quorate --help", TOGETHER, () => {
  for (const [args, usage, telling] of [
    [[], "quorate [options] [command]", /\n {2}init .*\n {2}start .*\n {2}devnet .*\n {2}module /s],
    [["init"], "quorate init [options]", /--registry <address>/],
    [["start"], "quorate start [options]", /--config <file>/],
    [["devnet"], "devnet [options]", /--rounds <n>/],
    [["evidence"], "quorate evidence [options] [command]", /list .*export .*verify /s],
    [["proof"], "quorate proof [options] [command]", /export .*verify /s],
    [["proof", "export"], "quorate proof export [options]", /--sequence <number>.*newest proven report/s],
    [["proof", "verify"], "quorate proof verify [options] <file>", /--configuration <digest>.*Exit code 0: it holds/s],
    [
      ["module"],
      "quorate module [options] [command]",
      /new .*build .*inspect .*run .*test .*replay .*key .*sign .*verify /s,
    ],
    [["module", "inspect"], "quorate module inspect [options] <file>", /--json/],
    [["module", "new"], "quorate module new [options] <name>", /--lang <language>/],
    [["module", "build"], "quorate module build [options] [folder]", /--wasm <file>/],
    [["module", "test"], "quorate module test [options] [folder]", /--update/],
    [["module", "replay"], "quorate module replay [options] <records...>", /--module <file>/],
    [["module", "run"], "quorate module run [options] <manifest>", /--feed <name>/],
  ] as const) {
    it(["quorate", ...args, "--help"].join(" "), async () => {
      const { code, stdout, stderr } = await runCli([...args, "--help"]);
      assert.ok(stdout.startsWith(`Usage: ${usage}\n`), stdout + stderr);
      assert.match(stdout, telling);
      assert.deepEqual([code, stderr], [0, ""]);
    });
  }

  it("quorate --version", async () => {
    assert.deepEqual(await runCli(["--version"]), { code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  });
});

describe("quorate with wrong arguments", TOGETHER, () => {
  for (const [args, message] of [
    [["fly"], /unknown command 'fly'/],
    [["start", "--fast"], /unknown option '--fast'/],
    [["init", "--chain-id", "1"], /required option '--registry <address>' not specified/],
    [["init", "--registry", "0x12", "--chain-id", "1"], /expected 0x and 40 hexadecimal digits/],
    [["init", ...REQUIRED, "--admin-port", "-1"], /expected a whole number/],
    [["init", ...REQUIRED, "--publisher", "me=0x12"], /expected <name>=<key>/],
    [["module", "sign", "manifest.yaml"], /required option '--key <file>' not specified/],
    [["module", "new", "x"], /required option '--lang <language>' not specified/],
    [["module", "new", "x", "--lang", "cobol"], /Allowed choices are assemblyscript, c, rust, wasi-c, other/],
    [["module", "run", "x.yaml", "--feed", "F", "--time", "now"], /expected whole unix seconds/],
    [["module", "inspect"], /missing required argument 'file'/],
    [["module", "run", "x.yaml", "--feed", "F", "--source", "nonsense"], /expected <source id>=<url>/],
  ] as const) {
    it(`quorate ${args.join(" ")}: exit code 1, what is wrong, and where to read more`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.match(stderr, message);
      assert.match(stderr, /^error: [^\n]+\n(\([^\n]+\n)?$/);
      assert.deepEqual([code, stdout], [1, ""]);
    });
  }
});

describe("quorate init", TOGETHER, () => {
  it("creates a node's folder, and says what comes next", async () => {
    const directory = path.join(folder, "node");
    const { code, stdout, stderr } = await runCli(["init", ...REQUIRED, "-d", directory], { env: PASSWORD });
    assert.deepEqual([code, stderr], [0, ""]);
    for (const file of ["quorate.yaml", "keystore.json", "registration.json"])
      assert.ok(existsSync(path.join(directory, file)), file);
    const record = JSON.parse(readFileSync(path.join(directory, "registration.json"), "utf8")) as { peerId: string };
    assert.ok(stdout.includes(record.peerId) && stdout.includes(`quorate start --config ${directory}/quorate.yaml`));
    assert.ok(!stdout.includes(PASSWORD.QUORATE_PASSWORD));
    const { modules } = parse(readFileSync(path.join(directory, "quorate.yaml"), "utf8")) as { modules: string[] };
    assert.ok(modules.includes(path.join(FETCHERS, "ticker-median/manifest.yaml")));
    assert.match(stdout, /no publisher is trusted yet.*quorate module sign/);
    const again = await runCli(["init", ...REQUIRED, "-d", directory], { env: PASSWORD });
    assertFailure(again, "already-initialised", /choose another folder with --directory/);
  });

  it("trusts the publishers that it is given", async () => {
    const directory = path.join(folder, "trusting");
    const key = `0x${"AB".repeat(32)}`;
    const args = [
      "init",
      ...REQUIRED,
      "-d",
      directory,
      "--publisher",
      `me=${key}`,
      "--publisher",
      `you=0x${"cd".repeat(32)}`,
    ];
    const { code, stdout, stderr } = await runCli(args, { env: PASSWORD });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.doesNotMatch(stdout, /no publisher is trusted/);
    const { publishers } = await readNodeConfig(path.join(directory, "quorate.yaml"));
    assert.deepEqual(publishers, [
      { name: "me", key: key.toLowerCase() },
      { name: "you", key: `0x${"cd".repeat(32)}` },
    ]);
  });

  it("takes the password from a file, and keeps pointing at it", async () => {
    writeFileSync(path.join(folder, "password"), "from a file\n");
    const args = ["init", ...REQUIRED, "-d", "with-file", "--password-file", "password"];
    const { code, stderr } = await runCli(args, { cwd: folder });
    assert.deepEqual([code, stderr], [0, ""]);
    const { password } = parse(readFileSync(path.join(folder, "with-file/quorate.yaml"), "utf8")) as {
      password: unknown;
    };
    assert.deepEqual(password, { file: path.join(folder, "password") });
  });

  it("needs a password, and options that a node can start with; else it creates nothing", async () => {
    const directory = path.join(folder, "nothing");
    const start = (args: readonly string[], env = {}) =>
      runCli(["init", ...REQUIRED, "-d", directory, ...args], { env });
    assertFailure(await start([]), "password-missing", /variable QUORATE_PASSWORD is not set/);
    assertFailure(await start(["--password-file", "/nowhere"]), "password-missing", /cannot read the password file/);
    assertFailure(await start(["--name", "My Node"], PASSWORD), "config-invalid", /: name: /);
    assertFailure(await start(["--peer", "/ip4/1.2.3.4/tcp/1"], PASSWORD), "config-invalid", /: p2p\.peers\.0: /);
    assert.equal(existsSync(directory), false);
  });
});

describe("quorate start", TOGETHER, () => {
  const node = path.join(folder, "start");
  const config = path.join(node, "quorate.yaml");
  const ready = initNode({
    ...{ directory: node, name: "node-1", password: "right", passwordSource: { env: "P" }, rpc: "http://127.0.0.1:1" },
    ...{ chainId: 1, registry: `0x${"1".repeat(40)}`, pollMs: 1_000, listen: "/ip4/127.0.0.1/tcp/0", peers: [] },
    ...{ modules: ["/m/manifest.yaml"], sources: {}, adminPort: 0 },
  });
  const start = async (file: string, P?: string) => {
    await ready;
    return runCli(["start", "--config", file], { env: P === undefined ? {} : { P } });
  };
  /** The node's configuration with one section changed. */
  const changed = async (name: string, change: object): Promise<string> => {
    await ready;
    const file = path.join(node, `${name}.yaml`);
    writeFileSync(file, stringify({ ...(parse(readFileSync(config, "utf8")) as object), ...change }));
    return file;
  };

  it("needs its configuration", async () => {
    assertFailure(await start(path.join(folder, "none.yaml")), "config-missing", /none\.yaml: run `quorate init`/);
    assertFailure(await runCli(["start"], { cwd: folder }), "config-missing", /cannot read quorate\.yaml/);
    const file = await changed("typo", { chian: {} });
    assertFailure(await start(file), "config-invalid", /chian: unknown key/);
  });

  it("needs the keystore's password, the right one, and a keystore", async () => {
    assertFailure(await start(config), "password-missing", /variable P is not set/);
    const wrong = await start(config, "wr0ng-s3cret");
    assertFailure(wrong, "keystore-password", /wrong password for .*keystore\.json/);
    assert.ok(!`${wrong.stdout}${wrong.stderr}`.includes("wr0ng-s3cret"));
    const none = await changed("no-keystore", { keystore: "none.json" });
    assertFailure(await start(none, "right"), "keystore-missing", /run `quorate init`/);
  });

  it("needs a data directory that it can write", async () => {
    writeFileSync(path.join(folder, "a-file"), "");
    const file = await changed("no-data", { dataDirectory: path.join(folder, "a-file") });
    assertFailure(await start(file, "right"), "storage-unusable", /data directory/);
  });

  it("needs its admin port", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const file = await changed("admin", { admin: { port } });
    assertFailure(await start(file, "right"), "admin-port-taken", new RegExp(`127\\.0\\.0\\.1:${port} is taken`));
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe("quorate module", TOGETHER, () => {
  const bundled = path.join(FETCHERS, "ticker-median");

  it("inspect tells what the sandbox finds in a module", async () => {
    const { code, stdout, stderr } = await runCli([
      "module",
      "inspect",
      path.join(bundled, "build/ticker-median.wasm"),
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^✓ size +\d+ of at most 131072 bytes$[^]*^shape +reactor$/m);
  });

  it("inspect --json prints one document", async () => {
    const { stdout } = await runCli(["module", "inspect", "--json", path.join(bundled, "build/ticker-median.wasm")]);
    assert.equal(typeof (JSON.parse(stdout) as { originalBytes: unknown }).originalBytes, "number");
  });

  it("inspect refuses what breaks a rule, and says which and where", async () => {
    const file = path.join(folder, "hostile.wasm");
    writeFileSync(file, HOSTILE);
    assertFailure(
      await runCli(["module", "inspect", file]),
      "module-refused",
      /env.*connect.*\[import in section import/,
    );
    writeFileSync(file, "#!/bin/sh");
    assertFailure(await runCli(["module", "inspect", file]), "module-refused", /\[(header|invalid)/);
    assertFailure(await runCli(["module", "inspect", "/nowhere.wasm"]), "module-unreadable");
  });

  it("run refuses an unknown feed, and bytes that its manifest does not name", async () => {
    const manifest = path.join(bundled, "manifest.yaml");
    const unknown = await runCli(["module", "run", manifest, "--feed", "DOGE/USD"]);
    assertFailure(unknown, "feed-unknown", /choose one of BTC\/USD, ETH\/USD/);
    const other = path.join(folder, "other");
    mkdirSync(path.join(other, "build"), { recursive: true });
    copyFileSync(manifest, path.join(other, "manifest.yaml"));
    writeFileSync(path.join(other, "build/ticker-median.wasm"), HOSTILE);
    const mismatch = await runCli(["module", "run", path.join(other, "manifest.yaml"), "--feed", "BTC/USD"]);
    assertFailure(mismatch, "module-digest-mismatch", /has sha256 0x[0-9a-f]{64}, its manifest says 0x[0-9a-f]{64}/);
    const none = await runCli(["module", "run", "/nowhere/manifest.yaml", "--feed", "BTC/USD"]);
    assertFailure(none, "config-missing", /correct the path of the manifest/);
  });

  it("run observes a feed once over its real sources, and fails with the reason where it cannot", async () => {
    const manifest = path.join(FETCHERS, "reading/manifest.yaml");
    const { code, stdout } = await runCli(["module", "run", manifest, "--feed", "STATION/TEMPERATURE", "--json"]);
    const run = JSON.parse(stdout) as { outcome: { kind: string; value: string }; readings: unknown[] };
    assert.deepEqual([code, run.outcome.kind, run.readings.length], [0, "value", 1]);
    const dead = ["coinbase", "kraken", "bitstamp", "gemini"].flatMap((id) => ["--source", `${id}=http://127.0.0.1:1`]);
    const failed = await runCli(["module", "run", path.join(bundled, "manifest.yaml"), "--feed", "BTC/USD", ...dead]);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /coinbase .* → unreachable, 0 bytes\n/);
    assert.match(failed.stdout, /\nBTC\/USD {2}no value: /);
  });
});
