import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, id, keccak256 } from "ethers";
import fc from "fast-check";
import { localCircuit } from "../../../core/aggregate/local-circuit.ts";
import { noiseOf } from "../../../core/aggregate/noise.ts";
import {
  aggregate,
  aggregateContext,
  type AggregateTerms,
  announcementDigest,
  epochAt,
  seedCommitment,
  sumOf,
} from "../../../core/aggregate/statement.ts";
import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { FIELD_MODULUS, isFieldElement, toField } from "../../../core/crypto/field.ts";
import { withCode } from "../../support/error-code.ts";

const CIRCUIT = localCircuit({ name: "local-k4-w32", samples: 4, bits: 32, epsilon: "1", deltaBits: 40 });
const TERMS: AggregateTerms = {
  ...{ circuit: "local-k4-w32", device: "meter-1", feed: "street/load" },
  ...{ beaconRule: "drand quicknet, round 7", beacon: `0x${"5e".repeat(32)}` },
  ...{ epochSeconds: 900, minimum: -50n, decimals: 3 },
};
const SEED = 1_234_567_890_123_456_789n;
const ANNOUNCED = { terms: TERMS, commitment: seedCommitment(SEED) };
const MAX = 2n ** 32n - 1n;

describe("an aggregate", () => {
  it("is the sum of the samples above the minimum, and the noise of seed and context", () => {
    const sample = fc.bigInt({ min: -50n, max: MAX - 50n });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 4, maxLength: 4 }), fc.nat(1_000_000), (samples, epoch) => {
        const { value, inputs } = aggregate(CIRCUIT, { terms: TERMS, epoch }, { seed: SEED, samples });
        const random = poseidonChain(4, [SEED, aggregateContext(ANNOUNCED, epoch)]);
        const noise = noiseOf(random, CIRCUIT.noise, 32).value;
        assert.equal(value, samples.reduce((sum, one) => sum + one + 50n, 0n) + noise);
        assert.equal(sumOf(CIRCUIT, TERMS, value), samples.reduce((sum, one) => sum + one, 0n) + noise);
        assert.equal(inputs.value, toField(value));
        assert.equal(inputs.commitment, seedCommitment(SEED));
      }),
      { numRuns: 40 },
    );
  });

  it("takes a sample beyond the range as the range's end: to refuse it would tell of it", () => {
    const inputsOf = (samples: bigint[]) =>
      aggregate(CIRCUIT, { terms: TERMS, epoch: 7 }, { seed: SEED, samples }).inputs;
    assert.deepEqual(inputsOf([-51n, -50n, MAX - 50n, MAX - 49n]).samples, [0n, 0n, MAX, MAX]);
    assert.deepEqual(inputsOf([-(2n ** 200n), 2n ** 200n, 0n, 0n]).samples, [0n, MAX, 50n, 50n]);
  });

  it("takes exactly as many samples as the circuit", () => {
    for (const samples of [[], [1n, 2n, 3n], [1n, 2n, 3n, 4n, 5n]]) {
      const make = () => aggregate(CIRCUIT, { terms: TERMS, epoch: 7 }, { seed: SEED, samples });
      assert.throws(make, withCode("sample-count"));
    }
  });

  const otherPlans: readonly Partial<AggregateTerms>[] = [
    ...[{ circuit: "local-k16-w32" }, { device: "meter-2" }, { feed: "street/voltage" }],
    ...[{ beaconRule: "drand quicknet, round 8" }, { epochSeconds: 901 }, { minimum: 50n }, { decimals: 4 }],
  ];
  const changed = (changes: readonly Partial<AggregateTerms>[]) => [
    ANNOUNCED,
    { ...ANNOUNCED, commitment: 7n },
    ...changes.map((change) => ({ ...ANNOUNCED, terms: { ...TERMS, ...change } })),
  ];

  it("has a context of its own for every term, commitment and epoch, a field element", () => {
    const others = changed([...otherPlans, { beacon: `0x${"5f".repeat(32)}` }]);
    const contexts = [...others.map((announced) => aggregateContext(announced, 7)), aggregateContext(ANNOUNCED, 8)];
    assert.equal(new Set(contexts).size, others.length + 1);
    assert.ok(contexts.every(isFieldElement));
  });

  it("has its noise settled by what was announced, the beacon and the epoch", () => {
    const others = changed(otherPlans);
    assert.equal(new Set(others.map(announcementDigest)).size, others.length);
    const beacon = `0x${"5f".repeat(32)}` as const;
    const drawn: AggregateTerms = { ...TERMS, beacon };
    assert.equal(announcementDigest({ ...ANNOUNCED, terms: drawn }), announcementDigest(ANNOUNCED));
    const coder = AbiCoder.defaultAbiCoder();
    const texts = ["quorate.aggregate-announcement.v1", "local-k4-w32", "meter-1", "street/load", TERMS.beaconRule];
    const announcement = keccak256(
      coder.encode(
        [...texts.map(() => "bytes32"), "uint256", "int256", "uint256", "uint256"],
        [...texts.map(id), 900, -50, 3, ANNOUNCED.commitment],
      ),
    );
    assert.equal(announcementDigest(ANNOUNCED), announcement);
    const words = [id("quorate.local-aggregate.v1"), announcement, TERMS.beacon, 7];
    const context = keccak256(coder.encode(["bytes32", "bytes32", "bytes32", "uint256"], words));
    assert.equal(aggregateContext(ANNOUNCED, 7), BigInt(context) >> 8n);
  });

  it("has the commitment of its seed alone", () => {
    assert.equal(seedCommitment(SEED), poseidonChain(3, [SEED]));
    assert.notEqual(seedCommitment(FIELD_MODULUS - 1n), seedCommitment(0n));
  });

  it("belongs to the epoch in which its time is", () => {
    assert.equal(epochAt(TERMS, 1799), 1);
    assert.equal(epochAt(TERMS, 1800), 2);
  });
});

describe("a local circuit", () => {
  const spec = { name: "x", samples: 4, bits: 32, epsilon: "1", deltaBits: 40 };
  for (const change of [
    ...[{ samples: 0 }, { samples: 1.5 }, { samples: 2 ** 20 + 1 }, { bits: 0 }, { bits: 65 }],
    ...[
      { deltaBits: 0 },
      { deltaBits: 41 },
      { epsilon: "0" },
      { epsilon: "-1" },
      { epsilon: "16.1" },
      { epsilon: "1e0" },
    ],
  ]) {
    it(`is none with ${JSON.stringify(change)}`, () => {
      assert.throws(() => localCircuit({ ...spec, ...change }), withCode("local-circuit-impossible"));
    });
  }
});
