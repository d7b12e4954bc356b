import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Contract, encodeBytes32String, JsonRpcProvider } from "ethers";
import { parse, stringify } from "yaml";
import type { Configuration, Member } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import { type ConfigFileOptions, createNodeKeys, initNode, writeNodeConfig } from "../../../node/app/init.ts";
import { createChainReader } from "../../../node/chain/chain-reader.ts";
import { committeeRegistryAbi } from "../../../node/chain/generated/abi.ts";
import { readVerifierKey } from "../../../node/chain/verifier-key.ts";
import { readManifest } from "../../../node/config/manifest.ts";
import { FUEL_RULES } from "../../../node/app/fetchers.ts";
import { DEVELOPMENT_TIMING } from "../../../scripts/devnet/feeds.ts";
import { freePorts } from "../../../scripts/devnet/free-port.ts";
import { publishFetcher, type SignedFetcher } from "../../../scripts/devnet/signed-fetcher.ts";
import { assertFailure, type CliResult, type CliRun, runCli, startCli } from "../../support/cli.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "../../support/dev-chain.ts";
import { type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { MOCK_KEY_DIGEST } from "../../contracts/support/network.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../telemetry/support/otlp-receiver.ts";

const FETCHERS = fileURLToPath(new URL("../../../fetchers", import.meta.url));
const READING = path.join(FETCHERS, "reading/manifest.yaml");
const FEED = "STATION/TEMPERATURE";
const PASSWORD = "c0rrect-h0rse";
/** Four members of whom three run: enough for every quorum, and none to spare. */
const SHAPE = { n: 4, f: 1, lanes: 1 };
const RUNNING_PEERS = [1, 2];
const NOWHERE: Hex = `0x${"99".repeat(20)}`;

interface Ready {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

interface CommitteeStatus {
  readonly index: number;
  readonly phase: string;
}

/** @param heartbeat seconds after which the feed, which does not move, is transmitted again. */
async function configurationOf(members: readonly Member[], { index = 1, heartbeat = 30 } = {}): Promise<Configuration> {
  const { sha256 } = await readManifest(READING);
  return {
    ...{
      index,
      f: SHAPE.f,
      members,
      lanes: SHAPE.lanes,
      fuelRules: FUEL_RULES,
      scheme: "ecdsa-quorum" as const,
      schnorrKeys: [],
    },
    feeds: [
      {
        ...{ id: encodeBytes32String(FEED) as Hex, decimals: 8, min: -(10n ** 12n), max: 10n ** 12n },
        ...{ heartbeat, deviationPpb: 1_000_000, moduleDigest: sha256 },
      },
    ],
    timing: { ...DEVELOPMENT_TIMING, deltaRound: 800, deltaProgress: 2_000, deltaResend: 500, deltaStage: 200 },
  };
}

describe("quorate start", () => {
  const folder = scratchFolder();
  let chain: DevChain;
  let proxy: RpcProxy;
  let node: CliRun;
  let admin: string;
  let hub: Hex;
  let options: ConfigFileOptions;
  let reading: SignedFetcher;
  let collector: OtlpReceiver;
  let members: readonly Member[];
  const config = path.join(folder, "node/quorate.yaml");
  const runs: CliRun[] = [];

  before(async () => {
    const [chainUp, ports] = await Promise.all([startDevChain({ folder, ...SHAPE }), freePorts(2 * SHAPE.n)]);
    chain = chainUp;
    hub = chain.deployment.hub;
    proxy = await startRpcProxy({ upstream: chain.rpc });
    const listens = Array.from({ length: SHAPE.n }, (_, member) => `/ip4/127.0.0.1/tcp/${ports[member] ?? 0}`);
    reading = await publish("reading");
    collector = await startOtlpReceiver();
    const common = {
      ...{ password: PASSWORD, passwordSource: { env: "P" }, chainId: DEV_CHAIN_ID, pollMs: 50 },
      ...{ registry: chain.deployment.registry, sources: {} },
      ...{ modules: [reading.manifestFile], publishers: [reading.publisher] },
    };
    const directory = (member: number) => path.join(folder, member === 0 ? "node" : `peer-${member}`);
    const keys = { password: PASSWORD };
    const records = await Promise.all(
      listens.map((_, member) => createNodeKeys({ ...keys, directory: directory(member), name: `node-${member + 1}` })),
    );
    const addresses = records.map(({ peerId }, member) => `${listens[member] ?? ""}/p2p/${peerId}`);
    for (const [member, listen] of listens.entries()) {
      // Only the first node's chain goes away and comes back.
      const rpc = member === 0 ? `${proxy.url}/v3/s3cret-key` : chain.rpc;
      const place = {
        directory: directory(member),
        name: `node-${member + 1}`,
        adminPort: ports[SHAPE.n + member] ?? 0,
      };
      const peers = addresses.filter((_, other) => other !== member);
      const written = { ...common, ...place, rpc, listen, peers };
      await writeNodeConfig(written);
      if (member === 0) {
        options = written;
        const telemetry = { traces: { endpoint: collector.url, ratio: 1 } };
        writeFileSync(config, stringify({ ...(parse(readFileSync(config, "utf8")) as object), telemetry }));
      }
    }
    admin = `http://127.0.0.1:${options.adminPort}`;
    members = records.map(({ member }) => member);
    await chain.configure(await configurationOf(members));
  });
  after(async () => {
    for (const { child } of runs) child.kill("SIGKILL");
    await proxy.stop();
    await collector.stop();
    await chain.stop();
  });

  const publish = (fetcher: string, copy = fetcher) =>
    publishFetcher(path.join(FETCHERS, fetcher), path.join(folder, "fetchers", copy));

  const start = (file = config): CliRun => {
    const run = startCli(["start", "--config", file], { env: { P: PASSWORD } });
    runs.push(run);
    return run;
  };

  const fail = (file: string) => runCli(["start", "--config", file], { env: { P: PASSWORD } });

  /** The node's configuration with some keys changed. */
  function changed(name: string, change: (entries: Record<string, Record<string, unknown>>) => object): string {
    const file = path.join(folder, "node", `${name}.yaml`);
    const entries = parse(readFileSync(config, "utf8")) as Record<string, Record<string, unknown>>;
    writeFileSync(file, stringify({ ...entries, dataDirectory: `./data-${name}`, ...change(entries) }));
    return file;
  }

  async function readiness(): Promise<Ready & { status: number }> {
    const response = await fetch(`${admin}/readyz`).catch(() => undefined);
    if (response === undefined) return { status: 0, ready: false, reasons: ["nobody listens"] };
    return { status: response.status, ...((await response.json()) as Ready) };
  }
  const isReady = async () => {
    const { ready, reasons } = await readiness();
    return ready || reasons.join();
  };
  const storedFeed = async () => {
    const provider = new JsonRpcProvider(chain.rpc);
    const reader = createChainReader({ hub, feedIds: [encodeBytes32String(FEED) as Hex] }, { provider });
    const [feed] = await reader.feeds();
    provider.destroy();
    return feed!;
  };

  function assertNoSecrets({ stdout, stderr }: CliResult): void {
    for (const secret of [PASSWORD, "s3cret-key"])
      assert.ok(!`${stdout}${stderr}`.includes(secret), "a secret in the log");
  }

  it("waits for a chain that is down, says so, and starts when it is there", async () => {
    for (const peer of RUNNING_PEERS) start(path.join(folder, `peer-${peer}/quorate.yaml`));
    proxy.behave({ down: true });
    node = start();
    await until("the admin interface", async () => (await readiness()).status === 503);
    assert.deepEqual((await readiness()).reasons, ["connecting to the chain"]);
    assert.equal((await fetch(`${admin}/healthz`)).status, 200);
    proxy.behave({});
    await until("ready", isReady);
    assert.deepEqual(await readiness(), { status: 200, ready: true, reasons: [] });
  });

  it("observes, agrees with its peers, and sees on the chain what they signed", async () => {
    await until("a stored feed", async () => (await storedFeed()).updatedAt > 0);
    const { value, sequence } = await storedFeed();
    const last = readFileSync(path.join(path.dirname(READING), "readings/station.csv"), "utf8");
    assert.ok(value !== 0n && last.length > 0);
    const round = (await (await fetch(`${admin}/rounds/${sequence}`)).json()) as {
      feeds: { values: string[] };
      signatures: unknown[];
      stages: object;
    };
    assert.deepEqual(round.feeds.values, [value.toString()]);
    assert.equal(round.signatures.length, SHAPE.f + 1);
    for (const stage of ["observing", "observed", "proposed", "prepared", "signed", "final"])
      assert.ok(stage in round.stages, stage);
  });

  it("shows itself to its operator", async () => {
    const status = (await (await fetch(`${admin}/status`)).json()) as Record<string, unknown>;
    assert.deepEqual([status.name, status.phase, status.self, status.hub], ["node-1", "running", 0, hub]);
    const { registry } = chain.deployment;
    const key = await readVerifierKey({ registry, configDigest: status.configDigest as Hex }, chain);
    assert.equal(key, MOCK_KEY_DIGEST);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    for (const name of [
      "rounds_final_total",
      "feed_observations_total",
      "p2p_frames_total",
      "round_stage_seconds_bucket",
    ])
      assert.ok(new RegExp(`^${name}(\\{.*\\})? [1-9]`, "m").test(metrics), name);
    const first = await new Promise<string>((resolve, reject) => {
      http
        .get(`${admin}/events`, { agent: false }, (response) => {
          response.setEncoding("utf8").on("data", (chunk: string) => {
            if (!chunk.includes("data: ")) return;
            response.destroy();
            resolve(chunk);
          });
        })
        .once("error", reject);
    });
    assert.match(first, /"sequence":"\d+"/);
  });

  it("sends the traces of its rounds to the collector that it is given", async () => {
    const named = (name: string) => collector.spans.filter((span) => span.name === name);
    await until("an execution's span", () => named("wasm.phase").length > 0);
    const [{ traceId, attributes, resource }] = named("wasm.phase") as [ReceivedSpan];
    assert.deepEqual([resource["service.name"], resource["service.instance.id"]], ["quorate", "node-1"]);
    for (const key of ["wasm_module_id", "func_name", "ns_elapsed"]) assert.ok(key in attributes, key);
    for (const name of ["round.observe", "source.fetch"])
      await until(name, () => named(name).some((span) => span.traceId === traceId));
  });

  it("is not ready while the chain is away, and takes up its work when it is back", async () => {
    proxy.behave({ down: true });
    await until("not ready", async () => (await readiness()).reasons.includes("the chain cannot be read"));
    const { sequence } = await storedFeed();
    proxy.behave({});
    await until("ready", isReady);
    // The feed does not move, so nothing is due before its heartbeat: what counts is that rounds go on.
    const rounds = async () =>
      (await (await fetch(`${admin}/rounds`)).json()) as { sequence: string; stages: object }[];
    await until("newer finals", async () =>
      (await rounds()).some((round) => BigInt(round.sequence) > sequence && "final" in round.stages),
    );
  });

  it("lets no second node run on its ports", async () => {
    assertFailure(await fail(config), "admin-port-taken");
    const other = changed("same-p2p", () => ({ admin: { port: 0 } }));
    assertFailure(await fail(other), "port-taken", /tcp\/\d+ is taken: .*p2p\.listen/);
  });

  it("ends with exit code 0 when it is told to, and frees its ports", async () => {
    node.child.kill("SIGTERM");
    const result = await node.ended;
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    assertNoSecrets(result);
    for (const line of result.stdout.trim().split("\n"))
      assert.equal((JSON.parse(line) as { node: string }).node, "node-1");
    assert.equal((await readiness()).status, 0);
  });

  it("comes back on the same data and goes on with a later slot", async () => {
    const { sequence } = await storedFeed();
    node = start();
    await until("ready", isReady);
    const rounds = async () =>
      (await (await fetch(`${admin}/rounds`)).json()) as { sequence: string; stages: object }[];
    await until("a new final", async () => (await rounds()).some(({ stages }) => "final" in stages));
    for (const round of await rounds()) assert.ok(BigInt(round.sequence) > sequence);
    node.child.kill("SIGINT");
    assert.equal((await node.ended).code, 0);
  });

  const committees = async (): Promise<readonly string[]> => {
    const status = await fetch(`${admin}/status`).catch(() => undefined);
    if (status === undefined) return [];
    const { committees: all = [] } = (await status.json()) as { committees?: readonly CommitteeStatus[] };
    return all.map(({ index, phase }) => `${index} ${phase}`);
  };
  const untilCommittees = (...wanted: readonly string[]) =>
    until(wanted.join(), async () => (await committees()).join() === wanted.join() || (await committees()).join());
  const restart = async () => {
    node.child.kill("SIGKILL");
    await node.ended;
    node = start();
  };

  it("takes part in a new committee beside the old one, though it is killed in between, until the new one reports", async () => {
    node = start();
    await until("ready", isReady);
    // Its first report comes when the feed is due: half a minute from the last one.
    await chain.configure(await configurationOf(members, { index: 2 }));
    await untilCommittees("2 running", "1 running");
    await restart();
    await untilCommittees("2 running", "1 running");
    await until("ready", isReady);
    await chain.configure(await configurationOf(members, { index: 3, heartbeat: 5 }));
    await untilCommittees("3 running", "2 settling", "1 settling");
    assert.equal(slotOf((await storedFeed()).sequence).configIndex, 3);
    await restart();
    await until("ready", isReady);
    await untilCommittees("3 running", "2 settling", "1 settling");
  });

  it("sends nothing for a committee that was revoked, and stays away from it after a restart", async () => {
    const registry = new Contract(chain.deployment.registry, committeeRegistryAbi, await chain.provider.getSigner(0));
    await registry.getFunction("revoke")(await registry.getFunction("activeDigest")());
    const isIdle = async () => (await readiness()).reasons.join().includes("no active configuration");
    await until("idle", isIdle);
    assert.equal((await committees())[0], "3 ended");
    const nonces = () => Promise.all(members.map((member) => chain.provider.getTransactionCount(member.transmitter)));
    const before = await nonces();
    await restart();
    await until("idle", isIdle);
    assert.equal((await committees())[0], "3 idle");
    assert.deepEqual(await nonces(), before);
    await chain.configure(await configurationOf(members, { index: 4 }));
    await until("ready", isReady);
    node.child.kill("SIGINT");
    assert.equal((await node.ended).code, 0);
  });

  it("gives up a start that waits for the chain when it is told to", async () => {
    proxy.behave({ down: true });
    const waiting = start();
    await until("waiting", async () => (await readiness()).reasons.includes("connecting to the chain"));
    waiting.child.kill("SIGTERM");
    const { code, stderr } = await waiting.ended;
    assert.deepEqual([code, stderr], [0, ""]);
    proxy.behave({});
  });

  describe("refuses", { concurrency: 2 }, () => {
    // The chain alone is needed from here on: the others would only take the processor.
    before(() => runs.forEach(({ child }) => child.kill("SIGKILL")));

    const refusals: Record<string, (name: string) => Promise<CliResult>> = {};
    const refuse = (
      code: string,
      message: RegExp,
      change: (entries: Record<string, Record<string, unknown>>) => object | Promise<object>,
    ) => {
      refusals[code] = async (name) => {
        const entries = parse(readFileSync(config, "utf8")) as Record<string, Record<string, unknown>>;
        const free = { admin: { port: 0 }, p2p: { listen: "/ip4/127.0.0.1/tcp/0" }, ...(await change(entries)) };
        const result = await fail(changed(name, () => free));
        assertFailure(result, code, message);
        return result;
      };
    };
    refuse("chain-id-mismatch", /serves chain 31337, the configuration says 5/, ({ chain: of }) => ({
      chain: { ...of, chainId: 5 },
    }));
    refuse("contract-without-code", /no contract at 0x9999/, ({ chain: of }) => ({
      chain: { ...of, registry: NOWHERE },
    }));
    refuse("contract-unknown", /no committee registry: correct chain\.registry/, ({ chain: of }) => ({
      chain: { ...of, registry: hub },
    }));
    /** A signed copy of a fetcher, whose file `name` is changed after that. */
    const published = async (fetcher: string, copy: string, name?: string) => {
      const { manifestFile, publisher } = await publish(fetcher, copy);
      if (name !== undefined) appendFileSync(path.join(path.dirname(manifestFile), name), "\n");
      return { modules: [manifestFile], publishers: [publisher] };
    };
    refuse("module-not-configured", /add the manifest of that module/, () => published("ticker-median", "other"));
    refuse("module-digest-mismatch", /rebuild the fetcher/, () =>
      published("reading", "other-module", "build/reading.wasm"),
    );
    refuse("manifest-signature-invalid", /review the change and run `quorate module sign/, () =>
      published("reading", "other-manifest", "manifest.yaml"),
    );
    refuse("manifest-unsigned", /quorate module sign .* --key FILE/, () => ({ modules: [READING] }));
    refuse("manifest-publisher-unknown", /`publishers` in the configuration lists none: enter that key/, () => ({
      publishers: [],
    }));
    refuse("source-unknown", /no configured module declares source statoin/, () => ({
      sources: { statoin: { timeoutMs: 5 } },
    }));

    for (const [code, act] of Object.entries(refusals))
      it(`${code}: one line, exit code 1, no secret`, async () => assertNoSecrets(await act(code)));

    it("no keys that nobody registered: such a node waits, and says what for", async () => {
      const stranger = path.join(folder, "stranger");
      const [adminPort = 0] = await freePorts(1);
      await initNode({
        ...{ ...options, adminPort, password: PASSWORD, directory: stranger, listen: "/ip4/127.0.0.1/tcp/0" },
        rpc: chain.rpc,
      });
      const waiting = start(path.join(stranger, "quorate.yaml"));
      const reasons = async () => {
        const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
        return response === undefined ? "" : ((await response.json()) as Ready).reasons.join();
      };
      await until("waiting", async () => (await reasons()).includes("hand registration.json to the committee's owner"));
      waiting.child.kill("SIGTERM");
      const result = await waiting.ended;
      assert.deepEqual([result.code, result.stderr], [0, ""]);
      assert.match(result.stdout, /no member with signer 0x/);
      assertNoSecrets(result);
    });
  });
});
