import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import artifacts from "../../../circuits/artifacts.json" with { type: "json" };
import type { AggregateDocument } from "../../../core/aggregate/document.ts";
import { aggregateFigures } from "../../../core/aggregate/figures.ts";
import { seedCommitment } from "../../../core/aggregate/statement.ts";
import { formatDecimal, parseDecimal } from "../../../core/feeds/decimal.ts";
import type { Sandbox } from "../../../core/ports/sandbox.ts";
import { type FetcherOptions, loadFetcher } from "../../../node/app/fetchers.ts";
import { observeFeed } from "../../../node/observe/observe-feed.ts";
import { createSandbox } from "../../../node/sandbox/sandbox.ts";
import { createReadGuard } from "../../../node/sources/read-guard.ts";
import { NO_TRACER } from "../../../node/telemetry/no-tracer.ts";
import { METER_TERMS, startDevices, type TestDevices } from "../../support/devices.ts";
import { withCode } from "../../support/error-code.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { type Loopback, serveHttp } from "../sources/loopback.ts";

const FETCHER = fileURLToPath(new URL("../../../fetchers/private-mean", import.meta.url));
const EPOCH = 2_000_000;
const METERS = [1, 2].map((i) => {
  const terms = { ...METER_TERMS, device: `meter-${i}`, minimum: 0n };
  return { id: `meter-${i}`, terms, seed: 0x5eedn + BigInt(i) };
});

describe("the fetcher private-mean in a node", () => {
  let devices: TestDevices;
  let sandbox: Sandbox;
  let server: Loopback;
  const manifestFile = path.join(scratchFolder(), "private-mean", "manifest.yaml");
  /** By device: what it serves. */
  const served: Record<string, unknown> = {};
  const log = createRecordingLog();
  const meter = createRecordingMeter();
  const clock = createManualClock((EPOCH + 1) * METER_TERMS.epochSeconds * 1000);

  before(async () => {
    devices = await startDevices();
    sandbox = await createSandbox({}, { log: silentLog, meter, tracer: NO_TRACER });
    server = await serveHttp((request, response) => {
      response.end(JSON.stringify(served[request.url?.split("/")[1] ?? ""]));
    });
    cpSync(FETCHER, path.dirname(manifestFile), { recursive: true });
    writeManifest();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await sandbox.stop();
    await devices.stop();
  });

  /** The committed manifest with two devices of this test, whose terms come from this test. */
  function writeManifest(change: object = {}): void {
    const manifest = parse(readFileSync(path.join(FETCHER, "manifest.yaml"), "utf8")) as {
      sources: object[];
      feeds: object[];
    };
    const sources = METERS.map(({ id, terms, seed }, i) => ({
      ...manifest.sources[i],
      terms: { ...terms, minimum: 0, commitment: `0x${seedCommitment(seed).toString(16).padStart(64, "0")}` },
      ...{ id, ...change },
    }));
    const params = { devices: "meter-1 meter-2", document: "/aggregate.json", minimum: "1" };
    writeFileSync(manifestFile, stringify({ ...manifest, sources, feeds: [{ ...manifest.feeds[0], params }] }));
  }

  function load(options: Partial<FetcherOptions> = {}) {
    const sources = Object.fromEntries(
      METERS.map(({ id }) => [id, { url: `${server.url}/${id}`, allowInsecure: true }]),
    );
    const guard = createReadGuard({}, { clock, log, meter, tracer: NO_TRACER });
    return loadFetcher({ manifestFile, sources, trust: "author", ...options }, { sandbox, clock, meter, guard });
  }

  async function observe(options: Partial<FetcherOptions> = {}): Promise<string> {
    const { module, sources, manifest } = await load(options);
    const { name, params } = manifest.feeds[0] ?? assert.fail();
    const binding = { lane: 0, feed: `0x${"11".repeat(32)}`, name, decimals: 3, params, module, sources } as const;
    const run = { time: 1_800_000_000, traceId: "ab".repeat(16), member: 0, signal: new AbortController().signal };
    const outcome = await observeFeed(binding, run, { sandbox });
    return outcome.kind === "value" ? formatDecimal(outcome.value, 3) : outcome.message;
  }

  async function documents(): Promise<AggregateDocument[]> {
    return Promise.all(METERS.map(({ terms, seed }) => devices.prove({ epoch: EPOCH, terms, seed })));
  }

  function meanOf(counted: readonly AggregateDocument[]): string {
    const means = counted.map((document) => {
      const { mean } = aggregateFigures(
        { samples: 4, terms: METERS[0]!.terms },
        { ...document, value: BigInt(document.value) },
      );
      return parseDecimal(mean, 18) ?? assert.fail();
    });
    const sum = means.reduce((total, mean) => total + mean, 0n);
    return formatDecimal(parseDecimal(formatDecimal(sum / BigInt(means.length), 18), 3) ?? 0n, 3);
  }

  it("has the verification key of the circuit that it names", () => {
    const manifest = readFileSync(path.join(FETCHER, "manifest.yaml"), "utf8");
    const digests = [...manifest.matchAll(/keyDigest: "(0x\w+)"/g)].map(([, digest]) => digest);
    assert.deepEqual(digests, new Array(3).fill(artifacts["local-k4-w32"].verificationKeyDigest));
  });

  it("averages the devices whose proofs hold", async () => {
    const [first, second] = await documents();
    assert.ok(first && second);
    Object.assign(served, { "meter-1": first, "meter-2": second });
    assert.equal(await observe(), meanOf([first, second]));
  });

  it("leaves out a device that does not prove what it says, and says why in log and metric", async () => {
    const [first, second] = await documents();
    assert.ok(first && second);
    Object.assign(served, { "meter-1": first, "meter-2": { ...second, value: "1" } });
    assert.equal(await observe(), meanOf([first]));
    const line = log.lines.find(({ fields }) => fields.event === "source_failing");
    assert.equal(line?.fields.source, "meter-2");
    assert.equal(line.fields.code, "proof-invalid");
    assert.equal(meter.total("source_reads_total", { source: "meter-2", result: "proof-invalid" }), 1);
  });

  it("has no value where no device counts, and its failure names each reason", async () => {
    const [first] = await documents();
    assert.ok(first);
    Object.assign(served, { "meter-1": { ...first, epoch: EPOCH - 5 }, "meter-2": first });
    assert.equal(await observe(), "too-few-proven: 0 count: meter-1 error:stale meter-2 error:other-statement");
  });

  it("takes no development key's word on other chains than a developer's", async () => {
    const [first, second] = await documents();
    Object.assign(served, { "meter-1": first, "meter-2": second });
    assert.match(await observe({ acceptForgeable: false }), /meter-1 error:development-key/);
  });

  it("is not loaded with another circuit or number of samples than its verification key is for", async () => {
    const local = artifacts["local-k16-w32"].verificationKeyDigest;
    for (const change of [{ samples: 16 }, { samples: 3 }, { keyDigest: local }, { keyDigest: local, samples: 16 }]) {
      writeManifest(change);
      await assert.rejects(load(), withCode("local-circuit-mismatch"), JSON.stringify(change));
    }
  });

  it("is not loaded with another verification key than the manifest's", async () => {
    writeManifest({ keyDigest: artifacts["median-n4-k3-v8"].verificationKeyDigest });
    await assert.rejects(load(), withCode("verification-key-mismatch"));
    writeManifest({ verificationKey: "./manifest.yaml" });
    await assert.rejects(load(), withCode("verification-key-unreadable"));
  });
});
