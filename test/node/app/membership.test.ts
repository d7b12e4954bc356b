import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Member } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { findMember } from "../../../node/app/membership.ts";
import { createProtocolFixture, createTestIdentity } from "../../support/protocol-fixture.ts";

const { configuration, identities } = await createProtocolFixture();

describe("a node's place in the committee", () => {
  it("is that of its keys, however they are spelled", () => {
    for (const [index, { member }] of identities.entries()) {
      assert.equal(findMember(configuration, member), index);
      const signer = member.signer.toLowerCase() as Hex;
      assert.equal(findMember(configuration, { ...member, signer }), index);
    }
  });

  it("is none for a stranger", async () => {
    assert.equal(findMember(configuration, (await createTestIdentity(99)).member), undefined);
  });

  it("is in doubt where some keys are listed beside others: signing would be in vain", async () => {
    const { member } = identities[2]!;
    const other = (await createTestIdentity(99)).member;
    for (const key of ["signer", "transmitter", "peerKey", "observer"] as const) {
      const mixed: Member = { ...member, [key]: other[key] };
      assert.throws(() => findMember(configuration, mixed), {
        data: { code: "member-key-mismatch", signer: mixed.signer, key },
      });
    }
  });
});
