import assert from "node:assert/strict";
import { createServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { SpanRecord, Tracer } from "../../../core/ports/tracer.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { createReadGuard } from "../../../node/sources/read-guard.ts";
import { createSourceSet } from "../../../node/sources/source-set.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { selfSigned } from "../../support/self-signed.ts";
import { serveHttp } from "./loopback.ts";
import { createRecordingMeter } from "./recording-meter.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
/** Above the bound of 30 ms, and below the time-out of the source. */
const DELAY_MS = 60;

/** What stands between node and server: passes bytes on, the server's first ones late. */
async function startSlowProxy(port: number, delayMs: number) {
  const sockets = new Set<Socket>();
  const proxy = createTcpServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const socket of [client, server])
      sockets.add(socket.on("error", () => undefined).on("close", () => (client.destroy(), server.destroy())));
    client.pipe(server);
    server.once("data", (first: Buffer) => {
      server.pause();
      setTimeout(() => {
        client.write(first);
        server.pipe(client);
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

function recorders(options: { slowHandshakeMs?: number; sampled?: boolean } = {}) {
  const { sampled = true, ...guardOptions } = options;
  const spans: SpanRecord[] = [];
  const tracer: Tracer = { samples: () => sampled, record: (span) => spans.push(span), stop: () => Promise.resolve() };
  const [log, meter] = [createRecordingLog(), createRecordingMeter()];
  const guard = createReadGuard(guardOptions, { clock: systemClock, log, meter, tracer });
  return { spans, log, meter, guard };
}

describe("reads of sources, guarded,", () => {
  const pair = selfSigned();
  const trusted = getCACertificates("default");
  const server = createServer(pair, (_, response) => response.end("42"));
  const proxies: Awaited<ReturnType<typeof startSlowProxy>>[] = [];

  before(async () => {
    setDefaultCACertificates([...trusted, pair.cert]);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    for (const proxy of proxies) proxy.stop();
    server.closeAllConnections();
    server.close();
    setDefaultCACertificates(trusted);
  });

  /** A new port is an origin of its own to `fetch`: the first read opens a connection. */
  const freshOrigin = async (): Promise<string> => {
    const proxy = await startSlowProxy((server.address() as AddressInfo).port, DELAY_MS);
    proxies.push(proxy);
    return `https://localhost:${proxy.port}`;
  };
  const read = async (id: string, { guard, meter }: ReturnType<typeof recorders>) => {
    const url = await freshOrigin();
    const sources = createSourceSet([{ kind: "http", id, url, timeoutMs: 5_000 }], { now: Date.now, meter, guard });
    return sources.read(id, "/x", { signal: new AbortController().signal, traceparent: TRACEPARENT });
  };
  const handshakes = ({ meter }: ReturnType<typeof recorders>) =>
    meter.samples.filter(({ name }) => name === "source_tls_handshake_seconds");

  it("tag a slow TLS handshake: event, counter, histogram and span, with source and trace id", async () => {
    const seen = recorders();
    assert.equal((await read("slow", seen)).kind, "point");
    const [line, ...others] = seen.log.lines;
    assert.equal(others.length, 0);
    const { ms, ...fields } = line!.fields;
    assert.deepEqual(fields, { event: "tls_handshake_slow", source: "slow", traceId: TRACE_ID });
    assert.ok(typeof ms === "number" && ms > 30, String(ms));
    assert.deepEqual(
      seen.meter.samples.filter(({ name }) => name === "tls_handshake_slow_total"),
      [{ name: "tls_handshake_slow_total", value: 1, labels: { source: "slow" } }],
    );
    assert.deepEqual(handshakes(seen), [
      { name: "source_tls_handshake_seconds", value: ms / 1_000, labels: { source: "slow" } },
    ]);
    const [{ attributes, startMs, endMs, ...span }] = seen.spans as [SpanRecord];
    assert.deepEqual(span, { name: "source.fetch", traceId: TRACE_ID, failed: false });
    assert.deepEqual(attributes, {
      ...{ source: "slow", result: "ok", tls_handshake_ms: ms },
      tls_handshake_slow: true,
    });
    assert.ok(endMs - startMs >= ms);
  });

  it("tag nothing where a connection is used again", async () => {
    const seen = recorders();
    const sources = createSourceSet([{ kind: "http", id: "kept", url: await freshOrigin(), timeoutMs: 5_000 }], {
      now: Date.now,
      meter: seen.meter,
      guard: seen.guard,
    });
    const options = { signal: new AbortController().signal, traceparent: TRACEPARENT };
    for (let i = 0; i < 4; i++) await sources.read("kept", "/x", options);
    assert.ok(handshakes(seen).length < 4, String(handshakes(seen).length));
    assert.equal(seen.spans.length, 4);
    assert.equal(
      seen.spans.filter(({ attributes }) => "tls_handshake_ms" in attributes).length,
      handshakes(seen).length,
    );
  });

  it("tag no handshake below the bound", async () => {
    const seen = recorders({ slowHandshakeMs: 60_000 });
    await read("patient", seen);
    assert.deepEqual(seen.log.lines, []);
    assert.equal(handshakes(seen).length, 1);
    assert.ok(seen.meter.samples.every(({ name, value }) => name !== "tls_handshake_slow_total" || value === 0));
    assert.ok(seen.spans.every(({ attributes }) => !("tls_handshake_slow" in attributes)));
  });

  it("make no span of a trace that is not kept, yet count", async () => {
    const seen = recorders({ sampled: false });
    await read("quiet", seen);
    assert.deepEqual(seen.spans, []);
  });

  it("have no handshake without TLS, and a failed span for a failed reading", async () => {
    await using plain = await serveHttp((_, response) => void response.writeHead(302, { location: "/" }).end());
    const seen = recorders();
    const sources = createSourceSet([{ kind: "http", id: "plain", url: plain.url, allowInsecure: true }], {
      ...{ now: Date.now, meter: seen.meter, guard: seen.guard },
    });
    const options = { signal: new AbortController().signal, traceparent: TRACEPARENT };
    const reading = await sources.read("plain", "/x", options);
    assert.equal(reading.kind === "failed" && reading.code, "redirect");
    assert.deepEqual(handshakes(seen), []);
    assert.deepEqual(
      seen.spans.map(({ attributes, failed }) => [attributes, failed]),
      [[{ source: "plain", result: "redirect" }, true]],
    );
  });
});
