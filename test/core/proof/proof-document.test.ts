import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  proofDocument,
  type ProofDocument,
  publicSignalsOf,
  readProofDocument,
} from "../../../core/proof/proof-document.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { trials } from "../../support/depth.ts";
import { readVectors } from "../../support/vectors.ts";

const document = readVectors("proof-document") as ProofDocument;

function refusedField(json: unknown): string | undefined {
  try {
    readProofDocument(json);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof QuorateError, String(error));
    const data = error.data as { code: string; field: string };
    assert.equal(data.code, "proof-document-invalid");
    return data.field;
  }
}

/** Every way to change one leaf of a JSON value a little, with the path to it. */
function changes(value: unknown, path: readonly string[] = []): { path: string; changed: unknown }[] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, member]) =>
      changes(member, [...path, name]).map((change) => ({
        path: change.path,
        changed: Array.isArray(value)
          ? value.map((entry: unknown, i) => (String(i) === name ? change.changed : entry))
          : { ...value, [name]: change.changed },
      })),
    );
  }
  const text = String(value);
  const other = text.slice(0, -1) + (text.endsWith("1") ? "2" : "1");
  return [typeof value === "number" ? Number(other) : other, null].map((changed) => ({
    path: path.join("."),
    changed,
  }));
}

describe("a proof document", () => {
  it("says the same after a way through a file, whatever the order of its keys", () => {
    const shuffled = Object.fromEntries(Object.entries(document).toReversed());
    const read = readProofDocument(JSON.parse(JSON.stringify(shuffled)));
    assert.deepEqual(proofDocument(read), document);
    assert.deepEqual(publicSignalsOf(read).map(String), document.publicSignals);
  });

  it("keeps the transaction that proved it, and notes beside it are not looked at", () => {
    const transaction = `0x${"ab".repeat(32)}`;
    assert.equal(readProofDocument({ ...document, transaction, note: "mine" }).transaction, transaction);
    assert.equal(refusedField({ ...document, transaction: "0xab" }), "transaction");
  });

  it("is refused after a change of any value in it, but for the proof's points and the key's digest: these are to be verified", () => {
    const free = /^(proof\.|circuit\.verificationKeyDigest$)/;
    for (const { path, changed } of changes(document)) {
      const isPlausible = free.test(path) && !JSON.stringify(changed).includes("null");
      assert.equal(refusedField(changed) !== undefined, !isPlausible, path);
    }
  });

  it("names the field that is wrong", () => {
    const values = document.values.with(0, "1");
    for (const [field, change] of [
      ["format", { format: "quorate.evidence.v1" }],
      ["chainId", { chainId: 31337 }],
      ["hub", { hub: document.hub.toUpperCase() }],
      ["configDigest", { configDigest: `0x${"00".repeat(32)}` }],
      ["configuration", { configuration: "0x00" }],
      ["configuration", { configuration: `0x${"00".repeat(32_769)}` }],
      ["sequence", { sequence: (2n ** 64n).toString() }],
      ["observedAt", { observedAt: 9 }],
      ["observedAt", { observedAt: 2 ** 32 }],
      ["values", { values: document.values.slice(1) }],
      ["values", { values: document.values.with(0, (2n ** 95n).toString()) }],
      ["values", { mask: 0b1111 }],
      ["feeds", { values }],
      ["circuit.nMax", { circuit: { ...document.circuit, nMax: 3 } }],
      ["nMax", { circuit: { ...document.circuit, nMax: 256 } }],
      ["circuit", { circuit: { ...document.circuit, k: 5 } }],
      ["circuit", { circuit: undefined }],
      ["publicSignals", { circuit: { ...document.circuit, nMax: 7 } }],
      ["publicSignals", { publicSignals: document.publicSignals.toReversed() }],
      ["proof", { proof: null }],
      ["proof.b", { proof: { ...document.proof, b: document.proof.a } }],
      ["proof.c", { proof: { ...document.proof, c: [1, 2] } }],
      ["proof.a", { proof: { ...document.proof, a: ["-1", "2"] } }],
    ] as const)
      assert.equal(refusedField({ ...document, ...change }), field, JSON.stringify(change).slice(0, 80));
  });

  it("never fails in another way, whatever is in the file", () => {
    const keys = Object.keys(document) as (keyof ProofDocument)[];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (field, value) => {
        refusedField({ ...document, [field]: value });
      }),
      { numRuns: trials({ slice: 200, full: 5_000 }) },
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => refusedField(value) !== undefined));
  });
});
