import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { describe, it } from "node:test";
import { freePorts } from "../../../scripts/devnet/free-port.ts";

describe("freePorts", () => {
  it("gives ports that somebody can be asked at", async () => {
    for (const port of await freePorts(3)) {
      const server = createServer((_, response) => response.end("here")).listen(port, "127.0.0.1");
      await once(server, "listening");
      assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), "here");
      server.close();
    }
  });

  it("gives none twice, and none that fetch refuses, however often it is asked", async () => {
    const ports = await freePorts(5_000);
    assert.equal(new Set(ports).size, ports.length);
    // Of the ports that fetch refuses, the highest: https://fetch.spec.whatwg.org/#port-blocking
    assert.ok(ports.every((port) => port > 10_080 && port < 32_768));
  });
});
