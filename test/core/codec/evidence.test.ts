import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getBytes } from "ethers";
import fc from "fast-check";
import { decodeEvidence, encodeEvidence, MAX_EVIDENCE_BYTES } from "../../../core/codec/evidence.ts";
import { MAX_LANES } from "../../../core/codec/report.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import { withCode } from "../../support/error-code.ts";
import { createEvidenceFixture, makeEvidenceVectors } from "../../support/evidence-fixture.ts";
import { readVectors } from "../../support/vectors.ts";
import { anyEvidence } from "./evidence-arbitraries.ts";

describe("stored evidence", () => {
  it("comes back from its bytes, of every kind and size", () => {
    fc.assert(
      fc.property(anyEvidence(), (evidence) => {
        const bytes = encodeEvidence(evidence);
        assert.deepEqual(decodeEvidence(bytes), evidence);
        assert.ok(bytes.length <= MAX_EVIDENCE_BYTES);
      }),
      { numRuns: 200 },
    );
  });

  it("is as long as its kind says, and at most MAX_EVIDENCE_BYTES", () => {
    const lengths = new Set<string>();
    fc.assert(
      fc.property(anyEvidence({ lanes: fc.constant(MAX_LANES) }), (evidence) => {
        lengths.add(`${evidence.kind} ${encodeEvidence(evidence).length}`);
      }),
    );
    assert.deepEqual([...lengths].sort(), [`observation ${MAX_EVIDENCE_BYTES}`, "proposal 203", "report 355"]);
  });

  it("has the bytes of the vectors, alone and as a document", async () => {
    const fixture = await createEvidenceFixture();
    const expected = [fixture.proposals(1), fixture.reports(2), fixture.observations(3)];
    const vectors = readVectors("evidence") as readonly { readonly evidence: string }[];
    assert.deepEqual(vectors, await makeEvidenceVectors());
    assert.deepEqual(
      vectors.map(({ evidence }) => decodeEvidence(getBytes(evidence))),
      expected,
    );
  });

  it("is refused in any other length", () => {
    fc.assert(
      fc.property(anyEvidence(), fc.integer({ min: -40, max: 40 }), (evidence, more) => {
        fc.pre(more !== 0);
        const bytes = encodeEvidence(evidence);
        const resized = new Uint8Array(Math.max(0, bytes.length + more));
        resized.set(bytes.subarray(0, resized.length));
        assert.throws(() => decodeEvidence(resized), withCode("evidence-not-decodable"));
      }),
    );
  });

  it("means one thing: other bytes are other evidence, or none", () => {
    fc.assert(
      fc.property(anyEvidence(), fc.nat(), fc.integer({ min: 1, max: 255 }), (evidence, at, bits) => {
        const bytes = encodeEvidence(evidence);
        bytes[at % bytes.length]! ^= bits;
        const decoded = decodeOrRefuse(bytes);
        if (decoded === undefined) return;
        assert.notDeepEqual(decoded, evidence);
        assert.deepEqual(encodeEvidence(decoded), bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("is never read from arbitrary bytes without a reason given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_200 }), (bytes) => {
        decodeOrRefuse(bytes);
      }),
    );
  });
});

describe("sides that do not belong together", () => {
  const sample = <K extends Equivocation["kind"]>(kind: K) =>
    fc.sample(anyEvidence({ kind }), { numRuns: 1, seed: 7 })[0] as Extract<Equivocation, { kind: K }>;

  it("of two slots are refused", () => {
    const proposal = sample("proposal");
    const second = { ...proposal.second, sequence: proposal.sequence ^ 1n };
    refuses({ ...proposal, second });
    const report = sample("report");
    refuses({ ...report, sequence: report.sequence ^ 1n });
    const observation = sample("observation");
    const first = { ...observation.first.observation, sequence: observation.sequence ^ 1n };
    refuses({ ...observation, first: { ...observation.first, observation: first } });
  });

  it("of two configurations are refused", () => {
    const report = sample("report");
    const foreign = { ...report.second.report, configDigest: `0x${"77".repeat(32)}` as const };
    refuses({ ...report, second: { ...report.second, report: foreign } });
  });

  it("of two numbers of lanes are refused", () => {
    const { first, ...evidence } = sample("observation");
    const feeds = { mask: 0, values: [...first.observation.feeds.values.map(() => 0n), 0n] };
    refuses({ ...evidence, first: { ...first, observation: { ...first.observation, feeds } } });
  });

  function refuses(evidence: Equivocation): void {
    assert.throws(() => encodeEvidence(evidence), withCode("evidence-inconsistent"));
  }
});

/** Refusals must be the codec's own: another error would be a bug. */
function decodeOrRefuse(bytes: Uint8Array): Equivocation | undefined {
  try {
    return decodeEvidence(bytes);
  } catch (error) {
    assert.ok(withCode("evidence-not-decodable")(error), String(error));
    return undefined;
  }
}
