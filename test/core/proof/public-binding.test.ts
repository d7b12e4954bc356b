import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { publicBinding, statementVector } from "../../../core/proof/public-binding.ts";
import { publicStatement, statementVectors } from "../../support/statement-vectors.ts";
import { proofVector } from "../../support/proof-vector.ts";

describe("public binding", () => {
  const { statement, shape, w, publicSignals, setRoot, context } = proofVector();

  it("agrees with the vector", () => {
    assert.deepEqual(statementVector(statement, shape), w);
    const { commitment, x, y } = publicBinding(w);
    assert.deepEqual([commitment, x, y], publicSignals);
  });

  it("agrees with the vectors at the edges: masks of none and all, negative medians, ends of time", () => {
    const vectors = statementVectors();
    for (const vector of vectors.statements) {
      const edge = statementVector(publicStatement(vectors, vector), vectors.committee);
      assert.deepEqual(edge, vector.w, vector.name);
      const binding = publicBinding(edge);
      assert.deepEqual([binding.commitment, binding.x, binding.y], vector.publicSignals, vector.name);
    }
  });

  it("is (ctx, setRoot, mask, observedAt ± W, observedAt, medians…)", () => {
    const { report, feeds, window } = statement;
    const times = [report.observedAt - window, report.observedAt + window, report.observedAt].map(BigInt);
    const medians = feeds.values.map((value) => (value < 0n ? FIELD_MODULUS + value : value));
    assert.deepEqual(w, [context, setRoot, BigInt(feeds.mask), ...times, ...medians]);
  });

  it("evaluates w at x", () => {
    const { x, y } = publicBinding([5n, 6n, 7n]);
    assert.equal(y, (5n + 6n * x + 7n * x * x) % FIELD_MODULUS);
  });

  it("changes with every element", () => {
    const { y } = publicBinding(w);
    w.forEach((_, i) => assert.notEqual(publicBinding(w.with(i, (w[i] ?? 0n) + 1n)).y, y));
  });
});
