import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { type ChainConnection, connectChain, requireCode } from "../../../node/chain/connect.ts";
import { createChainMetrics } from "../../../node/chain/metrics.ts";
import { withCode } from "../../support/error-code.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { until } from "../../support/until.ts";

const SECRET = "s3cr3t-api-key";
const ADDRESS = `0x${"12".repeat(20)}` as const;
const CHAIN_ID = 31337;
const ids = (method: string) => (method === "eth_chainId" ? `0x${CHAIN_ID.toString(16)}` : "0x");
const everything = (error: unknown) => inspect(error, { depth: 10, showHidden: true });

describe("connecting to a chain", () => {
  const proxies: RpcProxy[] = [];
  const connections: ChainConnection[] = [];
  after(async () => {
    for (const connection of connections) connection.stop();
    for (const proxy of proxies) await proxy.stop();
  });

  async function endpoint() {
    const proxy = await startRpcProxy({ answer: ({ method }) => ids(method) });
    proxies.push(proxy);
    return proxy;
  }

  function connect(proxy: RpcProxy, { chainId = CHAIN_ID, signal = new AbortController().signal } = {}) {
    const [clock, log] = [createManualClock(), createRecordingLog()];
    const metrics = createChainMetrics(createRecordingMeter());
    const rpc = [`${proxy.url}/v3/${SECRET}`];
    const connected = connectChain({ rpc, chainId, signal }, { clock, log, metrics });
    void connected.then((connection) => connections.push(connection)).catch(() => undefined);
    return { connecting: connected.then(({ provider }) => provider), clock, log };
  }

  it("gives a provider of the chain that was meant", async () => {
    const { connecting, log } = connect(await endpoint());
    assert.equal((await (await connecting).getNetwork()).chainId, BigInt(CHAIN_ID));
    assert.deepEqual(log.lines, []);
  });

  it("refuses another chain at once: that never mends by itself", async () => {
    const proxy = await endpoint();
    await assert.rejects(connect(proxy, { chainId: 1 }).connecting, {
      data: { code: "chain-id-mismatch", expected: 1, actual: CHAIN_ID },
      message: `${proxy.url} serves chain ${CHAIN_ID}, the configuration says 1: correct chain.rpc or chain.chainId`,
    });
  });

  it("tries again with growing pauses until the endpoint answers", async () => {
    const proxy = await endpoint();
    proxy.behave({ down: true });
    const { connecting, clock, log } = connect(proxy);
    const pauses = [250, 500, 1_000, 2_000, 5_000, 10_000, 10_000];
    for (const [attempt, pause] of pauses.entries()) {
      await until(`attempt ${attempt}`, () => log.lines.length === attempt + 1 && clock.pending === 1);
      assert.deepEqual(log.lines[attempt]?.fields.delayMs, pause);
      if (attempt === pauses.length - 1) proxy.behave({ answer: ({ method }) => ids(method) });
      await clock.advance(pause);
    }
    await connecting;
    assert.equal(log.lines.length, pauses.length);
  });

  it("stops trying when it is told to", async () => {
    const proxy = await endpoint();
    proxy.behave({ down: true });
    const stopping = new AbortController();
    const { connecting, log, clock } = connect(proxy, { signal: stopping.signal });
    await until("waiting", () => log.lines.length === 1 && clock.pending === 1);
    stopping.abort();
    await assert.rejects(connecting, { name: "AbortError" });
    assert.equal(clock.pending, 0);
    await assert.rejects(connect(proxy, { signal: AbortSignal.abort() }).connecting, { name: "AbortError" });
  });

  for (const [name, behaviour] of [
    ["is down", { down: true }],
    ["does not let us in", { status: 401 }],
    ["breaks", { status: 500 }],
    ["refuses the call", { answer: () => new Error("nope") }],
  ] as const) {
    it(`never shows the endpoint's key when it ${name}`, async () => {
      const proxy = await endpoint();
      proxy.behave(behaviour);
      const { log, clock } = connect(proxy);
      await until("it failed", () => log.lines.length === 1 && clock.pending === 1);
      assert.ok(!everything(log.lines).includes(SECRET), everything(log.lines));
      assert.ok(String(log.lines[0]?.fields.reason).length > 0);

      proxy.behave({ answer: ({ method }) => ids(method) });
      const { connecting } = connect(proxy);
      const provider = await connecting;
      proxy.behave(behaviour);
      const error: unknown = await provider.getBlockNumber().catch((cause: unknown) => cause);
      assert.ok(error instanceof Error);
      assert.ok(!everything(error).includes(SECRET), everything(error));
    });
  }

  it("says which endpoint does not answer, and how to mend it", async () => {
    const proxy = await endpoint();
    const provider = await connect(proxy).connecting;
    proxy.behave({ status: 503 });
    await assert.rejects(provider.getBlockNumber(), {
      code: "chain-unreachable",
      message: /^http:\/\/127\.0\.0\.1:\d+ does not answer \(server response 503 .*\): check chain\.rpc$/,
    });
  });

  it("says where there is no contract", async () => {
    const proxy = await endpoint();
    const provider = await connect(proxy).connecting;
    await assert.rejects(requireCode(provider, ADDRESS), withCode("contract-without-code"));
    proxy.behave({ answer: () => "0x60" });
    await requireCode(provider, ADDRESS);
  });
});
