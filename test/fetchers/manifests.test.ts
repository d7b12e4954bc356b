import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { inspectModule } from "../../node/sandbox/admission/admit.ts";
import { fetcherRun, moduleBytes } from "./support/fetcher-run.ts";

interface Manifest {
  readonly sha256: string;
  readonly sources: readonly { readonly id: string }[];
  readonly feeds: readonly { readonly name: string; readonly params: Readonly<Record<string, string>> }[];
}

for (const name of ["ticker-median", "reading"]) {
  const file = new URL(`../../fetchers/${name}/manifest.yaml`, import.meta.url);
  const manifest = parse(readFileSync(file, "utf8")) as Manifest;

  describe(`the manifest of ${name}`, () => {
    it("carries the digest of the committed module, which is admitted", () => {
      assert.equal(manifest.sha256, `0x${createHash("sha256").update(moduleBytes(name)).digest("hex")}`);
      const report = inspectModule(moduleBytes(name));
      assert.ok(report.originalBytes < 16 * 1024, `${report.originalBytes} bytes`);
      assert.ok(!report.features.includes("floats"), "prices never pass through floats");
    });

    it("declares every source that its feeds ask", () => {
      const { requests } = fetcherRun(name);
      const declared = manifest.sources.map(({ id }) => id);
      for (const { name: feed, params } of manifest.feeds) {
        const asked = requests({ feed, time: 0, params });
        assert.ok(asked.length > 0, feed);
        for (const request of asked) assert.ok(declared.includes(request.split(" ")[1] ?? ""), request);
      }
    });
  });
}
