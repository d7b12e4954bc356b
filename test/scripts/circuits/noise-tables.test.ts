import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exponentialBounds, isAtMost } from "../../../core/aggregate/exponential.ts";
import { epsilonOf, localCircuit } from "../../../core/aggregate/local-circuit.ts";
import { privacyOf } from "../../../core/aggregate/privacy.ts";
import { type InstanceOf, mainSource, readInstances } from "../../../scripts/circuits/instances.ts";

const instances = (await readInstances()).filter(
  (instance): instance is InstanceOf<"LocalAggregate"> => instance.template === "LocalAggregate",
);

describe("the circuits of local aggregates", () => {
  for (const instance of instances) {
    const { name, samples, bits, deltaBits, epsilon } = instance;

    it(`${name} hides one sample within its ε and δ, by count`, () => {
      const { ratio, delta } = privacyOf(localCircuit(instance).noise, bits, epsilonOf(instance));
      assert.ok(isAtMost(ratio, exponentialBounds(epsilonOf(instance)).lower));
      assert.ok(isAtMost(delta, { numerator: 1n, denominator: 1n << BigInt(deltaBits) }));
      // As docs/local-aggregate.md says of ε = 1 with 32 bits.
      assert.deepEqual([epsilon, bits, deltaBits], ["1", 32, 40]);
      assert.equal((delta.numerator * 10n ** 15n) / delta.denominator, 871n);
    });

    it(`${name} is built with the table that follows from them`, () => {
      const { noise } = localCircuit(instance);
      const call = `LocalAggregate(${samples}, ${bits}, ${noise.length - 2}, [${noise.join(", ")}]);`;
      assert.ok(mainSource(instance).includes(`{public [context, commitment, value]} = ${call}`));
    });
  }
});
