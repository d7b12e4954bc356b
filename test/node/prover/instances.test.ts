import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import * as snarkjs from "snarkjs";
import { publicBinding, statementVector } from "../../../core/proof/public-binding.ts";
import { snarkjsProof } from "../../../node/prover/proof-format.ts";
import { startProver } from "../../../node/app/prover.ts";
import type { BuildProgress, BuildStage } from "../../../scripts/circuits/build-circuit.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { readInstances } from "../../../scripts/circuits/instances.ts";
import { createProgress, trials } from "../../support/depth.ts";
import { medianStatement } from "../../support/median-statement.ts";
import { silentLog } from "../../support/silent-log.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";

/** Instances that are built: the smallest, or those of 31 members and of 32 lanes as well, whose keys take minutes. */
const BUILT = trials({ slice: 1, full: Infinity });
const instances = (await readInstances()).filter(({ template }) => template === "MedianProof").slice(0, BUILT);

const STAGES: readonly BuildStage[] = ["compile", "setup", "export"];

after(stopSnarkjs);

/** Tells in percent of three stages how far a build is. */
function progressOf(name: string): (progress: BuildProgress) => void {
  const tell = createProgress(`building ${name}, percent`, 100 * STAGES.length);
  return ({ stage, fraction }) => tell(Math.floor(100 * (STAGES.indexOf(stage) + fraction)));
}

describe("an instance comes out as circuits/artifacts.json records, and its proof of a report verifies", () => {
  for (const { name } of instances) {
    it(name, async () => {
      // Rejects with circuit-artifacts-mismatch where a file has another digest.
      const circuit = await ensureCircuits({ instance: name, onProgress: progressOf(name) });
      const statement = medianStatement({ shape: circuit.shape });
      const prover = await startProver({ circuit: name, ...circuit }, { log: silentLog });
      try {
        const { proof, publicSignals } = await prover.prove(statement, { signal: new AbortController().signal });
        const { commitment, x, y } = publicBinding(statementVector(statement, circuit.shape));
        assert.deepEqual(publicSignals, [commitment, x, y]);
        const key = JSON.parse(await readFile(circuit.artifacts.verificationKey.path, "utf8")) as object;
        assert.ok(await snarkjs.groth16.verify(key, publicSignals.map(String), snarkjsProof(proof)));
        const others = [commitment, x, y + 1n].map(String);
        assert.ok(!(await snarkjs.groth16.verify(key, others, snarkjsProof(proof))));
        assert.equal(prover.verificationKeyDigest, circuit.record.verificationKeyDigest);
      } finally {
        await prover.stop();
      }
    });
  }
});
