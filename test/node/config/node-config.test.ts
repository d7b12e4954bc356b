import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { type ConfigFileOptions, writeNodeConfig } from "../../../node/app/init.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { readPassword } from "../../../node/config/password.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const PEER = "/ip4/10.0.0.2/tcp/9040/p2p/12D3KooWSMmdiZ3dx8GbSYi2oFKAqoqZKzit3sT7UAdVDuDLK7qi";
const folder = scratchFolder();

const INIT: ConfigFileOptions = {
  ...{ directory: folder, name: "node-1", rpc: "http://127.0.0.1:8545", chainId: 31337, pollMs: 1_000 },
  registry: `0x${"1".repeat(40)}`,
  passwordSource: { env: "QUORATE_PASSWORD" },
  ...{ listen: "/ip4/127.0.0.1/tcp/9040", peers: [PEER], adminPort: 9464 },
  modules: ['/fetchers/a b/"quoted"/manifest.yaml', "/fetchers/: #/manifest.yaml"],
  publishers: [{ name: "me", key: `0x${"ab".repeat(32)}` }],
  sources: { coinbase: { url: "http://127.0.0.1:1/x?y=#z", allowInsecure: true } },
};

async function written(options: Partial<ConfigFileOptions> = {}) {
  const directory = scratchFolderOnce();
  await writeNodeConfig({ ...INIT, directory, ...options });
  const file = path.join(directory, "quorate.yaml");
  return { file, text: readFileSync(file, "utf8"), config: await readNodeConfig(file) };
}

let folders = 0;
const scratchFolderOnce = () => path.join(folder, `node-${folders++}`);

describe("the configuration that init writes", () => {
  it("is read back as it was meant, with every default", async () => {
    const { file, config } = await written();
    const directory = path.dirname(file);
    assert.deepEqual(config, {
      name: "node-1",
      dataDirectory: path.join(directory, "data"),
      keystore: path.join(directory, "keystore.json"),
      password: { env: "QUORATE_PASSWORD" },
      chain: {
        ...{ rpc: [INIT.rpc], chainId: 31337, registry: INIT.registry, pollMs: 1_000 },
        finality: { confirmations: 0 },
        fees: {
          ...{ maxFeePerGas: 200_000_000_000n, maxPriorityFeePerGas: undefined },
          ...{ bumpPercent: 12, bumpAfterMs: 30_000 },
        },
        minBalance: 50_000_000_000_000_000n,
      },
      p2p: { listen: INIT.listen, peers: [PEER] },
      modules: INIT.modules,
      publishers: INIT.publishers,
      sources: INIT.sources,
      admin: { host: "127.0.0.1", port: 9464 },
      prover: { enabled: true },
      sandbox: { workers: 2, network: "isolated-if-possible" },
      telemetry: {},
      log: { level: "info" },
    });
  });

  it("explains every section in a comment", async () => {
    const { text } = await written();
    for (const key of [
      "name",
      "dataDirectory",
      "keystore",
      "password",
      "rpc",
      "pollMs",
      "listen",
      "peers",
      "modules",
      "publishers",
      "sources",
      "host",
      "enabled",
      "telemetry",
    ])
      assert.match(text, new RegExp(`^ *# .*\\n *${key}:`, "m"), key);
  });

  it("is read back with empty lists, and with a password file beside it", async () => {
    const { config, file } = await written({ peers: [], sources: {}, passwordSource: { file: "secret.txt" } });
    assert.deepEqual([config.p2p.peers, config.sources], [[], {}]);
    assert.deepEqual(config.password, { file: path.join(path.dirname(file), "secret.txt") });
  });
});

