import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { ceremonyVerifier } from "../../../scripts/deploy/ceremony-verifier.ts";
import { readDescription } from "../../../scripts/deploy/description.ts";
import { describedDeployment, writeDescription } from "../../support/described-deployment.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const SOURCE = "contract CeremonyVerifierTest {}";
const some = `0x${"12".repeat(32)}`;

describe("ceremonyVerifier", () => {
  const scratch = scratchFolder();
  const contracts = path.join(scratch, "contracts");
  const installed = path.join(contracts, "CeremonyVerifierTest.sol");
  const record = path.join(scratch, "record.json");
  const shape = { nMax: 4, k: 3, lanes: 8 };
  mkdirSync(contracts);
  const verifier = `0x${createHash("sha256").update(SOURCE).digest("hex")}`;
  writeFileSync(
    record,
    JSON.stringify({
      ...{ format: "quorate.ceremony-record/1", circuit: "median-n4-k3-v8", shape, contract: "CeremonyVerifierTest" },
      ...{ verificationKeyDigest: some, transcript: some },
      sha256: { r1cs: some, wasm: some, zkey: some, verificationKey: some, verifier },
    }),
  );

  it("is what the record says, where its source lies among the contracts", async () => {
    writeFileSync(installed, SOURCE);
    assert.deepEqual(await ceremonyVerifier(record, contracts), {
      ...{ groth16: "CeremonyVerifierTest", shape, verificationKeyDigest: some, setup: "ceremony" },
    });
  });

  it("is refused where that source is another, or missing", async () => {
    writeFileSync(installed, `${SOURCE}\n`);
    await assert.rejects(ceremonyVerifier(record, contracts), withCode("verifier-not-installed"));
    rmSync(installed);
    await assert.rejects(ceremonyVerifier(record, contracts), withCode("verifier-not-installed"));
  });

  it("is found from a description, relative to it", async () => {
    const { written } = describedDeployment();
    written.verifier = { setup: "ceremony", record: "record.json" };
    // The project's contracts have no such verifier, and the message says where it belongs.
    await assert.rejects(readDescription(writeDescription(scratch, written)), withCode("verifier-not-installed"));
  });
});
