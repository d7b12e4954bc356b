import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { z } from "zod";
import { AdminClient, type NodeEvent } from "../../../scripts/devnet/nodes/admin-client.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function clientOf(listener: RequestListener): Promise<AdminClient> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new AdminClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const answering = (status: number, body: string) =>
  clientOf((_, response) => {
    response.writeHead(status).end(body);
  });

const event = (sequence: string) => JSON.stringify({ type: "stage", at: 1, sequence, stage: "final" });

describe("AdminClient", () => {
  it("is ready when the node says so", async () => {
    assert.equal(await (await answering(200, "{}")).ready(), true);
    assert.equal(await (await answering(503, "{}")).ready(), false);
  });

  it("answers nothing for a node that is down", async () => {
    const client = await answering(200, "");
    servers[0]?.close();
    servers[0]?.closeAllConnections();
    assert.equal(await client.ready(), false);
    assert.deepEqual(await Promise.all([client.status(), client.round(1n), client.metrics()]), [
      undefined,
      undefined,
      undefined,
    ]);
    await client.follow(() => assert.fail("no event can come"), new AbortController().signal);
  });

  it("reads the metrics as they are", async () => {
    assert.equal(await (await answering(200, "a 1\n")).metrics(), "a 1\n");
  });

  it("answers nothing for a round that the node does not have, and refuses one of another shape", async () => {
    assert.equal(await (await answering(404, '{"error":"none"}')).round(7n), undefined);
    await assert.rejects((await answering(200, '{"digest":1}')).round(7n), z.ZodError);
  });

  it("gives the events of a stream, however its bytes are cut", async () => {
    const stream = `: quorate\n\ndata: ${event("1")}\n\n:\n\ndata: ${event("2")}\n\ndata: ${event("3")}`;
    const client = await clientOf((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const character of stream) response.write(character);
      response.end();
    });
    const seen: NodeEvent[] = [];
    await client.follow((entry) => seen.push(entry), new AbortController().signal);
    // The third has no end: its connection broke in the middle.
    assert.deepEqual(
      seen.map(({ sequence, stage }) => [sequence, stage]),
      [
        ["1", "final"],
        ["2", "final"],
      ],
    );
  });

  it("passes on an event of a type that it does not know", async () => {
    const events: NodeEvent[] = [];
    const client = await answering(200, 'data: {"type":"later","at":1,"sequence":"1"}\n\n');
    await client.follow((seen) => events.push(seen), new AbortController().signal);
    assert.deepEqual(events, [{ type: "later", at: 1, sequence: "1" }]);
  });

  it("refuses what is no event", async () => {
    const client = await answering(200, 'data: {"type":"stage"}\n\n');
    await assert.rejects(
      client.follow(() => undefined, new AbortController().signal),
      z.ZodError,
    );
  });

  it("reads evidence and reasons", async () => {
    const found = { configDigest: "0x01", member: 2, kind: "report", sequence: "7" };
    assert.deepEqual(await (await answering(200, JSON.stringify([found]))).evidence(), [{ ...found, sequence: 7n }]);
    const unready = await answering(503, '{"ready":false,"reasons":["no chain"]}');
    assert.deepEqual(await unready.unreadyReasons(), ["no chain"]);
    assert.deepEqual(await (await answering(200, '{"ready":true}')).unreadyReasons(), []);
  });

  it("stops following at its signal", async () => {
    const stopping = new AbortController();
    const client = await clientOf((_, response) => {
      response.writeHead(200).write(`data: ${event("1")}\n\n`);
    });
    await client.follow(() => stopping.abort(), stopping.signal);
  });
});
