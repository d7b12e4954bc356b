import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeRequestsOutput, encodeRequestsInput } from "../../core/codec/envelope.ts";
import type { ModuleTerms, Sandbox } from "../../core/ports/sandbox.ts";
import { readManifest } from "../../node/config/manifest.ts";
import { createSandbox } from "../../node/sandbox/sandbox.ts";
import { createPrometheusMeter } from "../../node/telemetry/prometheus-meter.ts";
import { silentLog } from "../support/silent-log.ts";

const FETCHERS = fileURLToPath(new URL("../../fetchers", import.meta.url));
/** What an example may have in bytes: none has more than a tenth of the limit, but for the C library's stdio. */
const MAX_BYTES = 48 * 1024;
const TIME = 1_795_301_227;

describe("the manifest of", () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ workers: 1 }, { log: silentLog, meter: createPrometheusMeter() });
  });
  after(() => sandbox.stop());

  for (const name of readdirSync(FETCHERS)) {
    it(`${name} names the committed module, and every source that its feeds ask`, async () => {
      const manifest = await readManifest(path.join(FETCHERS, name, "manifest.yaml"));
      const bytes = readFileSync(manifest.module);
      assert.equal(manifest.name, name);
      assert.equal(manifest.sha256, `0x${createHash("sha256").update(bytes).digest("hex")}`);
      assert.ok(bytes.length < MAX_BYTES, `${bytes.length} bytes`);
      const { host, floats, limits } = manifest;
      const terms: ModuleTerms = {
        ...{ name, host, floats, folders: [] },
        limits: { ...limits, fuelPerPhase: BigInt(limits.fuelPerPhase) },
      };
      const module = await sandbox.admit(bytes, terms);
      const declared = manifest.sources.map(({ id }) => id);
      for (const { name: feed, params } of manifest.feeds) {
        const input = encodeRequestsInput({ feed, time: TIME, params });
        const result = await sandbox.call({ module, phase: "requests", input, feed, time: TIME });
        assert.equal(result.kind, "output", feed);
        const asked = decodeRequestsOutput(result.output);
        assert.ok(asked.kind === "requests" && asked.requests.length > 0, feed);
        for (const { sourceId } of asked.requests) assert.ok(declared.includes(sourceId), sourceId);
      }
    });
  }
});
