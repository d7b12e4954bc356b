import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { verifyTypedData, type TypedDataDomain, type TypedDataField } from "ethers";
import fc from "fast-check";
import {
  evidenceDocument,
  type EvidenceDocument,
  type ExportedEvidence,
  readEvidenceDocument,
} from "../../../core/codec/evidence-document.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import { withCode } from "../../support/error-code.ts";
import { createEvidenceFixture, type EvidenceFixture } from "../../support/evidence-fixture.ts";

/** As `eth_signTypedData_v4` takes it. */
interface TypedData {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly message: Record<string, unknown>;
}

let fixture: EvidenceFixture;
let all: readonly ExportedEvidence[];
let documents: readonly EvidenceDocument[];

before(async () => {
  fixture = await createEvidenceFixture();
  const { configuration, domain } = fixture;
  const kinds: readonly Equivocation[] = [fixture.proposals(1), fixture.reports(2), fixture.observations(3)];
  all = kinds.map((evidence) => ({ evidence, configuration, domain }));
  documents = all.map(evidenceDocument);
});

/** Through a file and back. */
function copyOf(document: EvidenceDocument): Record<string, unknown> {
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

describe("an evidence document", () => {
  it("says everything that its evidence says, after a way through a file, whatever the order of its keys", () => {
    for (const [index, document] of documents.entries()) {
      const copy = copyOf(document);
      const { evidence, domain, configuration } = readEvidenceDocument(copy);
      assert.deepEqual({ evidence, domain }, { evidence: all[index]!.evidence, domain: all[index]!.domain });
      assert.equal(configuration.members.length, 4);
      const reversed = Object.fromEntries(Object.entries(copy).reverse());
      assert.deepEqual(readEvidenceDocument(reversed).evidence, evidence);
    }
  });

  it("lets any EIP-712 library verify proposals and reports", () => {
    for (const document of documents.slice(0, 2)) {
      for (const side of [document.first, document.second]) {
        if (!("typedData" in side)) throw new TypeError("a typed statement was expected");
        const { domain, types, message } = side.typedData as TypedData;
        const statement = Object.fromEntries(Object.entries(types).filter(([name]) => name !== "EIP712Domain"));
        assert.equal(verifyTypedData(domain, statement, message, side.signature).toLowerCase(), document.signer);
      }
    }
  });

  it("is refused where a field says something else than the evidence", () => {
    for (const document of documents) {
      const fields = Object.keys(document);
      for (const field of fields) {
        const copy = { ...copyOf(document), [field]: undefined };
        assert.throws(() => readEvidenceDocument(copy), refusal(), field);
        assert.throws(() => readEvidenceDocument({ ...copy, [field]: "0x00" }), refusal(), field);
      }
    }
  });

  it("is refused after any change of any value in it", () => {
    const leaf = fc.constantFrom(
      ...documents.flatMap((document, index) => leavesOf(document).map((at) => ({ index, at }))),
    );
    fc.assert(
      fc.property(leaf, ({ index, at }) => {
        const copy = copyOf(documents[index]!);
        change(copy, at);
        assert.throws(() => readEvidenceDocument(copy), refusal(), at.join("."));
      }),
      { numRuns: 120 },
    );
  });

  it("is refused where something was added to a statement; notes beside it are not looked at", () => {
    for (const document of documents) {
      const copy = copyOf(document);
      const first = { ...(copy.first as object), remark: "signed under duress" };
      assert.throws(() => readEvidenceDocument({ ...copy, first }), refusal());
      assert.equal(readEvidenceDocument({ ...copy, transaction: { data: "0x" } }).evidence.kind, document.kind);
    }
  });

  it("never fails in another way, whatever is in the file", () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((value) => ({ ...copyOf(documents[0]!), first: value })),
    );
    fc.assert(
      fc.property(json, (value) => {
        assert.throws(() => readEvidenceDocument(value), refusal());
      }),
    );
  });

  it("cannot be made for a member that the committee does not have", () => {
    const { configuration, domain } = fixture;
    const evidence = fixture.proposals(1);
    const make = () => evidenceDocument({ evidence: { ...evidence, member: 4 }, configuration, domain });
    assert.throws(make, withCode("evidence-unknown-member"));
  });
});

/** Evidence bytes may come to name a member beyond the committee. */
function refusal(): (error: unknown) => boolean {
  const codes = ["evidence-document-invalid", "evidence-unknown-member"].map(withCode);
  return (error) => codes.some((matches) => matches(error));
}

function leavesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** Another value of the same form: a digit more, or the last digit changed. */
function change(target: Record<string, unknown>, path: readonly string[]): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length > 0) {
    change(target[key] as Record<string, unknown>, rest);
    return;
  }
  const value = target[key];
  target[key] = typeof value === "number" ? value + 1 : changedText(String(value));
}

function changedText(text: string): string {
  return `${text.slice(0, -1)}${text.endsWith("1") ? "2" : "1"}`;
}
