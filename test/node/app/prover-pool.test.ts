import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import type { CeremonyRecord } from "../../../node/app/ceremony-record.ts";
import type { QuorateError } from "../../../core/errors/quorate-error.ts";
import { createProverPool } from "../../../node/app/prover-pool.ts";
import { type BuiltCircuit, ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture } from "../../support/protocol-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const { configuration } = await createProtocolFixture({ f: 1, lanes: 8 });
const deps = { log: silentLog, meter: createRecordingMeter() };
const artifacts = path.join(scratchFolder(), "none");

describe("the provers of a node", () => {
  it("are none where proving is disabled", async () => {
    const pool = createProverPool({ enabled: false, artifacts }, deps);
    assert.equal(await pool.proverFor(configuration), undefined);
  });

  it("are none for a committee whose shape no circuit has", async () => {
    const pool = createProverPool({ enabled: true, artifacts }, deps);
    const { configuration: other } = await createProtocolFixture({ f: 1, lanes: 3 });
    assert.equal(await pool.proverFor(other), undefined);
    const { configuration: larger } = await createProtocolFixture({ f: 3, lanes: 8 });
    assert.equal(await pool.proverFor(larger), undefined);
  });

  it("say what to do where the circuit's files are missing, each time they are asked for", async () => {
    const pool = createProverPool({ enabled: true, artifacts }, deps);
    for (let i = 0; i < 2; i++) await assert.rejects(pool.proverFor(configuration), withCode("artifacts-missing"));
    await pool.stop();
  });
});

describe("a ceremony's export as a node's artifacts", () => {
  const scratch = scratchFolder();
  const NAME = "median-n4-k3-v8";
  let built: BuiltCircuit;
  let digests: CeremonyRecord["sha256"];
  before(async () => {
    built = await ensureCircuits({ instance: NAME });
    const { r1cs, wasm, zkey, verificationKey } = built.record.sha256;
    digests = { r1cs, wasm, zkey, verificationKey };
  });

  /** Files that stand for an export. Its verification key is laid out otherwise, so that only its record gives the right digest. */
  function exported(name: string, change: Partial<CeremonyRecord> = {}): string {
    const folder = path.join(scratch, name, NAME);
    cpSync(path.dirname(built.artifacts.zkey.path), folder, { recursive: true });
    const keyFile = path.join(folder, "verification-key.json");
    const text = JSON.stringify(JSON.parse(readFileSync(keyFile, "utf8")));
    writeFileSync(keyFile, text);
    const verificationKey = `0x${createHash("sha256").update(text).digest("hex")}` as const;
    const record: CeremonyRecord = {
      ...{ format: "quorate.ceremony-record/1", circuit: NAME, verifier: null },
      verificationKeyDigest: built.record.verificationKeyDigest,
      sha256: { ...digests, verificationKey },
      ...{ transcript: `0x${"00".repeat(32)}`, ...change },
    };
    writeFileSync(path.join(folder, "record.json"), JSON.stringify(record));
    return path.join(scratch, name);
  }
  const poolOf = (artifacts: string) => createProverPool({ enabled: true, artifacts }, deps);

  it("is taken with the digests of its record", async () => {
    const pool = poolOf(exported("good"));
    const prover = await pool.proverFor(configuration);
    assert.equal(prover?.verificationKeyDigest, built.record.verificationKeyDigest);
    await pool.stop();
  });

  it("is refused where its record names another circuit or another witness program than this release's", async () => {
    const sha256 = digests;
    const other = `0x${"12".repeat(32)}` as const;
    for (const [name, change] of [
      ["name", { circuit: "median-n7-k5-v8" }],
      ["r1cs", { sha256: { ...sha256, r1cs: other } }],
      ["wasm", { sha256: { ...sha256, wasm: other } }],
    ] as const)
      await assert.rejects(
        poolOf(exported(name, change)).proverFor(configuration),
        withCode("artifacts-of-another-circuit"),
      );
  });

  it("is refused where a file of it is missing, by that file's name", async () => {
    for (const [i, name] of ["circuit.wasm", "circuit.zkey", "verification-key.json"].entries()) {
      const directory = exported(`incomplete-${i}`);
      rmSync(path.join(directory, NAME, name));
      await assert.rejects(poolOf(directory).proverFor(configuration), (error: QuorateError) => {
        assert.equal(error.code, "artifacts-missing");
        assert.ok(error.message.includes(path.join(NAME, name)), error.message);
        return true;
      });
    }
  });

  it("is refused where a file or the record was altered", async () => {
    const altered = exported("altered");
    writeFileSync(path.join(altered, NAME, "circuit.zkey"), "other");
    await assert.rejects(poolOf(altered).proverFor(configuration), withCode("artifact-mismatch"));
    const damaged = exported("damaged");
    writeFileSync(path.join(damaged, NAME, "record.json"), "{}");
    await assert.rejects(poolOf(damaged).proverFor(configuration), withCode("config-invalid"));
  });
});
