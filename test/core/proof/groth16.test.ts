import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import * as snarkjs from "snarkjs";
import { type Groth16Key, openGroth16Key } from "../../../core/proof/groth16.ts";
import type { VerificationKey } from "../../../core/proof/verification-key.ts";
import { snarkjsProof } from "../../../node/prover/proof-format.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { trials } from "../../support/depth.ts";
import { withCode } from "../../support/error-code.ts";
import { groth16Cases, numbersOf, ofNumbers, type PublicSignals } from "../../support/groth16-cases.ts";
import { proofVector } from "../../support/proof-vector.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";

const vector = proofVector();
let json: VerificationKey;
let key: Groth16Key;

before(async () => {
  const { artifacts } = await ensureCircuits({ instance: vector.instance });
  json = JSON.parse(await readFile(artifacts.verificationKey.path, "utf8")) as VerificationKey;
  key = openGroth16Key(json);
});
after(stopSnarkjs);

function snarkjsTakes({ proof, signals }: { proof: typeof vector.proof; signals: PublicSignals }): Promise<boolean> {
  return snarkjs.groth16.verify(json, signals.map(String), snarkjsProof(proof));
}

describe("Groth16 check", () => {
  it("names its key as the chain does", () => assert.equal(key.digest, vector.verificationKeyDigest));

  it("judges every kind of proof as it must, and as snarkjs does where that is strict", async () => {
    for (const item of groth16Cases(json, vector.proof, vector.publicSignals)) {
      assert.equal(key.check(item.proof, item.signals)?.code, item.fault, item.name);
      const expected = item.fault === undefined || item.snarkjsTakesIt === true;
      assert.equal(await snarkjsTakes(item), expected, `snarkjs: ${item.name}`);
    }
  });

  it("refuses a proof of which any bit of any number is another, as snarkjs does", async () => {
    const numbers = numbersOf(vector.proof, vector.publicSignals);
    const flips = fc.record({ at: fc.nat(numbers.length - 1), bit: fc.bigInt(0n, 253n) });
    await fc.assert(
      fc.asyncProperty(flips, async ({ at, bit }) => {
        const changed = ofNumbers(numbers.with(at, (numbers[at] ?? 0n) ^ (1n << bit)));
        assert.notEqual(key.check(changed.proof, changed.signals), undefined);
        assert.equal(await snarkjsTakes(changed), false);
      }),
      { numRuns: trials({ slice: 20, full: 2_000 }) },
    );
  });

  it("wants as many public signals as the circuit has, none of them negative", () => {
    const [C, x, y] = vector.publicSignals;
    assert.deepEqual(key.check(vector.proof, [C, x]), { code: "public-signal-count", signals: 2, expected: 3 });
    assert.equal(key.check(vector.proof, [C, x, y, 0n])?.code, "public-signal-count");
    assert.deepEqual(key.check(vector.proof, [-C, x, y]), { code: "public-signal-out-of-range", position: 0 });
    const { a } = vector.proof;
    assert.equal(key.check({ ...vector.proof, a: [-a[0], a[1]] }, [C, x, y])?.code, "coordinate-out-of-range");
  });
});

describe("verification key", () => {
  const refused = (change: object, field: string) => {
    assert.throws(
      () => openGroth16Key({ ...json, ...change }),
      (error) =>
        withCode("verification-key-invalid")(error) && (error as { data: { field: string } }).data.field === field,
      field,
    );
  };

  it("is refused unless all that it says is bound by its digest", () => {
    const [x, y] = json.vk_alpha_1 as [string, string];
    const [realX, realY] = json.vk_beta_2 as [string[], string[]];
    refused({ protocol: "plonk" }, "protocol");
    refused({ curve: "bls12381" }, "curve");
    // Another projective point, and the same words in the digest.
    refused({ vk_alpha_1: [x, y, "2"] }, "vk_alpha_1");
    refused({ vk_beta_2: [realX, realY, ["2", "0"]] }, "vk_beta_2");
    refused({ vk_alpha_1: [`0x${BigInt(x).toString(16)}`, y, "1"] }, "vk_alpha_1");
    refused({ vk_alpha_1: [`0${x}`, y, "1"] }, "vk_alpha_1");
    refused({ vk_alpha_1: [y, x, "1"] }, "vk_alpha_1");
    refused({ vk_alpha_1: ["0", "0", "1"] }, "vk_alpha_1");
    refused({ vk_gamma_2: [realX, realX, ["1", "0"]] }, "vk_gamma_2");
    refused({ vk_delta_2: null }, "vk_delta_2");
    refused({ IC: json.IC.slice(1) }, "IC");
    refused({ nPublic: 2 }, "IC");
    refused({ nPublic: 0, IC: json.IC.slice(0, 1) }, "nPublic");
    refused({ IC: json.IC.with(2, ["1", "3", "1"]) }, "IC.2");
    assert.throws(() => openGroth16Key(null), withCode("verification-key-invalid"));
    assert.throws(() => openGroth16Key([json]), withCode("verification-key-invalid"));
  });

  it("has another digest where any of its points is another", () => {
    const other = openGroth16Key({ ...json, IC: json.IC.with(1, json.IC[2]!) });
    assert.notEqual(other.digest, key.digest);
    assert.equal(other.check(vector.proof, vector.publicSignals)?.code, "pairing-equation");
  });
});
