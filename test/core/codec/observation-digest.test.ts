import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { observationContext, observationDigest, valuesCommitment } from "../../../core/codec/observation-digest.ts";
import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { poseidon } from "../../../core/crypto/poseidon.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import { proofVector } from "../../support/proof-vector.ts";
import { readVectors, revive } from "../../support/vectors.ts";

describe("observation digests", () => {
  const { statement, context, observations } = proofVector();
  const { domain, report } = statement;

  it("agree with the vector", () => {
    assert.equal(observationContext(domain, report.configDigest, report.sequence), context);
    statement.observations.forEach(({ observation: { feeds, timestamp } }, i) => {
      assert.equal(valuesCommitment(feeds), observations[i]?.valuesCommitment);
      assert.equal(observationDigest(context, feeds, timestamp), observations[i]?.digest);
    });
  });

  it("bind chain, hub, configuration and slot", () => {
    const contexts = [
      observationContext({ ...domain, chainId: 1n }, report.configDigest, report.sequence),
      observationContext({ ...domain, hub: `0x${"ab".repeat(20)}` }, report.configDigest, report.sequence),
      observationContext(domain, `0x${"99".repeat(32)}`, report.sequence),
      observationContext(domain, report.configDigest, report.sequence + 1n),
    ];
    assert.equal(new Set([context, ...contexts]).size, 5);
    for (const each of contexts) assert.ok(each < 2n ** 248n);
  });

  it("agree with the vectors of values: none, all of 32, the ends of int96", () => {
    const { valuesCommitments } = revive(readVectors("poseidon")) as {
      valuesCommitments: (FeedValues & { hash: bigint })[];
    };
    for (const { hash, ...feeds } of valuesCommitments) assert.equal(valuesCommitment(feeds), hash);
  });

  it("commit to mask and signed values", () => {
    const feeds = { mask: 3, values: [-5n, 7n] };
    assert.equal(valuesCommitment(feeds), poseidonChain(1, [3n, FIELD_MODULUS - 5n, 7n]));
    assert.equal(observationDigest(9n, feeds, 100), poseidon([9n, valuesCommitment(feeds), 100n]));
  });
});
