import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serialize } from "node:v8";
import { HOST_CAPABILITIES } from "../../../../core/ports/sandbox.ts";
import { admitModule } from "../../../../node/sandbox/admission/admit.ts";
import { committedProgram, PROGRAM_NAMES } from "./programs/build.ts";

const run = promisify(execFile);
const TIERS = [[], ["--liftoff-only"], ["--no-liftoff"]];

describe("components on each tier of the engine", () => {
  it("give the same results and fuel", async () => {
    const script = fileURLToPath(new URL("./support/tier-digest.ts", import.meta.url));
    const folder = await mkdtemp(join(tmpdir(), "quorate-components-"));
    try {
      const admitted = PROGRAM_NAMES.map(async (name) => [
        name,
        (await admitModule(await committedProgram(name), { host: HOST_CAPABILITIES })).program,
      ]);
      const file = join(folder, "programs");
      await writeFile(file, serialize(Object.fromEntries(await Promise.all(admitted))));
      const digests = [];
      for (const flags of TIERS) digests.push((await run(process.execPath, [...flags, script, file])).stdout.trim());
      assert.match(digests[0] ?? "", /^[0-9a-f]{64}$/);
      assert.equal(new Set(digests).size, 1, digests.join(" "));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
