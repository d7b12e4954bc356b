import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeBytes32String } from "ethers";
import type { Sandbox } from "../../../core/ports/sandbox.ts";
import type { Configuration, FeedSpec } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { bindFeeds, loadFetcher } from "../../../node/app/fetchers.ts";
import { moduleDigest } from "../../../node/sandbox/admission/admit.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { simConfiguration } from "../../support/sim/committee.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const MANIFEST = fileURLToPath(new URL("../../../fetchers/ticker-median/manifest.yaml", import.meta.url));

/** Admits everything: what is admitted is the sandbox tests' matter. */
const sandbox: Sandbox = {
  admit: (bytes) => Promise.resolve(moduleDigest(bytes)),
  call: () => Promise.reject(new Error("no call is meant here")),
  stop: () => Promise.resolve(),
};

const fetcher = await loadFetcher(MANIFEST, {}, { sandbox, clock: createManualClock(), meter: createRecordingMeter() });
const spec = (name: string, change: Partial<FeedSpec> = {}): FeedSpec => ({
  ...simConfiguration(1).feeds[0]!,
  ...{ id: encodeBytes32String(name) as Hex, decimals: 8, moduleDigest: fetcher.module },
  ...change,
});
const committee = (...feeds: FeedSpec[]): Configuration => ({ ...simConfiguration(1), feeds, lanes: 8 });

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
    const deps = { sandbox, clock: createManualClock(), meter: createRecordingMeter() };
    const { sources } = await loadFetcher(path.relative(process.cwd(), MANIFEST), overrides, deps);
    const reading = await sources.read("coinbase", "/ticker", { signal: new AbortController().signal });
    assert.equal(reading.kind === "failed" && reading.code, "unreachable");
  });
});
