import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { after, before, describe, it } from "node:test";
import type { AggregateDocument } from "../../../core/aggregate/document.ts";
import { aggregateFigures } from "../../../core/aggregate/figures.ts";
import { seedCommitment } from "../../../core/aggregate/statement.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Reading } from "../../../core/ports/source.ts";
import { type AggregateSourceOptions, createAggregateSource } from "../../../node/sources/aggregate-source.ts";
import { METER_SEED, METER_TERMS, startDevices, type TestDevices } from "../../support/devices.ts";
import { type Loopback, serveHttp } from "./loopback.ts";

const EPOCH = 2_000_000;
const never = new AbortController().signal;
const during = (epoch: number) => (epoch * METER_TERMS.epochSeconds + 10) * 1000;

describe("a source of local aggregates", () => {
  let devices: TestDevices;
  let good: AggregateDocument;
  let next: AggregateDocument;
  let device: Loopback;
  /** What the device serves. */
  let serve: RequestListener;
  before(async () => {
    devices = await startDevices();
    [good, next] = [await devices.prove({ epoch: EPOCH }), await devices.prove({ epoch: EPOCH + 1 })];
    device = await serveHttp((request, response) => serve(request, response));
  });
  after(async () => {
    await device[Symbol.asyncDispose]();
    await devices.stop();
  });

  const send = (body: unknown) => (serve = (_, response) => response.end(JSON.stringify(body)));

  function open(options: Partial<AggregateSourceOptions> = {}, now = during(EPOCH + 1)) {
    const expected = { key: devices.key, terms: METER_TERMS, commitment: seedCommitment(METER_SEED), maxAgeEpochs: 2 };
    return createAggregateSource(
      { id: "meter", url: device.url, allowInsecure: true, samples: 4, isForgeable: false, ...expected, ...options },
      { now: () => now },
    );
  }

  const textOf = (reading: Reading) =>
    reading.kind === "point" ? Buffer.from(reading.point.value).toString() : reading.code;
  const read = async (source = open(), path = "/aggregate.json#sum") =>
    textOf(await source.read(path, { signal: never }));

  /** What a source says of one document. */
  async function judged(body: unknown, options: Partial<AggregateSourceOptions> = {}, now?: number) {
    send(body);
    return read(open(options, now));
  }

  it("hands on sum and mean of what is proven, in the samples' unit", async () => {
    send(good);
    const figures = aggregateFigures({ samples: 4, terms: METER_TERMS }, { ...good, value: BigInt(good.value) });
    const source = open();
    assert.equal(await read(source, "/aggregate.json#sum"), figures.sum);
    assert.equal(await read(source, "/aggregate.json#mean"), figures.mean);
    assert.deepEqual(JSON.parse(await read(source, "/aggregate.json")), figures);
    assert.equal(Number(figures.sum) * 100, Number(good.value) - 4_000);
    assert.equal(await read(source, "/aggregate.json#seed"), "invalid-path");
  });

  it("asks the device for the document's path, without the fragment", async () => {
    let asked: string | undefined;
    serve = (request, response) => {
      asked = request.url;
      response.end(JSON.stringify(good));
    };
    await read(open(), "/a/aggregate.json#mean");
    assert.equal(asked, "/a/aggregate.json");
  });

  it("counts no value but the one that was proven", async () => {
    for (const off of [1n, -1n, 1n << 32n]) {
      assert.equal(await judged({ ...good, value: (BigInt(good.value) + off).toString() }), "proof-invalid");
    }
    assert.equal(await judged({ ...good, value: (BigInt(good.value) + FIELD_MODULUS).toString() }), "invalid-data");
  });

  it("counts no proof of another epoch, nor one with a bit changed", async () => {
    assert.equal(await judged({ ...good, epoch: EPOCH + 1 }), "proof-invalid");
    assert.equal(await judged({ ...next, proof: good.proof }), "proof-invalid");
    for (const at of [2 + 63, 2 + 127, 2 + 191, 2 + 511]) {
      const digit = (Number.parseInt(good.proof[at] ?? "0", 16) ^ 1).toString(16);
      assert.equal(
        await judged({ ...good, proof: good.proof.slice(0, at) + digit + good.proof.slice(at + 1) }),
        "proof-invalid",
      );
    }
    assert.equal(await judged({ ...good, proof: `0x${"0".repeat(512)}` }), "proof-invalid");
  });

  it("counts no proof of another seed, device, feed, circuit or meaning", async () => {
    assert.equal(await judged(await devices.prove({ epoch: EPOCH, seed: 7n })), "other-statement");
    const other = await devices.prove({ epoch: EPOCH, seed: 7n });
    assert.equal(await judged({ ...other, commitment: good.commitment }), "proof-invalid");
    for (const change of [{ device: "meter-2" }, { feed: "street/voltage" }, { circuit: "local-k16-w32" }]) {
      assert.equal(await judged({ ...good, ...change }), "other-statement");
      const terms = { ...METER_TERMS, ...change };
      assert.equal(await judged({ ...good, ...change }, { terms }), "proof-invalid");
    }
    const meanings = [
      ...[{ beacon: `0x${"bf".repeat(32)}` }, { beaconRule: "the round after" }],
      ...[{ minimum: 0n }, { decimals: 3 }],
    ] as const;
    for (const change of meanings) {
      assert.equal(await judged(good, { terms: { ...METER_TERMS, ...change } }), "proof-invalid");
    }
  });

  it("counts an epoch from its beginning until it is stale", async () => {
    const sum = await judged(good);
    assert.equal(await judged(good, {}, during(EPOCH)), sum);
    assert.equal(await judged(good, {}, during(EPOCH) - 11_000), "early");
    assert.equal(await judged(good, {}, during(EPOCH + 3) - 11_000), sum);
    assert.equal(await judged(good, {}, during(EPOCH + 3)), "stale");
  });

  it("goes back to no earlier epoch, though it would be fresh", async () => {
    const source = open();
    send(next);
    const sum = await read(source);
    send(good);
    assert.equal(await read(source), "replayed");
    send(next);
    assert.equal(await read(source), sum);
  });

  it("counts one value of an epoch: a second one, though proven, shows that something is wrong", async () => {
    const source = open();
    send(good);
    const sum = await read(source);
    send(await devices.prove({ epoch: EPOCH, samples: [1n, 2n, 3n, 4n] }));
    assert.equal(await read(source), "equivocation");
    send({ ...good, value: "12345" });
    assert.equal(await read(source), "proof-invalid");
    send(await devices.prove({ epoch: EPOCH }));
    assert.equal(await read(source), sum, "another proof of the same");
  });

  it("counts nothing else that a device might send", async () => {
    for (const body of [null, [], 7, "text", {}, { ...good, format: "other" }, { ...good, epoch: "1" }])
      assert.equal(await judged(body), "invalid-data");
    for (const body of ["", "{", "<html>", Buffer.from([0xff, 0xfe, 0x7b])]) {
      serve = (_, response) => response.end(body);
      assert.equal(await read(), "invalid-data");
    }
    serve = (_, response) => response.writeHead(404).end(JSON.stringify(good));
    assert.equal(await read(), "status");
    serve = (_, response) => response.writeHead(302, { location: "/elsewhere" }).end();
    assert.equal(await read(), "redirect");
    send({ ...good, filler: "x".repeat(16 * 1024) });
    assert.equal(await read(), "too-large");
    serve = (_, response) => response.write("{");
    assert.equal(await read(open({ timeoutMs: 50 })), "timeout");
  });

  it("counts nothing at all where anybody can forge its proofs, and that matters", async () => {
    let asked = false;
    serve = () => (asked = true);
    assert.equal(await read(open({ isForgeable: true })), "development-key");
    assert.ok(!asked);
  });
});
