import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import type { ProofDocument } from "../../../core/proof/proof-document.ts";
import type { VerificationKey } from "../../../core/proof/verification-key.ts";
import {
  createProofVerifier,
  type ProofVerifier,
  type TrustedCommittee,
} from "../../../sdk/consumer/proof-verifier.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../support/error-code.ts";
import { provableReport } from "../../support/provable-report.ts";
import { readVectors } from "../../support/vectors.ts";
import { proofDocument, readProofDocument } from "../../../core/proof/proof-document.ts";

const document = readVectors("proof-document") as ProofDocument;
const trusted: TrustedCommittee = {
  configDigest: document.configDigest,
  verificationKeyDigest: document.circuit.verificationKeyDigest,
};
const OTHER = `0x${"5a".repeat(32)}` as const;

let verificationKey: VerificationKey;
let verifier: ProofVerifier;

before(async () => {
  const { artifacts } = await ensureCircuits({ instance: "median-n4-k3-v8" });
  verificationKey = JSON.parse(await readFile(artifacts.verificationKey.path, "utf8")) as VerificationKey;
  verifier = createProofVerifier({ trusted, verificationKey });
});

/** The code of the fault, or "valid". */
function verdictOn(json: unknown, by = verifier): string {
  const verdict = by.verify(json);
  if (verdict.valid) return "valid";
  assert.match(verdict.reason, /^[^\n]{20,}$/);
  return verdict.fault.code;
}

/** The same document of the report with these changes, consistent in itself: only the proof is the old one. */
function withOther(change: Partial<ReturnType<typeof readProofDocument>>): ProofDocument {
  return proofDocument({ ...readProofDocument(document), ...change });
}

describe("a dApp's proof verifier", () => {
  it("takes a proven report, and tells what is proven", () => {
    const verdict = verifier.verify(document);
    assert.ok(verdict.valid);
    const { report } = verdict;
    assert.deepEqual([report.chainId, report.hub, report.observedAt], [31337n, document.hub, document.observedAt]);
    assert.deepEqual([report.digest, report.configDigest], [document.report.digest, document.configDigest]);
    assert.equal(report.sequence.toString(), document.sequence);
    const texts = report.feeds.map(({ name, text }) => `${name} ${text}`);
    assert.deepEqual(texts.slice(0, 2), ["BTC/USD 67124.02", "ETH/USD 3511.9"]);
    assert.deepEqual(report.feeds.map(({ name }) => name).slice(-2), ["XAU/USD", "BRENT/USD"]);
    assert.equal(report.feeds.length, 7);
  });

  it("takes digests in any letters", () => {
    const upper = (digest: string) => `0x${digest.slice(2).toUpperCase()}` as const;
    const loud = {
      configDigest: upper(trusted.configDigest),
      verificationKeyDigest: upper(trusted.verificationKeyDigest),
    };
    assert.equal(verdictOn(document, createProofVerifier({ trusted: loud, verificationKey })), "valid");
  });

  it("refuses the proof for any other report of the same committee", () => {
    const { feeds, sequence, observedAt } = readProofDocument(document);
    const other = [
      { feeds: { ...feeds, values: feeds.values.with(0, 6_712_402_000_001n) } },
      { feeds: { mask: feeds.mask & ~1, values: feeds.values.with(0, 0n) } },
      { sequence: sequence + 1n },
      { observedAt: observedAt + 1 },
    ];
    for (const change of other) assert.equal(verdictOn(withOther(change)), "pairing-equation");
  });

  it("refuses another committee's report, however well it is proven", () => {
    const stranger = createProofVerifier({ trusted: { ...trusted, configDigest: OTHER }, verificationKey });
    assert.equal(verdictOn(document, stranger), "other-configuration");
    const { domain } = readProofDocument(document);
    for (const change of [
      { chainId: 1n },
      { hub: `0x${"ee".repeat(20)}` as const },
      { registry: `0x${"ee".repeat(20)}` as const },
    ])
      assert.equal(verdictOn(withOther({ domain: { ...domain, ...change } })), "other-configuration");
    const { configuration } = provableReport(domain, 1_700_000_000);
    const smaller = { ...configuration, timing: { ...configuration.timing, window: 11 } };
    assert.equal(verdictOn(withOther({ configuration: smaller })), "other-configuration");
  });

  it("refuses a proof under another key, and a key that is not the trusted one", () => {
    assert.equal(verdictOn(withOther({ verificationKeyDigest: OTHER })), "other-verification-key");
    assert.throws(
      () => createProofVerifier({ trusted: { ...trusted, verificationKeyDigest: OTHER }, verificationKey }),
      withCode("verification-key-untrusted"),
    );
    const altered = { ...verificationKey, IC: verificationKey.IC.toReversed() };
    assert.throws(
      () => createProofVerifier({ trusted, verificationKey: altered }),
      withCode("verification-key-untrusted"),
    );
    assert.throws(() => createProofVerifier({ trusted, verificationKey: {} }), withCode("verification-key-invalid"));
  });

  it("refuses altered points with the reason, and what is no document", () => {
    const { a } = document.proof;
    const moved = (x: bigint) => ({ ...document, proof: { ...document.proof, a: [x.toString(), a[1]] } });
    assert.equal(verdictOn(moved(BigInt(a[0]) + 1n)), "point-off-curve");
    assert.equal(verdictOn(moved(BigInt(a[0]) + 2n ** 254n)), "coordinate-out-of-range");
    assert.equal(verdictOn({ ...document, proof: { ...document.proof, c: a } }), "pairing-equation");
    for (const json of [undefined, null, "", 7, [], {}, [document]])
      assert.equal(verdictOn(json), "proof-document-invalid");
  });
});
