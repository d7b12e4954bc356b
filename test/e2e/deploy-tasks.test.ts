import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { computeAddress, JsonRpcProvider } from "ethers";
import { readAddressBook } from "../../scripts/deploy/address-book.ts";
import type { ChainReply } from "../../scripts/devnet/chain/messages.ts";
import { type Child, spawnChild } from "../../scripts/devnet/child.ts";
import { ensureContracts } from "../../scripts/toolchain/contracts.ts";
import { HARDHAT_CLI } from "../../scripts/toolchain/hardhat.ts";
import { ROOT } from "../../scripts/toolchain/root.ts";
import { assertFailure, type CliResult } from "../support/cli.ts";
import { describedDeployment, writeDescription } from "../support/described-deployment.ts";
import { startRpcProxy } from "../support/rpc-proxy.ts";
import { scratchFolder } from "../support/scratch.ts";

const CHAIN_SCRIPT = fileURLToPath(new URL("../../scripts/devnet/chain/main.ts", import.meta.url));
/** The first account of every Hardhat chain: known to all. */
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/** Longer than any task takes on a busy machine. */
const PATIENCE_MS = 120_000;

describe("the deployer's tasks, as commands", () => {
  const folder = scratchFolder();
  const name = `devnet-cli-${process.pid}`;
  const file = path.join(ROOT, "deployments", `${name}.json`);
  const description = writeDescription(folder, {
    ...describedDeployment().written,
    verifier: { setup: "development", circuit: "median-n4-k3-v8" },
  });
  let chain: Child;
  let url: string;

  before(async () => {
    await ensureContracts();
    chain = spawnChild({ script: CHAIN_SCRIPT, logFile: path.join(folder, "chain.log") });
    ({ url } = await chain.request<Extract<ChainReply, { kind: "listening" }>>(undefined, "listening"));
  });

  after(async () => {
    await chain.stop();
    for (const place of [file, path.join(ROOT, "scripts/deploy/deployments", name)])
      rmSync(place, { recursive: true, force: true });
  });

  /** A task on the `live` network, in this deployment's name. */
  async function run(task: string, ...args: string[]): Promise<CliResult> {
    return runHardhat([`quorate:${task}`, ...args, "--deployment", name, "--network", "live"], {
      QUORATE_RPC_URL: url,
      ...(["deploy", "configure"].includes(task) && !args.includes("--print") && { QUORATE_DEPLOYER_KEY: KEY }),
    });
  }

  async function succeed(task: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(task, ...args);
    assert.deepEqual([code, stderr], [0, ""], stdout);
    return stdout;
  }

  it("reads nothing before there is a deployment", async () => {
    assertFailure(await run("feeds"), "addresses-missing", /quorate:deploy/);
  });

  let transactions: number;

  it("tries on a chain of the task's own, and writes nothing", async () => {
    const { code, stdout, stderr } = await runHardhat(["quorate:deploy", description, "--deployment", name], {});
    assert.deepEqual([code, stderr], [0, ""], stdout);
    const said = /\n(\d+) transactions; this chain ends with the task, so nothing was written/.exec(stdout);
    transactions = Number(said?.[1]);
    assert.ok(transactions > 20, stdout);
    assert.equal(existsSync(file), false);
  });

  it("is killed while it sends", async () => {
    const proxy = await startRpcProxy({ upstream: url });
    let sent = 0;
    proxy.behave({
      answer({ method }) {
        if (method === "eth_sendRawTransaction" && ++sent === 8) child.kill("SIGKILL");
        return undefined; // The chain gets the transaction; nobody is left to hear its answer.
      },
    });
    const args = ["quorate:deploy", description, "--deployment", name, "--network", "live"];
    const { child, ended } = startHardhat(args, { QUORATE_RPC_URL: proxy.url, QUORATE_DEPLOYER_KEY: KEY });
    assert.equal((await ended).code, null);
    await proxy.stop();
    assert.equal(existsSync(file), false);
  });

  it("goes on from there, deploys nothing twice, and nothing the next time", async () => {
    const first = await succeed("deploy", description);
    assert.equal(await transactionCount(url), transactions);
    assert.match(first, /registry +0x[0-9a-f]{40}\n/);
    assert.match(first, /proxy of FEED 7 +0x[0-9a-f]{40}\n/);
    assert.match(first, new RegExp(`\\d+ transactions; addresses in deployments/${name}.json\\n$`));
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes(KEY.slice(2)));
    assert.match(await succeed("deploy", description), /\nnothing to do: all of it was there; addresses in/);
    assert.equal(readFileSync(file, "utf8"), text);
  });

  it("prints the owner's calls alone on standard output, without asking for a key", async () => {
    const { code, stdout, stderr } = await run("configure", description, "--print");
    assert.equal(code, 0, stderr);
    const { chainId, transactions } = JSON.parse(stdout) as { chainId: number; transactions: { method: string }[] };
    assert.equal(chainId, 31337);
    assert.deepEqual(
      transactions.map(({ method }) => method),
      ["setVerifier", "stage", "activate"],
    );
    assert.match(stderr, /^configuration 0x[0-9a-f]{64}, unknown before\nno configuration is in force yet\n$/);
  });

  it("differs from the description until the committee is in force", async () => {
    assertFailure(
      await run("check", description),
      "deployment-differs",
      /configuration: described .*, deployed nothing/,
    );
    assert.match(
      await succeed("configure", description, "--stage-only"),
      /\nverifier set and staged; the chain is as described\n$/,
    );
    assert.match(await succeed("configure", description), /\nactivated; .* entered into deployments/);
    assert.match(await succeed("configure", description), /\nnothing to do: it is in force; /);
    assert.match(await succeed("check", description), /the chain is as described/);
    assert.equal((await readAddressBook(file)).configuration?.index, 1);
  });

  it("lists feeds and reads one", async () => {
    const rows = (await succeed("feeds")).trimEnd().split("\n");
    assert.deepEqual(
      [rows.length, rows[0]?.split(/ {2,}/)],
      [9, ["feed", "description", "value", "age", "round", "level", "due"]],
    );
    assert.match(rows[1] ?? "", / FEED 0 .* now: never stored$/);
    const feeds = JSON.parse(await succeed("feeds", "--json")) as { description: string; proxy: string }[];
    assert.equal(feeds.length, 8);
    const one = JSON.parse(await succeed("read", "FEED 3", "--json")) as object;
    assert.deepEqual(one, feeds[3]);
    assert.match(await succeed("read", feeds[3]?.proxy ?? ""), /signed +nothing yet\nproven +nothing yet\n$/);
    assertFailure(await run("read", "BTC/USD"), "feed-unknown", /there are FEED 0, FEED 1/);
  });

  it("refuses a description of another chain", async () => {
    const { written } = describedDeployment();
    const other = writeDescription(folder, { ...written, chainId: 1 }, "mainnet.yaml");
    assertFailure(await run("check", other), "wrong-chain", /for chain 1, and the network is chain 31337/);
  });
});

async function transactionCount(url: string): Promise<number> {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
  const count = await provider.getTransactionCount(computeAddress(KEY));
  provider.destroy();
  return count;
}

function runHardhat(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  return startHardhat(args, env).ended;
}

/** Runs Hardhat as a deployer would, with nothing of this process's environment but the path and the home folder. */
function startHardhat(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [HARDHAT_CLI, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...env },
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}
