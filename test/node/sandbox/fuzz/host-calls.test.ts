import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOST_CAPABILITIES, type GuestResult } from "../../../../core/ports/sandbox.ts";
import { createProgress, trials } from "../../../support/depth.ts";
import { compileAdmitted, failureOf, ORDINARY_RUN } from "../support/run-phase.ts";
import { randomProgram } from "./random-program.ts";

const PROGRAMS = trials({ slice: 300, full: 40_000 });
const folders = [
  {
    path: "/data",
    files: ["a.txt", "folder/b.txt"].map((path) => ({
      path,
      bytes: new Uint8Array(Buffer.from(`contents of ${path}`)),
    })),
  },
];
const run = {
  ...ORDINARY_RUN,
  fuel: 300_000n,
  input: new Uint8Array(Buffer.from("an envelope")),
  storage: [["price.key", new Uint8Array(8)] as const],
};

describe("host functions called at random", () => {
  it(`never fail the host, and do the same again: ${PROGRAMS} programs`, (context) => {
    const ends = new Map<string, number>();
    const progress = createProgress("programs of random calls", PROGRAMS);
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const program = compileAdmitted(randomProgram(seed), { host: HOST_CAPABILITIES }, { folders });
      const results = [1, 2].map(() => program.instantiate().run(run).result);
      const [first, second] = results as [GuestResult, GuestResult];
      assert.deepEqual(first, second, `seed ${seed}`);
      const end = first.kind === "output" ? "output" : failureOf(first);
      assert.notEqual(end, "host-fault", `seed ${seed}`);
      assert.ok(first.fuel <= run.fuel);
      ends.set(end, (ends.get(end) ?? 0) + 1);
      progress(seed);
    }
    context.diagnostic([...ends].map(([end, times]) => `${end} ${times}`).join(", "));
    assert.ok((ends.get("output") ?? 0) > PROGRAMS / 20, "many come to their end");
  });
});
