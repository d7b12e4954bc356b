import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import * as snarkjs from "snarkjs";
import type { MedianProof } from "../../../core/ports/prover.ts";
import { publicBinding, statementVector } from "../../../core/proof/public-binding.ts";
import { startProver } from "../../../node/app/prover.ts";
import { snarkjsProof } from "../../../node/prover/proof-format.ts";
import { ProcessEnded, startProverProcess } from "../../../node/prover/prover-process.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import type { BuiltCircuit } from "../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../support/error-code.ts";
import { medianStatement, SHAPE } from "../../support/median-statement.ts";
import { proofVector } from "../../support/proof-vector.ts";
import { ownTemporaryFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";

const NEVER = { signal: new AbortController().signal };

let circuit: BuiltCircuit;
let verificationKey: object;
before(async () => {
  circuit = await ensureCircuits({ instance: "median-n4-k3-v8" });
  verificationKey = JSON.parse(await readFile(circuit.artifacts.verificationKey.path, "utf8")) as object;
});
after(stopSnarkjs);

function verifies({ proof, publicSignals }: Pick<MedianProof, "proof" | "publicSignals">): Promise<boolean> {
  return snarkjs.groth16.verify(verificationKey, publicSignals.map(String), snarkjsProof(proof));
}

describe("prover", () => {
  const temporary = ownTemporaryFolder();

  it("proves a statement, for that statement alone", async () => {
    const prover = await startProver({ circuit: "median", ...circuit }, { log: silentLog });
    try {
      assert.equal(prover.verificationKeyDigest, circuit.record.verificationKeyDigest);
      const statement = medianStatement({ masks: [0xff, 0xfd, 0xff] });
      const proof = await prover.prove(statement, NEVER);
      const { commitment, x, y } = publicBinding(statementVector(statement, SHAPE));
      assert.deepEqual(proof.publicSignals, [commitment, x, y]);
      assert.ok(await verifies(proof));

      const other = publicBinding(statementVector(medianStatement(), SHAPE));
      assert.ok(!(await verifies({ ...proof, publicSignals: [other.commitment, other.x, other.y] })));
      // The same C under the x and y of a contract whose own w differs in one element.
      assert.ok(!(await verifies({ ...proof, publicSignals: [commitment, other.x, other.y] })));
      await assert.rejects(prover.prove({ ...statement, window: 1 }, NEVER), withCode("timestamp-outside-window"));
    } finally {
      await prover.stop();
    }
    await assert.rejects(prover.prove(medianStatement(), NEVER), withCode("prover-stopped"));
  });

  it("verifies the shared vector", async () => {
    const vector = proofVector();
    assert.equal(vector.verificationKeyDigest, circuit.record.verificationKeyDigest);
    assert.ok(await verifies(vector));
  });

  it("refuses an altered proving key, before it uses it", async () => {
    const folder = await mkdtemp(path.join(temporary, "altered-"));
    try {
      const altered = path.join(folder, "circuit.zkey");
      await copyFile(circuit.artifacts.zkey.path, altered);
      const content = await readFile(altered);
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      await writeFile(altered, content);
      const artifacts = { ...circuit.artifacts, zkey: { ...circuit.artifacts.zkey, path: altered } };
      await assert.rejects(
        startProver({ circuit: "median", ...circuit, artifacts }, { log: silentLog }),
        withCode("artifact-mismatch"),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says so where the system gives it no process, and leaves nothing behind", async () => {
    const { execPath } = process;
    const before = await readdir(temporary);
    process.execPath = path.join(temporary, "no such program");
    try {
      const options = { circuit: "median", ...circuit, rapidsnark: "rapidsnark" };
      await assert.rejects(startProverProcess(options, { ...NEVER, log: silentLog }), ProcessEnded);
      await assert.rejects(startProver(options, { log: silentLog }), withCode("prover-crashed"));
    } finally {
      process.execPath = execPath;
    }
    assert.deepEqual(await readdir(temporary), before);
  });

  it("gives up the start of a process", async () => {
    const signal = AbortSignal.timeout(1);
    await assert.rejects(startProverProcess(circuit, { log: silentLog, signal }), ProcessEnded);
    await assert.rejects(startProverProcess(circuit, { log: silentLog, signal: AbortSignal.abort() }), ProcessEnded);
  });

  it("notices that its process was killed in the middle of a proof", async () => {
    const child = await startProverProcess(circuit, { ...NEVER, log: silentLog });
    const proof = child.prove(medianStatement(), () => undefined);
    const killed = child.kill();
    await assert.rejects(proof, ProcessEnded);
    await killed;
    assert.equal(child.alive, false);
    await assert.rejects(
      child.prove(medianStatement(), () => undefined),
      ProcessEnded,
    );
  });
});
