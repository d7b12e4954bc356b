import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { openGroth16Key } from "../../../core/proof/groth16.ts";
import { proofDocument, type ProofDocument, readProofDocument } from "../../../core/proof/proof-document.ts";
import type { VerificationKey } from "../../../core/proof/verification-key.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { TRUSTED } from "../../../sdk/consumer/example/trusted.ts";
import { type Bundle, bundleForBrowsers } from "../../support/consumer-bundle.ts";
import { CHROMIUM, openUntil, renderedHtml } from "../../support/chromium.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { readVectors } from "../../support/vectors.ts";
import { type Files, servePage } from "./support/serve.ts";

/** docs/consumers.md states both. */
const MAX_BYTES = 128_000;
const MAX_GZIP_BYTES = 44_000;
/** A tenth of a second is an instant; this allows for a machine that does ten other things. */
const MAX_VERIFY_MS = 1_000;
const BROWSER = CHROMIUM === undefined ? { skip: "there is no Chromium: install Debian's package chromium" } : {};
const EXAMPLE = fileURLToPath(new URL("../../../sdk/consumer/example", import.meta.url));
const PAGE = fileURLToPath(new URL("support/page.js", import.meta.url));
const resultSchema = z.object({
  userAgent: z.string(),
  valid: z.boolean(),
  feeds: z.array(z.string()),
  refusals: z.array(z.string()),
  ms: z.object({ open: z.number(), first: z.number(), repeated: z.array(z.number()) }),
});

const document = readVectors("proof-document") as ProofDocument;

describe("the consumer SDK in a browser", () => {
  const folder = scratchFolder();
  let bundle: Bundle;
  let verificationKey: string;

  before(async () => {
    bundle = await bundleForBrowsers("proof-verifier.ts");
    const { artifacts } = await ensureCircuits({ instance: "median-n4-k3-v8" });
    verificationKey = readFileSync(artifacts.verificationKey.path, "utf8");
  });

  it("is small, and holds neither snarkjs nor anything of Node", (test) => {
    const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
    test.diagnostic(`bundle: ${kilobytes(bundle.bytes)}, ${kilobytes(bundle.gzipBytes)} with gzip`);
    const stated = readFileSync(fileURLToPath(new URL("../../../docs/consumers.md", import.meta.url)), "utf8");
    assert.ok(stated.includes(`below ${MAX_BYTES / 1_000} kB and ${MAX_GZIP_BYTES / 1_000} kB`));
    assert.ok(bundle.bytes <= MAX_BYTES && bundle.gzipBytes <= MAX_GZIP_BYTES, `${bundle.bytes}, ${bundle.gzipBytes}`);
    const packages = bundle.inputs.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
    assert.deepEqual(new Set(packages), new Set(["@noble/curves", "@noble/hashes", "ethers"]));
  });

  it(
    "verifies a proof under a strict content policy, and refuses changed ones with the reason",
    BROWSER,
    async (test) => {
      const { a } = document.proof;
      const changed = [
        { ...document, proof: { ...document.proof, c: a } },
        { ...document, proof: { ...document.proof, a: a.toReversed() } },
        { ...document, values: document.values.with(0, "1") },
        { ...document, circuit: { ...document.circuit, verificationKeyDigest: document.configDigest } },
      ];
      const served = await servePage({
        "/index.html": '<!doctype html><meta charset="utf-8" /><script type="module" src="page.js"></script>',
        "/page.js": readFileSync(PAGE, "utf8"),
        "/consumer.js": bundle.code,
        "/key.json": verificationKey,
        "/proof.json": JSON.stringify(document),
        "/changed.json": JSON.stringify(changed),
      });
      try {
        const told = await openUntil({ url: served.url, folder }, served.result);
        const { success, data } = resultSchema.safeParse(told);
        assert.ok(success, JSON.stringify(told));
        assert.equal(data.valid, true);
        assert.equal(data.feeds[0], "BTC/USD 67124.02");
        const refusals = ["pairing-equation", "point-off-curve", "proof-document-invalid", "other-verification-key"];
        assert.deepEqual(data.refusals, refusals);
        const times = data.ms.repeated.toSorted((x, y) => x - y);
        const [least = 0, median = 0] = [times[0], times[times.length >> 1]];
        const { open, first } = data.ms;
        const ms = [open, first, median, least].map((time) => time.toFixed(1));
        test.diagnostic(`${data.userAgent}: key ${ms[0]} ms, first ${ms[1]} ms, then ${ms[2]} ms (least ${ms[3]} ms)`);
        assert.ok(median < MAX_VERIFY_MS, `${median} ms`);
      } finally {
        await served.stop();
      }
    },
  );

  it("has an example page whose trust no link can change, and which refuses a changed digit", BROWSER, async () => {
    assert.deepEqual(TRUSTED, {
      configDigest: document.configDigest,
      verificationKeyDigest: document.circuit.verificationKeyDigest,
    });
    const main = await bundleForBrowsers("example/main.ts");
    const key = JSON.parse(verificationKey) as VerificationKey;
    const strangeKey = { ...key, IC: key.IC.toReversed() };
    const read = readProofDocument(document);
    const strange = proofDocument({ ...read, domain: { ...read.domain, chainId: read.domain.chainId + 1n } });
    const files: Files = {
      "/index.html": readFileSync(path.join(EXAMPLE, "index.html"), "utf8"),
      "/style.css": readFileSync(path.join(EXAMPLE, "style.css"), "utf8"),
      "/main.js": main.code,
      "/key.json": verificationKey,
      "/proof.json": JSON.stringify(document),
      "/strange.json": JSON.stringify(strange),
      "/strange-key.json": JSON.stringify(strangeKey),
    };
    const served = await servePage(files);
    const htmlFor = (more: Readonly<Record<string, string>>) => {
      const query = new URLSearchParams({ proof: "proof.json", key: "key.json", ...more });
      return renderedHtml({ url: `${served.url}?${query.toString()}`, folder });
    };
    try {
      const shown = await htmlFor({});
      assert.match(shown, /<output [^>]*class="valid">The proof holds \(\d+ ms in this browser\)\.<\/output>/);
      assert.match(shown, /<td>BTC\/USD<\/td><td>67124\.02<\/td>/);
      const changed = await htmlFor({ tamper: "yes" });
      assert.match(changed, /class="invalid">Refused: the proof's point a is not on its curve \[point-off-curve\]/);
      const trust = { configuration: strange.configDigest, configDigest: strange.configDigest };
      const otherCommittee = await htmlFor({ proof: "strange.json", ...trust });
      assert.match(otherCommittee, /class="invalid">Refused: it is about the configuration .* \[other-configuration\]/);
      const otherKey = await htmlFor({ key: "strange-key.json", keyDigest: openGroth16Key(strangeKey).digest });
      assert.match(otherKey, /class="invalid">this verification key has the digest 0x\w+, the trusted one is 0x\w+:/);
      for (const refused of [changed, otherCommittee, otherKey]) assert.doesNotMatch(refused, /67124/);
    } finally {
      await served.stop();
    }
  });
});
