import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Reading } from "../../../core/ports/source.ts";
import type { HttpSourceOptions } from "../../../node/sources/http-endpoint.ts";
import { createHttpSource } from "../../../node/sources/http-source.ts";
import { serveHttp, serveTcp, type Loopback } from "./loopback.ts";

const NOW = 1_700_000_000_123;
const never = new AbortController().signal;

function sourceAt(url: string, options: Partial<HttpSourceOptions> = {}) {
  return createHttpSource({ id: "exchange", url, allowInsecure: true, ...options }, { now: () => NOW });
}

function read(server: Loopback, options: Partial<HttpSourceOptions> = {}): Promise<Reading> {
  return sourceAt(server.url, options).read("/ticker?pair=BTC", { signal: never });
}

function codeOf(reading: Reading): string {
  return reading.kind === "failed" ? reading.code : "point";
}

describe("http source", () => {
  it("reads a document with its status, media type, time and exact bytes", async () => {
    await using server = await serveHttp((request, response) => {
      response.setHeader("content-type", "Application/JSON; charset=utf-8");
      response.end(`{"asked":"${request.url ?? ""}"}`);
    });

    const reading = await sourceAt(`${server.url}/base/`).read("/ticker?pair=BTC", { signal: never });

    assert.equal(reading.kind, "point");
    assert.equal(reading.status, 200);
    assert.equal(reading.point.id, "exchange /ticker?pair=BTC");
    assert.equal(reading.point.timestamp, NOW);
    assert.equal(reading.point.unit, "application/json");
    assert.equal(Buffer.from(reading.point.value).toString(), '{"asked":"/base/ticker?pair=BTC"}');
  });

  it("decompresses gzip", async () => {
    await using server = await serveHttp((_, response) => {
      response.setHeader("content-encoding", "gzip").end(gzipSync("plain text"));
    });
    const reading = await read(server);
    assert.equal(reading.kind === "point" && Buffer.from(reading.point.value).toString(), "plain text");
  });

  for (const [coding, encode] of [
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
    ["X-GZIP", gzipSync],
    ["gzip, br", (text: string) => brotliCompressSync(gzipSync(text))],
    ["made-up", (text: string) => Buffer.from(text)],
  ] as const) {
    it(`takes ${coding} off, if it knows it`, async () => {
      await using server = await serveHttp((_, response) => {
        response.setHeader("content-encoding", coding).end(encode("plain text"));
      });
      const reading = await read(server);
      assert.equal(reading.kind === "point" && Buffer.from(reading.point.value).toString(), "plain text");
    });
  }

  it("takes no half compression for a whole one, and no tower of them", async () => {
    const packed = gzipSync("plain text ".repeat(100));
    await using cut = await serveHttp((_, response) => {
      response.setHeader("content-encoding", "gzip").end(packed.subarray(0, -9));
    });
    assert.equal(codeOf(await read(cut)), "invalid-data");
    await using tower = await serveHttp((_, response) => {
      response.setHeader("content-encoding", "gzip, gzip, gzip").end(gzipSync(gzipSync(packed)));
    });
    assert.equal(codeOf(await read(tower)), "invalid-data");
  });

  it("uses connections again", async () => {
    const sockets = new Set<unknown>();
    await using server = await serveHttp((request, response) => {
      sockets.add(request.socket);
      response.end("x");
    });
    const source = sourceAt(server.url);
    for (let i = 0; i < 10; i++) assert.equal(codeOf(await source.read("/", { signal: never })), "point");
    assert.ok(sockets.size <= 2, `${sockets.size} connections for one read at a time`);
  });

  it("takes an odd content type for plain bytes", async () => {
    await using server = await serveHttp((_, response) => response.setHeader("content-type", "<script>").end("x"));
    const reading = await read(server);
    assert.equal(reading.kind === "point" && reading.point.unit, "application/octet-stream");
  });

  for (const status of [404, 500, 503]) {
    it(`gives the body of a ${status} to the guest`, async () => {
      await using server = await serveHttp((_, response) => response.writeHead(status).end("sorry"));
      const reading = await read(server);
      assert.equal(reading.kind === "point" && reading.status, status);
      assert.equal(reading.kind === "point" && Buffer.from(reading.point.value).toString(), "sorry");
    });
  }

  it("refuses a redirect and does not follow it", async () => {
    const asked: string[] = [];
    await using server = await serveHttp((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    assert.equal(codeOf(await read(server)), "redirect");
    assert.deepEqual(asked, ["/ticker?pair=BTC"]);
  });

  it("waits for no body of a redirect", async () => {
    await using server = await serveHttp((_, response) => {
      response.writeHead(302, { location: "/elsewhere" }).write("no end");
    });
    assert.equal(codeOf(await read(server, { timeoutMs: 5_000 })), "redirect");
  });

  it("times out on headers that never come", async () => {
    await using server = await serveHttp(() => undefined);
    assert.equal(codeOf(await read(server, { timeoutMs: 50 })), "timeout");
  });

  it("times out on a body that trickles", async () => {
    await using server = await serveHttp((_, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    assert.equal(codeOf(await read(server, { timeoutMs: 80 })), "timeout");
  });

  it("stops an endless body at the bound", async () => {
    let sent = 0;
    await using server = await serveHttp((_, response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on("drain", pump);
      pump();
    });
    assert.equal(codeOf(await read(server, { maxBodyBytes: 100_000, timeoutMs: 5000 })), "too-large");
    assert.ok(sent < 50_000_000, `the server could send ${sent} bytes`);
  });

  it("counts a gzip bomb after decompression", async () => {
    await using server = await serveHttp((_, response) => {
      response.setHeader("content-encoding", "gzip").end(gzipSync(Buffer.alloc(10_000_000)));
    });
    assert.equal(codeOf(await read(server, { timeoutMs: 5000 })), "too-large");
  });

  it("takes exactly the bound", async () => {
    await using server = await serveHttp((_, response) => response.end("12345"));
    assert.equal(codeOf(await read(server, { maxBodyBytes: 5 })), "point");
    assert.equal(codeOf(await read(server, { maxBodyBytes: 4 })), "too-large");
  });

  it("calls bytes that are no HTTP invalid data", async () => {
    await using server = await serveTcp((socket) => socket.end("\u0000\u0001 complete garbage \r\n\r\n"));
    assert.equal(codeOf(await read(server)), "invalid-data");
  });

  it("calls a broken compression invalid data", async () => {
    await using server = await serveHttp((_, response) => {
      response.setHeader("content-encoding", "gzip").end("this is not gzip");
    });
    assert.equal(codeOf(await read(server)), "invalid-data");
  });

  it("never takes half a body for a whole one", async () => {
    await using server = await serveTcp((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"));
    assert.equal(codeOf(await read(server)), "unreachable");
  });

  it("never takes a cut chunked body for a whole one", async () => {
    await using server = await serveTcp((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
    );
    assert.equal(codeOf(await read(server)), "unreachable");
  });

  it("reports a refused connection", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    const reading = await sourceAt(`http://127.0.0.1:${port}`).read("/", { signal: never });

    assert.equal(codeOf(reading), "unreachable");
    assert.match(reading.kind === "failed" ? reading.message : "", /ECONNREFUSED/);
  });

  it("gives up with its caller, also when that was before the start", async () => {
    await using server = await serveHttp(() => undefined);
    const source = sourceAt(server.url, { timeoutMs: 60_000 });
    const caller = new AbortController();
    const pending = source.read("/", { signal: caller.signal });
    caller.abort();
    assert.equal(codeOf(await pending), "timeout");
    assert.equal(codeOf(await source.read("/", { signal: AbortSignal.abort() })), "timeout");
  });

  it("asks for nothing when the path is refused", async () => {
    let asked = 0;
    await using server = await serveHttp((_, response) => response.end(String(++asked)));
    for (const path of ["/../secret", "//evil.example", "/a\r\nx: y", "/%252e%252e/"]) {
      assert.equal(codeOf(await sourceAt(server.url).read(path, { signal: never })), "invalid-path");
    }
    assert.equal(asked, 0);
  });

  it("sends its headers, and the trace only where it is asked to", async () => {
    await using server = await serveHttp((request, response) => response.end(JSON.stringify(request.headers)));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const headersSent = async (options: Partial<HttpSourceOptions>): Promise<Record<string, string>> => {
      const reading = await sourceAt(server.url, options).read("/", { signal: never, traceparent });
      assert.equal(reading.kind, "point");
      return JSON.parse(Buffer.from(reading.point.value).toString()) as Record<string, string>;
    };
    const quiet = await headersSent({ headers: { "x-api-key": "secret" } });
    assert.equal(quiet["x-api-key"], "secret");
    assert.equal(quiet.traceparent, undefined);
    assert.equal((await headersSent({ traceparent: true })).traceparent, traceparent);
  });

  for (const [name, options, code] of [
    ["plain http", { url: "http://api.example.com", allowInsecure: false }, "source-insecure"],
    ["another scheme", { url: "file:///etc/passwd" }, "source-url-invalid"],
    ["no URL", { url: "api.example.com" }, "source-url-invalid"],
    ["credentials in the URL", { url: "https://user:hunter2@example.com" }, "source-url-invalid"],
    ["a query in the URL", { url: "https://example.com/?key=hunter2" }, "source-url-invalid"],
    ["a header with a line break", { headers: { "x-key": "hunter2\r\nx: y" } }, "source-header-invalid"],
    ["a time-out of 0", { timeoutMs: 0 }, "source-limit-invalid"],
    ["a bound that is no number", { maxBodyBytes: Number.NaN }, "source-limit-invalid"],
  ] as const) {
    it(`refuses ${name} when it is created, without repeating secrets`, () => {
      assert.throws(
        () => sourceAt("https://example.com", options),
        (error) => error instanceof QuorateError && error.code === code && !error.message.includes("hunter2"),
      );
    });
  }
});
