import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { id } from "ethers";
import fc from "fast-check";
import { checkEvidence, type EvidenceFault, type EvidenceScope } from "../../../core/codec/evidence-check.ts";
import { decodeEvidence, encodeEvidence } from "../../../core/codec/evidence.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { createEvidenceFixture, type EvidenceFixture } from "../../support/evidence-fixture.ts";
import { anyEvidence } from "./evidence-arbitraries.ts";

let fixture: EvidenceFixture;
let all: readonly Equivocation[];

before(async () => {
  fixture = await createEvidenceFixture();
  all = [fixture.proposals(1), fixture.reports(2), fixture.observations(3)];
});

describe("evidence of equivocation", () => {
  it("holds for two statements that one member signed, in either order, for every kind", () => {
    for (const evidence of all) {
      assert.equal(check(evidence), undefined, evidence.kind);
      assert.equal(check(swapped(evidence)), undefined, evidence.kind);
    }
  });

  it("convicts nobody else", () => {
    for (const evidence of all) {
      for (const member of [0, 1, 2, 3].filter((other) => other !== evidence.member)) {
        assert.deepEqual(check({ ...evidence, member }), { code: "bad-signature", side: "first" });
      }
      assert.deepEqual(check({ ...evidence, member: 4 }), { code: "unknown-member", member: 4 });
    }
  });

  it("convicts nobody after any bit of it has flipped", () => {
    for (const evidence of all) {
      const bytes = encodeEvidence(evidence);
      for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
        const changed = bytes.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodeOr(changed);
        if (decoded === undefined || isUnsigned(evidence, bit >> 3)) continue;
        assert.notEqual(check(decoded), undefined, `${evidence.kind}, bit ${bit}`);
      }
    }
  });

  it("convicts nobody by signatures that were never made", () => {
    fc.assert(
      fc.property(anyEvidence({ lanes: fc.constant(2) }), fc.nat(3), (evidence, member) => {
        const sequence = sequenceOf({ configIndex: 1, epoch: 1, round: 1 });
        assert.notEqual(check(inSlot({ ...evidence, member }, sequence)), undefined);
      }),
      { numRuns: 60 },
    );
  });
});

describe("what is no equivocation", () => {
  it("the same statement twice", () => {
    for (const evidence of all) refuses({ ...evidence, second: evidence.first } as Equivocation, "same-statement");
  });

  it("one statement with other signature bytes", () => {
    const proposals = fixture.proposals(1);
    const resigned = { ...proposals.first, signature: proposals.second.signature };
    refuses({ ...proposals, second: resigned }, "same-statement");
  });

  it("observations that differ in what is not signed", () => {
    const { first, ...evidence } = fixture.observations(3);
    const observation = { ...first.observation, fuel: 1n, inputsDigest: id("other inputs") as Hex };
    refuses({ ...evidence, first, second: { ...first, observation } }, "same-statement");
  });

  it("statements of two slots", () => {
    const next = sequenceOf({ configIndex: 1, epoch: 1, round: 8 });
    const later = [fixture.proposals(1, next), fixture.reports(2, next), fixture.observations(3, next)];
    for (const [index, evidence] of all.entries()) {
      refuses({ ...evidence, second: later[index]!.first } as Equivocation, "different-slots");
      refuses({ ...evidence, sequence: next }, "different-slots");
    }
  });

  it("a sequence of another configuration's index", () => {
    const foreign = sequenceOf({ configIndex: 2, epoch: 1, round: 7 });
    refuses(fixture.proposals(1, foreign), "wrong-configuration");
    refuses(fixture.observations(1, foreign), "wrong-configuration");
  });

  it("reports of another configuration", () => {
    const evidence = fixture.reports(2);
    const configDigest = id("elsewhere") as Hex;
    const second = { ...evidence.second, report: { ...evidence.second.report, configDigest } };
    refuses({ ...evidence, second }, "wrong-configuration");
  });

  it("observations of other lanes", () => {
    const scope = { ...fixture.scope, configuration: { ...fixture.configuration, lanes: 3 } };
    refuses(fixture.observations(3), "wrong-configuration", scope);
  });

  it("what was signed for another chain, another hub or another configuration", () => {
    const { scope } = fixture;
    const places: readonly EvidenceScope[] = [
      { ...scope, domain: { ...scope.domain, chainId: 1n } },
      { ...scope, domain: { ...scope.domain, hub: `0x${"23".repeat(20)}` } },
    ];
    for (const evidence of all) {
      for (const place of places) refuses(evidence, "bad-signature", place);
    }
    const elsewhere = { ...scope, configDigest: id("elsewhere") as Hex };
    refuses(fixture.proposals(1), "bad-signature", elsewhere);
    refuses(fixture.observations(3), "bad-signature", elsewhere);
    refuses(fixture.reports(2), "wrong-configuration", elsewhere);
  });

  it("a true statement beside a forged one, whichever comes first", () => {
    const strangers = fixture.proposals(0);
    const { first, ...evidence } = fixture.proposals(1);
    const forged = { ...evidence, first, second: strangers.second };
    assert.deepEqual(check(forged), { code: "bad-signature", side: "second" });
    assert.deepEqual(check(swapped(forged)), { code: "bad-signature", side: "first" });
  });
});

function check(evidence: Equivocation): EvidenceFault | undefined {
  return checkEvidence(evidence, fixture.scope);
}

function refuses(evidence: Equivocation, code: EvidenceFault["code"], scope = fixture.scope): void {
  assert.equal(checkEvidence(evidence, scope)?.code, code, evidence.kind);
}

function swapped(evidence: Equivocation): Equivocation {
  return { ...evidence, first: evidence.second, second: evidence.first } as Equivocation;
}

function decodeOr(bytes: Uint8Array): Equivocation | undefined {
  try {
    return decodeEvidence(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a byte belongs to an observation's inputs digest or fuel, which nobody signs. */
function isUnsigned({ kind }: Equivocation, byte: number): boolean {
  if (kind !== "observation") return false;
  const lanes = 2;
  const [head, before, unsigned, after] = [12, 8 + 4 + 12 * lanes + 4, 32 + 8, 96];
  const offset = (byte - head) % (before + unsigned + after);
  return byte >= head && offset >= before && offset < before + unsigned;
}

function inSlot(evidence: Equivocation, sequence: bigint): Equivocation {
  const { configDigest } = fixture;
  switch (evidence.kind) {
    case "proposal": {
      const [first, second] = [evidence.first, evidence.second].map((side) => ({ ...side, sequence }));
      return { ...evidence, sequence, first: first!, second: second! };
    }
    case "report": {
      const [first, second] = [evidence.first, evidence.second].map((side) => ({
        ...{ ...side, report: { ...side.report, sequence, configDigest } },
      }));
      return { ...evidence, sequence, first: first!, second: second! };
    }
    case "observation": {
      const [first, second] = [evidence.first, evidence.second].map((side) => ({
        ...{ ...side, observation: { ...side.observation, sequence } },
      }));
      return { ...evidence, sequence, first: first!, second: second! };
    }
  }
}
