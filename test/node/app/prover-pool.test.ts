import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { createProverPool } from "../../../node/app/prover-pool.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture } from "../../support/protocol-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";

const { configuration } = await createProtocolFixture({ f: 1, lanes: 8 });
const artifacts = path.join(scratchFolder(), "none");

describe("the provers of a node", () => {
  it("are none where proving is disabled", async () => {
    const pool = createProverPool({ enabled: false, artifacts }, { log: silentLog });
    assert.equal(await pool.proverFor(configuration), undefined);
  });

  it("are none for a committee whose shape no circuit has", async () => {
    const pool = createProverPool({ enabled: true, artifacts }, { log: silentLog });
    const { configuration: other } = await createProtocolFixture({ f: 1, lanes: 3 });
    assert.equal(await pool.proverFor(other), undefined);
    const { configuration: larger } = await createProtocolFixture({ f: 2, lanes: 8 });
    assert.equal(await pool.proverFor(larger), undefined);
  });

  it("say what to do where the circuit's files are missing, each time they are asked for", async () => {
    const pool = createProverPool({ enabled: true, artifacts }, { log: silentLog });
    for (let i = 0; i < 2; i++) await assert.rejects(pool.proverFor(configuration), withCode("artifacts-missing"));
    await pool.stop();
  });
});
