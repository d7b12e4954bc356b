import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { ModuleTerms } from "../../../core/ports/sandbox.ts";
import { moduleDigest } from "../../../node/sandbox/admission/module-digest.ts";
import { ModuleTable, type AdmitRequest } from "../../../node/sandbox/module-table.ts";
import type { Outcome } from "../../../node/sandbox/process/request-queue.ts";
import { DEFAULT_TERMS, MAX_LIMITS } from "../../../node/sandbox/terms.ts";
import { withCode } from "../../support/error-code.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const DIGEST = moduleDigest(BYTES);
const named = (name: string): ModuleTerms => ({ ...DEFAULT_TERMS, name });
const admitted = { kind: "admitted" } as const;

describe("the admitted modules", () => {
  let asked: { readonly request: AdmitRequest; readonly answer: (answer: Outcome["answer"]) => void }[];
  let table: ModuleTable;
  /** Lets promises settle that wait for each other. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  beforeEach(() => {
    asked = [];
    table = new ModuleTable(
      { maxLimits: MAX_LIMITS },
      {
        request: (request) =>
          new Promise((resolve) => {
            const answer = (given: Outcome["answer"]) => resolve({ answer: given, stages: [] });
            asked.push({ request: request as AdmitRequest, answer });
          }),
      },
    );
  });

  it("are named, asked for and kept as the caller's buffer and terms were when it called", async () => {
    const [bytes, terms] = [Uint8Array.from(BYTES), structuredClone(named("a")) as { name: string } & ModuleTerms];
    const admission = table.admit(bytes, terms);
    bytes.fill(9);
    terms.name = "b";
    assert.deepEqual([...(asked[0]?.request.bytes ?? [])], [1, 2, 3]);
    asked[0]?.answer(admitted);
    assert.equal(await admission, DIGEST);
    assert.deepEqual(
      table.admissions.map(({ digest, bytes: kept, terms: { name }, again }) => ({ digest, kept, name, again })),
      [{ digest: DIGEST, kept: BYTES, name: "a", again: true }],
    );
  });

  it("have their names from the moment when they are asked for", async () => {
    assert.equal(table.name(DIGEST), "unknown");
    const admission = table.admit(BYTES, named("a"));
    assert.deepEqual([table.name(DIGEST), table.terms(DIGEST)], ["a", undefined]);
    asked[0]?.answer(admitted);
    await admission;
    assert.equal(table.name(DIGEST), "a");
  });

  it("are asked for once, whoever asks meanwhile; under other terms nobody is told that they run", async () => {
    const admissions = ["a", "b", "a", "b"].map((name) => table.admit(BYTES, named(name)));
    await settle();
    assert.equal(asked.length, 1);
    asked[0]?.answer(admitted);
    const ends = await Promise.allSettled(admissions);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected"],
    );
    assert.equal(asked.length, 1);
    await assert.rejects(admissions[1] ?? Promise.resolve(), withCode("module-terms-conflict"));
  });

  it("go to the next who asks, one at a time, if the first is refused: it may be for its terms", async () => {
    const admissions = ["a", "b", "b", "c"].map((name) => table.admit(BYTES, named(name)));
    const ends = Promise.allSettled(admissions);
    asked[0]?.answer({ kind: "refused", data: { code: "module-refused", rule: "size" }, message: "too large" });
    await settle();
    assert.deepEqual(
      asked.map(({ request }) => request.terms.name),
      ["a", "b"],
    );
    asked[1]?.answer(admitted);
    assert.deepEqual(
      (await ends).map((end) => (end.status === "fulfilled" ? end.value : (end.reason as { code: string }).code)),
      ["module-refused", DIGEST, DIGEST, "module-terms-conflict"],
    );
  });

  it("tell a fault of this machine from a refusal: it is worth another try", async () => {
    const admission = table.admit(BYTES, named("a"));
    asked[0]?.answer({ kind: "faulted", reason: "RangeError: Out of memory" });
    await assert.rejects(admission, (error: Error & { code: string }) => {
      assert.equal(error.code, "admission-fault");
      assert.match(error.message, /RangeError: Out of memory.*try again/);
      return true;
    });
    const again = table.admit(BYTES, named("a"));
    asked[1]?.answer(admitted);
    assert.equal(await again, DIGEST);
  });
});
