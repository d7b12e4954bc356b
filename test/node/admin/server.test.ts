import assert from "node:assert/strict";
import http from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { FinalReport } from "../../../core/types/final.ts";
import { createJournal, type Journal, MAX_SUBSCRIBERS } from "../../../node/admin/journal.ts";
import {
  type AdminServer,
  type Readiness,
  startAdmin,
  type WitnessedEquivocation,
} from "../../../node/admin/server.ts";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";
import { withCode } from "../../support/error-code.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createProtocolFixture, fixtureSequence } from "../../support/protocol-fixture.ts";
import { until } from "../../support/until.ts";

const final = (await createProtocolFixture()).final(fixtureSequence(3));
const report = { report: final.report, signature: final.signatures[0]!.signature };
const EVIDENCE: WitnessedEquivocation = {
  ...{ kind: "report", member: 2, sequence: final.report.sequence, first: report, second: report },
  ...{ configDigest: "0xc0", configIndex: 1 },
};
const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** A journal that knows how many listen. */
function countingJournal(): Journal & { listeners: number } {
  const journal = createJournal({ clock: createManualClock() });
  const counting = {
    ...journal,
    listeners: 0,
    subscribe(listener: Parameters<Journal["subscribe"]>[0]) {
      const leave = journal.subscribe(listener);
      if (leave === undefined) return undefined;
      counting.listeners += 1;
      return () => {
        counting.listeners -= 1;
        leave();
      };
    },
  };
  return counting;
}

function open(url: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false }, resolve).once("error", reject);
  });
}

/** The events of a stream until it ends or enough came. */
async function events(response: http.IncomingMessage, count: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    rest += String(chunk);
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (block.startsWith("data: ")) seen.push(JSON.parse(block.slice(6)));
    }
    if (seen.length >= count) break;
  }
  return seen;
}