describe("a node's configuration", () => {
  const file = path.join(folder, "changed.yaml");

  async function changed(change: (config: Record<string, never>) => void): Promise<unknown> {
    const entries = parse((await written()).text) as Record<string, never>;
    const config = { ...entries, telemetry: { traces: { endpoint: "http://127.0.0.1:4318" } } as never };
    set(config, "chain.fees", {});
    set(config, "chain.finality", { confirmations: 2 });
    set(config, "p2p.publish", { listen: "/ip4/0.0.0.0/tcp/9041" });
    change(config);
    writeFileSync(file, stringify(config));
    return readNodeConfig(file);
  }

  /** Sets the value at a path such as `chain.rpc`; undefined deletes it. */
  function set(config: Record<string, unknown>, at: string, value: unknown): void {
    const keys = at.split(".");
    const last = keys.pop()!;
    const parent = keys.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, config);
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else parent[last] = value;
  }

  it("takes amounts of gwei and ether exactly, as number or text, and several endpoints", async () => {
    const { chain } = (await changed((entries) => {
      set(entries, "chain.rpc", ["https://a.example/key", "https://b.example"]);
      set(entries, "chain.chainId", 1);
      set(entries, "chain.finality", undefined);
      set(entries, "chain.fees", { maxFeePerGasGwei: 0.5, maxPriorityFeePerGasGwei: "0.000000001", bumpPercent: 20 });
      set(entries, "chain.minBalance", "1.000000000000000001");
    })) as Awaited<ReturnType<typeof readNodeConfig>>;
    assert.deepEqual(chain.rpc, ["https://a.example/key", "https://b.example"]);
    assert.deepEqual(chain.fees, {
      ...{ maxFeePerGas: 500_000_000n, maxPriorityFeePerGas: 1n, bumpPercent: 20, bumpAfterMs: 30_000 },
    });
    assert.equal(chain.minBalance, 1_000_000_000_000_000_001n);
    assert.deepEqual(chain.finality, { confirmations: 12 }, "where nothing is said, outside of development");
  });

  it("publishes finals to 64 watchers where it says where, and nowhere else", async () => {
    const published = (await changed(() => undefined)) as Awaited<ReturnType<typeof readNodeConfig>>;
    assert.deepEqual(published.p2p.publish, { listen: "/ip4/0.0.0.0/tcp/9041", maxWatchers: 64 });
    assert.equal((await written()).config.p2p.publish, undefined);
    assert.equal(
      (await written({ publish: "/ip4/127.0.0.1/tcp/1" })).config.p2p.publish?.listen,
      "/ip4/127.0.0.1/tcp/1",
    );
  });

  it("may take the chain's own word for what is final", async () => {
    const { chain } = (await changed((entries) => set(entries, "chain.finality", { tag: "safe" }))) as Awaited<
      ReturnType<typeof readNodeConfig>
    >;
    assert.deepEqual(chain.finality, { tag: "safe" });
  });

  it("may name a collector of traces, one round in a hundred unless told otherwise", async () => {
    const { telemetry } = (await changed(() => undefined)) as Awaited<ReturnType<typeof readNodeConfig>>;
    assert.deepEqual(telemetry, { traces: { endpoint: "http://127.0.0.1:4318", ratio: 0.01 } });
  });

  it("is relative to its file", async () => {
    const config = (await changed((entries) => {
      set(entries, "modules", ["../fetchers/x/manifest.yaml"]);
      set(entries, "prover.artifacts", "circuits");
    })) as Awaited<ReturnType<typeof readNodeConfig>>;
    assert.equal(config.dataDirectory, path.join(folder, "data"));
    assert.deepEqual(config.modules, [path.resolve(folder, "../fetchers/x/manifest.yaml")]);
    assert.equal(config.prover.artifacts, path.join(folder, "circuits"));
  });

  // Every key once: what is wrong with it is told by its path.
  const WRONG: readonly (readonly [at: string, value: unknown, problem?: RegExp])[] = [
    ["name", "Node One", /a-z, 0-9/],
    ["dataDirectory", ""],
    ["dataDirectory", undefined],
    ["keystore", 7],
    ["password", { env: "A", file: "b" }, /\{ env: NAME \} or \{ file: PATH \}/],
    ["password", "hunter2", /\{ env: NAME \}/],
    ["chain", undefined],
    ["chain.rpc", "ws://127.0.0.1:1", /http:\/\//],
    ["chain.rpc", [], /at least one|>=1/],
    ["chain.rpc", Array.from({ length: 9 }, (_, index) => `http://127.0.0.1:${index + 1}`), /one to eight/],
    ["chain.rpc", ["http://127.0.0.1:1", "http://127.0.0.1:1"], /one endpoint twice/],
    ["chain.finality.confirmations", -1],
    ["chain.finality.confirmations", 257],
    ["chain.finality", { confirmations: 1, tag: "safe" }, /confirmations: 0…256/],
    ["chain.finality", { tag: "latest" }, /finalized/],
    ["chain.fees.maxFeePerGasGwei", 0, /above 0/],
    ["chain.fees.maxFeePerGasGwei", -1, /amount in gwei/],
    ["chain.fees.maxFeePerGasGwei", "1.0000000001", /amount in gwei/],
    ["chain.fees.bumpPercent", 9],
    ["chain.fees.bumpAfterMs", 999],
    ["chain.fees.typo", 1, /unknown key/],
    ["chain.minBalance", "much", /amount in ether/],
    ["chain.minBalance", 1e-7, /in quotes/],
    ["chain.chainId", 0],
    ["chain.chainId", "31337"],
    ["chain.registry", "0x1234", /address/],
    ["chain.pollMs", 49],
    ["p2p.listen", "127.0.0.1:9040", /multiaddr/],
    ["p2p.peers.0", "/ip4/10.0.0.2/tcp/9040", /p2p\/<peer id>/],
    ["p2p.publish.listen", undefined],
    ["p2p.publish.listen", "127.0.0.1:9041", /multiaddr/],
    ["p2p.publish.maxWatchers", 0],
    ["p2p.publish.typo", 1, /unknown key/],
    ["modules", [], /manifest/],
    ["modules.0", ""],
    ["sources.coinbase.url", "ftp://x"],
    ["sources.coinbase.timeoutMs", 0],
    ["sources.coinbase.traceparent", "yes"],
    ["admin.port", 65_536],
    ["admin.host", ""],
    ["prover.enabled", "no"],
    ["publishers.0.name", "two words"],
    ["publishers.0.key", "0x12", /Ed25519 public key/],
    ["publishers.0.typo", 1, /unknown key/],
    ["publishers", Array.from({ length: 2 }, () => ({ name: "x", key: `0x${"ab".repeat(32)}` })), /one key twice/],
    ["telemetry.traces.endpoint", "127.0.0.1:4318", /http:\/\//],
    ["telemetry.traces.endpoint", undefined],
    ["telemetry.traces.ratio", 1.5],
    ["log.level", "loud"],
    ...[
      "typo",
      "chain.typo",
      "p2p.typo",
      "sources.coinbase.typo",
      "admin.typo",
      "prover.typo",
      "telemetry.typo",
      "log.typo",
    ].map((at) => [at, 1, /unknown key/] as const),
  ];
  for (const [at, value, problem = /./] of WRONG) {
    it(`names ${at} when it is ${value === undefined ? "missing" : JSON.stringify(value)}`, async () => {
      const reading = changed((config) => set(config, at, value));
      await assert.rejects(reading, (error) => {
        assert.ok(error instanceof QuorateError && error.code === "config-invalid", String(error));
        const { problems } = error.data as unknown as { problems: readonly string[] };
        assert.equal(problems.length, 1);
        assert.ok(problems[0]!.startsWith(`${at}: `), problems[0]);
        assert.match(problems[0]!, problem);
        assert.ok(error.message.startsWith(file) && !error.message.includes("\n"));
        return true;
      });
    });
  }
});

describe("the keystore's password", () => {
  it("comes from the environment or from a file, without its line end", async () => {
    assert.equal(await readPassword({ env: "SECRET" }, { SECRET: " pass " }), " pass ");
    for (const [name, text] of [
      ["lf", "pass\n"],
      ["crlf", "pass\r\n"],
      ["none", "pass"],
    ] as const) {
      writeFileSync(path.join(folder, name), text);
      assert.equal(await readPassword({ file: path.join(folder, name) }, {}), "pass");
    }
  });

  it("is asked for where it is unset, empty or unreadable", async () => {
    writeFileSync(path.join(folder, "empty"), "\n");
    for (const source of [
      { env: "SECRET" },
      { env: "EMPTY" },
      { file: path.join(folder, "nowhere") },
      { file: path.join(folder, "empty") },
    ])
      await assert.rejects(readPassword(source, { EMPTY: "" }), withCode("password-missing"));
  });
});
