import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { ensureInstance } from "../../../scripts/circuits/ensure-circuits.ts";
import { findInstance, mainSource, readInstances, usualInstances } from "../../../scripts/circuits/instances.ts";
import { TEMPLATES } from "../../../scripts/circuits/paths.ts";
import { isVerifierCurrent } from "../../../scripts/circuits/verifier-contract.ts";
import { trials } from "../../support/depth.ts";
import { withCode } from "../../support/error-code.ts";

/** Building the large ones takes a minute. */
const REBUILT = trials({ slice: await usualInstances(), full: await readInstances() });

describe("circuits", () => {
  it("come out as recorded, and the committed verifier contract is theirs", async () => {
    for (const { name } of REBUILT) {
      const circuit = await ensureInstance({ instance: name });
      assert.ok(await isVerifierCurrent(circuit), `${name}: run node scripts/circuits/main.ts build --update`);
    }
  });

  it("are named in circuits/instances.json", async () => {
    await assert.rejects(findInstance("median-n5-k3-v8"), withCode("circuit-unknown"));
  });

  it("have their main component generated, with the public inputs in the contract's order", async () => {
    assert.match(
      mainSource(await findInstance("median-n4-k3-v8")),
      /component main \{public \[C, x, y\]\} = MedianProof\(4, 3, 8\);/,
    );
    for (const file of await readdir(TEMPLATES)) {
      const source = await readFile(path.join(TEMPLATES, file), "utf8");
      assert.match(source, /^\/\/ SPDX-License-Identifier: GPL-3\.0-or-later\n/);
      assert.doesNotMatch(source, /component main/);
      assert.deepEqual(source.match(/^template (\w+)/gm), [`template ${path.basename(file, ".circom")}`]);
    }
  });
});
