import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeBytes32String } from "ethers";
import { parse, stringify } from "yaml";
import type { ModuleTerms, Sandbox } from "../../../core/ports/sandbox.ts";
import type { Configuration, FeedSpec } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createConfigReads } from "../../../node/app/config-reads.ts";
import { bindFeeds, type FetcherOptions, loadFetcher } from "../../../node/app/fetchers.ts";
import { folderDigest } from "../../../node/registry/folder-registry.ts";
import { moduleDigest } from "../../../node/sandbox/admission/module-digest.ts";
import { publishFetcher } from "../../../scripts/devnet/signed-fetcher.ts";
import { withCode } from "../../support/error-code.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { simConfiguration } from "../../support/sim/committee.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const MANIFEST = fileURLToPath(new URL("../../../fetchers/ticker-median/manifest.yaml", import.meta.url));

/** Admits everything: what is admitted is the sandbox tests' matter. */
const sandbox: Sandbox = {
  admit: (bytes) => Promise.resolve(moduleDigest(bytes)),
  call: () => Promise.reject(new Error("no call is meant here")),
  stop: () => Promise.resolve(),
};

const deps = { sandbox, clock: createManualClock(), meter: createRecordingMeter() };
const fetcher = await loadFetcher({ manifestFile: MANIFEST, sources: {}, trust: "author" }, deps);
const spec = (name: string, change: Partial<FeedSpec> = {}): FeedSpec => ({
  ...simConfiguration({ n: 4, f: 1 }).feeds[0]!,
  ...{ id: encodeBytes32String(name) as Hex, decimals: 8, moduleDigest: fetcher.module },
  ...change,
});
const committee = (...feeds: FeedSpec[]): Configuration => ({ ...simConfiguration({ n: 4, f: 1 }), feeds, lanes: 8 });

describe("the committee's feeds", () => {
  it("are bound to the fetcher that their digest names, in canonical order", () => {
    const bindings = bindFeeds(committee(spec("MSFT/USD"), spec("BTC/USD")), [fetcher]);
    assert.deepEqual(
      bindings.map(({ lane, name, module }) => [lane, name, module]),
      [
        [0, "MSFT/USD", fetcher.module],
        [1, "BTC/USD", fetcher.module],
      ],
    );
    assert.equal(bindings[1]?.params.coinbase, "BTC-USD");
  });

  it("are refused where no configured module has that digest, and the message names those that are there", () => {
    const moduleDigestOf: Hex = `0x${"ab".repeat(32)}`;
    const bind = () => bindFeeds(committee(spec("BTC/USD", { moduleDigest: moduleDigestOf })), [fetcher]);
    assert.throws(bind, { code: "module-not-configured", message: new RegExp(`${moduleDigestOf}.*${fetcher.module}`) });
    assert.throws(() => bindFeeds(committee(spec("BTC/USD")), []), { message: /holds none/ });
  });

  it("are refused where the manifest does not list them, or with other decimals", () => {
    assert.throws(() => bindFeeds(committee(spec("DOGE/USD")), [fetcher]), { code: "feed-not-served" });
    assert.throws(() => bindFeeds(committee(spec("BTC/USD", { decimals: 6 })), [fetcher]), {
      data: { code: "feed-decimals-mismatch", feed: spec("BTC/USD").id, manifest: 8, configuration: 6 },
    });
  });

  it("read from where the operator points their sources", async () => {
    const overrides = { coinbase: { url: "http://127.0.0.1:1", allowInsecure: true, timeoutMs: 50 } };
    const manifestFile = path.relative(process.cwd(), MANIFEST);
    const { sources } = await loadFetcher({ manifestFile, sources: overrides, trust: "author" }, deps);
    const reading = await sources.read("coinbase", "/ticker", { signal: new AbortController().signal });
    assert.equal(reading.kind === "failed" && reading.code, "unreachable");
  });
});

describe("loading a fetcher", () => {
  const scratch = scratchFolder();
  const admitted: ModuleTerms[] = [];
  const recording: Sandbox = {
    ...sandbox,
    admit(bytes, terms) {
      admitted.push(terms);
      return sandbox.admit(bytes, terms);
    },
  };
  const load = (manifestFile: string, trust: FetcherOptions["trust"]) =>
    loadFetcher({ manifestFile, sources: {}, trust }, { ...deps, sandbox: recording });
  const stranger = { name: "stranger", key: `0x${"ab".repeat(32)}` } as const;

  it("takes what a trusted publisher signed, and nothing else: the sandbox never sees it", async () => {
    const { manifestFile, publisher } = await publishFetcher(path.dirname(MANIFEST), path.join(scratch, "signed"));
    assert.equal((await load(manifestFile, [stranger, publisher])).module, fetcher.module);
    admitted.length = 0;
    await assert.rejects(load(manifestFile, [stranger]), withCode("manifest-publisher-unknown"));
    await assert.rejects(load(manifestFile, []), withCode("manifest-publisher-unknown"));
    await assert.rejects(load(MANIFEST, [publisher]), withCode("manifest-unsigned"));
    appendFileSync(path.join(path.dirname(manifestFile), "build/ticker-median.wasm"), "x");
    await assert.rejects(load(manifestFile, [publisher]), withCode("module-digest-mismatch"));
    appendFileSync(manifestFile, "typo: 1\n");
    await assert.rejects(load(manifestFile, [publisher]), withCode("manifest-signature-invalid"));
    assert.deepEqual(admitted, []);
  });

  it("gives the sandbox the terms of the manifest, with the folders' files", async () => {
    const directory = path.join(scratch, "with-folder");
    cpSync(path.dirname(MANIFEST), directory, { recursive: true });
    mkdirSync(path.join(directory, "data"));
    writeFileSync(path.join(directory, "data/a.csv"), "1\n");
    const files = [{ path: "a.csv", bytes: Buffer.from("1\n") }];
    const manifestFile = path.join(directory, "manifest.yaml");
    const terms = {
      ...{ host: ["log"], floats: "refused", limits: { moduleBytes: 1 << 20, fuelPerPhase: 1_000_000 } },
      folders: [{ path: "/data", directory: "./data", sha256: folderDigest(files) }],
    };
    const manifest = parse(readFileSync(manifestFile, "utf8")) as object;
    writeFileSync(manifestFile, stringify({ ...manifest, ...terms }));
    await load(manifestFile, "author");
    assert.deepEqual(admitted.at(-1), {
      ...{ name: "ticker-median", host: ["log"], floats: "refused", folders: [{ path: "/data", files }] },
      limits: {
        ...{ moduleBytes: 1 << 20, memoryPages: 64, tableEntries: 10_000 },
        ...{ fuelPerPhase: 1_000_000n, timeoutMs: 2_000, fileDescriptors: 16 },
      },
    });
    writeFileSync(path.join(directory, "data/a.csv"), "2\n");
    await assert.rejects(load(manifestFile, "author"), withCode("folder-digest-mismatch"));
  });

  it("times its reads, where somebody wants to know", async () => {
    const [clock, meter] = [createManualClock(), createRecordingMeter()];
    const configReads = createConfigReads({}, { clock, meter, log: silentLog });
    await loadFetcher({ manifestFile: MANIFEST, sources: {}, trust: "author" }, { ...deps, meter, configReads });
    assert.equal(meter.total("config_fetch_seconds", { what: "fetcher" }), 1);
    assert.equal(meter.total("wasm_fuel_limit", { module: "ticker-median" }), 1);
  });
});