describe("admin interface", () => {
  const journal = countingJournal();
  const meter = createPrometheusMeter();
  let readiness: Readiness = { ready: false, reasons: ["connecting to the chain"] };
  let admin: AdminServer;

  before(async () => {
    admin = await startAdmin(LOOPBACK, {
      journal,
      metrics: meter,
      readiness: () => readiness,
      status: () => ({ name: "node-1", blockNumber: 5, big: 2n ** 70n }),
      finalOf: (sequence): FinalReport | undefined => (sequence === final.report.sequence ? final : undefined),
      evidence: () => [EVIDENCE],
    });
  });
  after(() => admin.stop());

  const get = async (path: string) => {
    const response = await fetch(`${admin.url}${path}`);
    const text = await response.text();
    return { status: response.status, type: response.headers.get("content-type") ?? "", text };
  };

  it("/healthz: the process runs", async () => {
    assert.deepEqual(await get("/healthz"), {
      ...{ status: 200, type: "application/json; charset=utf-8", text: '{"status":"ok"}' },
    });
  });

  it("/readyz: 503 with the reasons, 200 when it can do its part", async () => {
    assert.deepEqual(await get("/readyz").then(({ status, text }) => [status, JSON.parse(text) as unknown]), [
      503,
      readiness,
    ]);
    readiness = { ready: true, reasons: [] };
    assert.equal((await get("/readyz")).status, 200);
  });

  it("/metrics: the text exposition", async () => {
    meter.gauge({ name: "epoch", help: "Epoch." }).set(4);
    const { status, type, text } = await get("/metrics");
    assert.equal(status, 200);
    assert.match(type, /^text\/plain/);
    assert.match(text, /^epoch 4$/m);
  });

  it("/status: with integers of any size as text", async () => {
    const { text } = await get("/status");
    assert.deepEqual(JSON.parse(text), { name: "node-1", blockNumber: 5, big: (2n ** 70n).toString() });
  });

  it("/rounds: the recent ones; one of them with its final report and its stages", async () => {
    const { sequence } = final.report;
    journal.stage("final", sequence);
    assert.equal((JSON.parse((await get("/rounds")).text) as unknown[]).length, 1);
    const { status, text } = await get(`/rounds/${sequence}`);
    const round = JSON.parse(text) as Record<string, unknown>;
    assert.equal(status, 200);
    assert.equal(round.digest, final.digest);
    assert.deepEqual(Object.keys(round.stages as object), ["final"]);
    assert.equal((round.observations as unknown[]).length, 3);
  });

  it("/evidence: who signed what, and for which slot", async () => {
    const { status, text } = await get("/evidence");
    const [entry, ...others] = JSON.parse(text) as [Record<string, unknown>];
    assert.deepEqual([status, others, entry.member, entry.kind], [200, [], 2, "report"]);
    assert.equal(entry.sequence, final.report.sequence.toString());
    assert.deepEqual(entry.slot, { configIndex: 1, epoch: 1, round: 3 });
    assert.equal((entry.first as { signature: string }).signature, report.signature);
  });

  for (const path of [
    "/rounds/1",
    "/rounds/0x01",
    "/rounds/-1",
    "/rounds/99999999999999999999",
    "/rounds/%00",
    "/secrets",
  ]) {
    it(`${path}: 404`, async () => assert.equal((await get(path)).status, 404));
  }

  it("takes no other method", async () => {
    for (const method of ["POST", "PUT", "DELETE"])
      assert.equal((await fetch(`${admin.url}/status`, { method })).status, 404);
  });

  it("/events: one JSON object per event; a view that leaves is forgotten", async () => {
    const response = await open(`${admin.url}/events`);
    assert.equal(response.headers["content-type"], "text/event-stream");
    await until("subscribed", () => journal.listeners === 1);
    journal.publish("transmitted", 9n, { txHash: "0xaa" });
    journal.stage("final", 10n);
    const seen = (await events(response, 2)) as { type: string; sequence: string }[];
    assert.deepEqual(
      seen.map(({ type, sequence }) => [type, sequence]),
      [
        ["transmitted", "9"],
        ["stage", "10"],
      ],
    );
    response.destroy();
    await until("forgotten", () => journal.listeners === 0);
  });

  it("/events: one view too many is told so, and finds a place when another leaves", async () => {
    const views = await Promise.all(Array.from({ length: MAX_SUBSCRIBERS }, () => open(`${admin.url}/events`)));
    await until("all subscribed", () => journal.listeners === MAX_SUBSCRIBERS);
    assert.equal((await get("/events")).status, 503);
    views[0]?.destroy();
    await until("one left", () => journal.listeners === MAX_SUBSCRIBERS - 1);
    const another = await open(`${admin.url}/events`);
    assert.equal(another.statusCode, 200);
    for (const view of [...views, another]) view.destroy();
    await until("all left", () => journal.listeners === 0);
  });

  it("/events: a view that does not read is cut off, and costs bounded memory", async () => {
    const response = await open(`${admin.url}/events`);
    response.pause();
    await until("subscribed", () => journal.listeners === 1);
    // Sockets hold a few megabytes before anything stays in the process.
    for (let i = 0; journal.listeners === 1 && i < 4_000; i++) {
      journal.publish("proof", 1n, { padding: "x".repeat(10_000) });
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(journal.listeners, 0, "40 MB were written to a view that reads nothing");
    response.destroy();
  });
});

describe("an admin interface", () => {
  const deps = () => ({
    journal: createJournal({ clock: createManualClock() }),
    metrics: createPrometheusMeter(),
    readiness: () => ({ ready: true, reasons: [] }),
    status: () => ({}),
    finalOf: () => undefined,
    evidence: () => [],
  });

  it("says that its port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    await assert.rejects(startAdmin({ host: "127.0.0.1", port }, deps()), {
      data: { code: "admin-port-taken", address: `127.0.0.1:${port}` },
      message: `127.0.0.1:${port} is taken: stop the other program or change admin.port`,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it("says that it cannot listen where it should", async () => {
    await assert.rejects(startAdmin({ host: "192.0.2.1", port: 0 }, deps()), withCode("admin-listen-failed"));
  });

  it("stops though views still listen, and leaves no socket", async () => {
    const admin = await startAdmin(LOOPBACK, deps());
    const response = await open(`${admin.url}/events`);
    const ended = new Promise((resolve) => response.once("close", resolve));
    response.on("error", () => undefined).resume();
    await admin.stop();
    await ended;
    const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap");
    assert.deepEqual(sockets, []);
    await assert.rejects(fetch(`${admin.url}/healthz`));
  });
});
