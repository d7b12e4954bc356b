import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { type ChainConnection, connectChain, PROBE_MS } from "../../../node/chain/connect.ts";
import { FailoverProvider } from "../../../node/chain/failover-provider.ts";
import { createChainMetrics } from "../../../node/chain/metrics.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { type RpcAnswer, type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { until } from "../../support/until.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const CHAIN_ID = 31337;
const SECRET = "s3cr3t-api-key";
const hex = (value: number) => `0x${value.toString(16)}`;

/** An endpoint whose name is the balance that it states. */
const answering =
  (name: number, { chainId = CHAIN_ID, head = 100 } = {}): RpcAnswer =>
  ({ method }) =>
    method === "eth_chainId" ? hex(chainId) : method === "eth_blockNumber" ? hex(head) : hex(name);

describe("several endpoints", () => {
  const proxies: RpcProxy[] = [];
  const connections: ChainConnection[] = [];
  after(async () => {
    for (const connection of connections) connection.stop();
    for (const proxy of proxies) await proxy.stop();
  });

  async function start(answers: readonly RpcAnswer[]) {
    const own = await Promise.all(answers.map((answer) => startRpcProxy({ answer })));
    proxies.push(...own);
    const [clock, log, meter] = [createManualClock(), createRecordingLog(), createRecordingMeter()];
    const rpc = own.map(({ url }) => `${url}/v3/${SECRET}`);
    const options = { rpc, chainId: CHAIN_ID, signal: new AbortController().signal };
    const connecting = connectChain(options, { clock, log, metrics: createChainMetrics(meter) });
    connecting.then((connection) => connections.push(connection)).catch(() => undefined);
    /** Lets the node look at all endpoints once. */
    async function look() {
      const before = own.map(({ calls }) => calls.length);
      await until("waiting", () => clock.pending === 1);
      await clock.advance(PROBE_MS);
      await until("looked", () => clock.pending === 1);
      return before;
    }
    return { own, clock, log, meter, connecting, look };
  }

  /** Who answers now. */
  const asked = async ({ provider }: ChainConnection) => Number(await provider.send("eth_getBalance", []));

  async function elsewhereOf(connecting: Promise<ChainConnection>) {
    const { provider } = await connecting;
    assert.ok(provider instanceof FailoverProvider);
    return () => provider.elsewhere("eth_getBalance", []);
  }

  for (const [name, behaviour] of [
    ["is down", { down: true }],
    ["breaks", { status: 503 }],
    ["limits the rate by status", { status: 429 }],
    ["limits the rate by answer", { answer: () => new Error("rate limit exceeded") }],
    ["does not let us in", { status: 403 }],
  ] as const) {
    it(`asks the next one at once when the preferred one ${name}, and it again when it is well`, async () => {
      const { own, connecting, look, log } = await start([answering(1), answering(2)]);
      const connection = await connecting;
      assert.equal(await asked(connection), 1);
      own[0]!.behave(behaviour);
      assert.equal(await asked(connection), 2);
      const calls = own[0]!.calls.length;
      assert.equal(await asked(connection), 2);
      assert.equal(own[0]!.calls.length, calls, "it is not asked each time");
      await look();
      own[0]!.behave({ answer: answering(1) });
      await look();
      assert.equal(await asked(connection), 2);
      await look();
      assert.equal(await asked(connection), 1);
      assert.ok(!inspect(log.lines, { depth: 9 }).includes(SECRET));
    });
  }

  it("does not ask another one because a contract reverts", async () => {
    const revert: RpcAnswer = (call) =>
      call.method === "eth_call" ? new Error("execution reverted") : answering(1)(call);
    const { own, connecting } = await start([revert, answering(2)]);
    const connection = await connecting;
    const calls = own[1]!.calls.length;
    await assert.rejects(connection.provider.call({ to: `0x${"11".repeat(20)}` }), { code: "CALL_EXCEPTION" });
    assert.equal(own[1]!.calls.length, calls);
    assert.equal(await asked(connection), 1);
  });

  it("gives a second opinion, which is never the first one's", async () => {
    const { own, connecting } = await start([answering(1), answering(2), answering(3)]);
    const elsewhere = await elsewhereOf(connecting);
    assert.equal(await elsewhere(), hex(2));
    own[1]!.behave({ status: 503 });
    assert.equal(await elsewhere(), hex(3));
    own[2]!.behave({ answer: () => new Error("no such method") });
    await assert.rejects(elsewhere());
    own[2]!.behave({ status: 503 });
    await assert.rejects(elsewhere(), { code: "chain-unreachable" });
    const alone = await start([answering(1)]);
    assert.equal(await (await elsewhereOf(alone.connecting))(), undefined);
  });

  it("says what each one lacks when none answers, without its key", async () => {
    const { own, connecting } = await start([answering(1), answering(2)]);
    const connection = await connecting;
    own[0]!.behave({ status: 503 });
    own[1]!.behave({ down: true });
    const error: unknown = await connection.provider.getBlockNumber().catch((cause: unknown) => cause);
    assert.match(String(error), /none of 2 endpoints answers: http.* 503 .*; http.*check chain\.rpc/);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET));
    own[1]!.behave({ answer: answering(2) });
    assert.equal(await asked(connection), 2);
  });

  it("gives the limit back to the caller where all of them limit", async () => {
    const limit: RpcAnswer = (call) =>
      call.method === "eth_getBalance" ? new Error("too many requests") : answering(1)(call);
    const { connecting, meter } = await start([limit, limit]);
    await assert.rejects(asked(await connecting), /too many requests/);
    assert.equal(meter.total("chain_request_failures_total", { reason: "limited" }), 2);
  });

  it("never asks one that serves another chain, and says so", async () => {
    const { own, connecting, look, log, meter } = await start([answering(1, { chainId: 5 }), answering(2)]);
    const connection = await connecting;
    assert.equal(await asked(connection), 2);
    own[1]!.behave({ down: true });
    await assert.rejects(asked(connection), { code: "chain-unreachable" });
    await look();
    assert.deepEqual(
      log.lines.filter(({ level }) => level === "error").map(({ fields }) => fields),
      [{ endpoint: 0, origin: own[0]!.url }],
    );
    assert.equal(meter.last("chain_endpoint_up", { endpoint: "0" }), 0);
  });

  it("refuses to start when all serve another chain, and waits while one may still come", async () => {
    const wrong = await start([answering(1, { chainId: 5 }), answering(2, { chainId: 6 })]);
    await assert.rejects(wrong.connecting, { code: "chain-id-mismatch" });
    const late = await start([answering(1, { chainId: 5 }), () => new Error("not yet")]);
    await until("it waits", () => late.clock.pending === 1);
    late.own[1]!.behave({ answer: answering(2) });
    await late.clock.advance(250);
    assert.equal(await asked(await late.connecting), 2);
  });

  it("leaves one that lags until it keeps up again", async () => {
    const { own, connecting, look, meter } = await start([answering(1, { head: 90 }), answering(2)]);
    const connection = await connecting;
    await look();
    assert.equal(await asked(connection), 2);
    assert.deepEqual(
      connection.endpoints().map(({ up, inUse, head }) => [up, inUse, head]),
      [
        [false, false, 90],
        [true, true, 100],
      ],
    );
    assert.equal(meter.last("chain_endpoint_in_use", { endpoint: "1" }), 1);
    own[0]!.behave({ answer: answering(1, { head: 100 }) });
    await look();
    await look();
    assert.equal(await asked(connection), 1);
  });
});
