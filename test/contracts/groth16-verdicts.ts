import { readFileSync } from "node:fs";
import { expect } from "chai";
import { network } from "hardhat";
import { type Groth16Key, openGroth16Key } from "../../core/proof/groth16.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import { ensureCircuits } from "../../scripts/circuits/ensure-circuits.ts";
import type { Groth16VerifierMedianN4K3V8 } from "../../types/ethers-contracts/index.ts";
import { groth16Cases, numbersOf, ofNumbers, type PublicSignals } from "../support/groth16-cases.ts";
import { proofVector } from "../support/proof-vector.ts";
import { createRandom } from "../support/random.ts";

const BIT_FLIPS = 40;
const WORD_BITS = 256;

/** What a browser is told of a proof must be what the chain says of it. */
describe("the Groth16 check beside the generated Solidity verifier", () => {
  const vector = proofVector();
  let json: VerificationKey;
  let key: Groth16Key;
  let verifier: Groth16VerifierMedianN4K3V8;

  before(async () => {
    const { artifacts } = await ensureCircuits({ instance: vector.instance });
    json = JSON.parse(readFileSync(artifacts.verificationKey.path, "utf8")) as VerificationKey;
    key = openGroth16Key(json);
    const { ethers } = await network.create();
    verifier = await ethers.deployContract("Groth16VerifierMedianN4K3V8");
  });

  const chainTakes = ({ proof: { a, b, c }, signals }: { proof: typeof vector.proof; signals: PublicSignals }) =>
    verifier.verifyProof([...a], [[...b[0]], [...b[1]]], [...c], [...signals]);

  it("agrees in every kind of case", async () => {
    for (const item of groth16Cases(json, vector.proof, vector.publicSignals)) {
      expect(key.check(item.proof, item.signals)?.code, item.name).to.equal(item.fault);
      expect(await chainTakes(item), `the chain: ${item.name}`).to.equal(item.fault === undefined);
    }
  });

  it("agrees where a bit of any number is another", async () => {
    const numbers = numbersOf(vector.proof, vector.publicSignals);
    const random = createRandom(11);
    for (let trial = 0; trial < BIT_FLIPS; trial++) {
      const [at, bit] = [random.integer(numbers.length), random.integer(WORD_BITS)];
      const changed = ofNumbers(numbers.with(at, (numbers[at] ?? 0n) ^ (1n << BigInt(bit))));
      const taken = key.check(changed.proof, changed.signals) === undefined;
      expect(taken).to.equal(false);
      expect(await chainTakes(changed), `bit ${bit} of number ${at}`).to.equal(false);
    }
  });
});
