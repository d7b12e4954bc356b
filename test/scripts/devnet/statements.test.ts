import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { id } from "ethers";
import { observationsHash } from "../../../core/codec/observation.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { ProtocolCommit } from "../../../core/ports/protocol-store.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { MemberSignature } from "../../../core/types/final.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { findDoubleSignatures } from "../../../scripts/devnet/audit/double-signatures.ts";
import { findForks, readFinalDigests } from "../../../scripts/devnet/audit/final-digests.ts";
import { readStatements, type SignedStatement, statementsOnChain } from "../../../scripts/devnet/audit/statements.ts";
import { bindings, finalOf, observationOf, reportOf, SIGNATURE } from "./support/signed-messages.ts";

const COMMITTEE = { digest: id("configuration") as Hex, n: 4, f: 1, lanes: 2 };
const SHAPE = { configDigest: COMMITTEE.digest, lanes: COMMITTEE.lanes };
const SLOT = sequenceOf({ configIndex: 1, epoch: 1, round: 1 });
const LEADER = leaderOf(1, { n: 4, configDigest: COMMITTEE.digest });

let folder: string;
let databases = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-statements-"));
});
after(() => rm(folder, { recursive: true }));

/** What the database of one node tells. */
function told(member: number | undefined, commit: Partial<ProtocolCommit>): SignedStatement[] {
  return readStatements({ source: `node ${member}`, file: storeWith(commit), member, committee: COMMITTEE });
}

function storeWith(commit: Partial<ProtocolCommit>): string {
  const file = path.join(folder, `${databases++}.db`);
  const database = openDatabase(file);
  createProtocolStore(SHAPE, { database }).commit({
    bindings: [],
    finals: [],
    evidence: [],
    epoch: undefined,
    ...commit,
  });
  database.close();
  return file;
}

const doublesOf = (...sources: readonly SignedStatement[][]) => findDoubleSignatures(sources.flat()).doubles;

describe("the audit of signed statements", () => {
  it("finds nothing where all say the same, and tells what was compared", () => {
    const final = finalOf(SHAPE, SLOT);
    const hash = observationsHash(final.observations);
    const audit = findDoubleSignatures([
      ...told(LEADER, { bindings: [bindings.proposal(SLOT, final.observations)], finals: [final] }),
      ...told((LEADER + 1) % 4, { bindings: [bindings.prepare(SLOT, hash)], finals: [final] }),
      ...statementsOnChain(final.report, [0, 1]),
    ]);
    // Three observations, two reports and a proposal at two places or more; one Prepare at one.
    assert.deepEqual(audit, { statements: 7, corroborated: 6, doubles: [] });
  });

  it("does not take other signature bytes over the same for another statement", () => {
    const final = finalOf(SHAPE, SLOT);
    const signatures: MemberSignature[] = final.signatures.map(({ signer }) => ({
      signer,
      signature: `0x${"08".repeat(64)}`,
    }));
    assert.deepEqual(doublesOf(told(0, { finals: [final] }), told(1, { finals: [{ ...final, signatures }] })), []);
  });

  it("finds an observation that is not the one in a final", () => {
    const own = told(2, { bindings: [bindings.observation(SHAPE, SLOT, 9n)] });
    assert.deepEqual(doublesOf(own, told(0, { finals: [finalOf(SHAPE, SLOT)] })), [
      { member: 2, kind: "observation", sequence: SLOT },
    ]);
  });

  it("finds a leader whose proposals two members answered differently", () => {
    const answered = (member: number, text: string) =>
      told(member, { bindings: [bindings.prepare(SLOT, id(text) as Hex)] });
    assert.deepEqual(doublesOf(answered((LEADER + 1) % 4, "one"), answered((LEADER + 2) % 4, "another")), [
      { member: LEADER, kind: "proposal", sequence: SLOT },
    ]);
  });

  it("finds a leader whose stored proposal is not the one that was answered", () => {
    const { observations } = finalOf(SHAPE, SLOT);
    const own = told(LEADER, { bindings: [bindings.proposal(SLOT, observations)] });
    const answer = told((LEADER + 1) % 4, { bindings: [bindings.prepare(SLOT, id("another") as Hex)] });
    assert.deepEqual(doublesOf(own, answer), [{ member: LEADER, kind: "proposal", sequence: SLOT }]);
  });

  it("finds a signer of two reports: its own store against the chain's, and one final against another", () => {
    const twice = [{ member: 1, kind: "report", sequence: SLOT }];
    const own = told(1, { bindings: [bindings.signature(SHAPE, SLOT, "one")] });
    assert.deepEqual(doublesOf(own, statementsOnChain(reportOf(SHAPE, SLOT, "another"), [1])), twice);
    const fork = (text: string, other: number) =>
      told(undefined, { finals: [finalOf(SHAPE, SLOT, { text, signers: [1, other] })] });
    assert.deepEqual(doublesOf(fork("one", 2), fork("another", 3)), twice);
  });

  it("finds both sides of evidence that one node kept, whatever its kind", () => {
    const header = (text: string) => ({ sequence: SLOT, observationsHash: id(text) as Hex, signature: SIGNATURE });
    const accusation = { member: 3, sequence: SLOT } as const;
    const evidence = [
      { ...accusation, kind: "proposal", first: header("one"), second: header("another") } as const,
      {
        ...{ ...accusation, kind: "report" as const },
        first: { report: reportOf(SHAPE, SLOT, "one"), signature: SIGNATURE },
        second: { report: reportOf(SHAPE, SLOT, "another"), signature: SIGNATURE },
      },
      {
        ...{ ...accusation, kind: "observation" as const },
        first: observationOf(SHAPE, SLOT, 1n),
        second: observationOf(SHAPE, SLOT, 2n),
      },
    ];
    const doubles = doublesOf(told(0, { evidence }));
    assert.deepEqual(doubles.map(({ member, kind }) => `${member} ${kind}`).sort(), [
      "3 observation",
      "3 proposal",
      "3 report",
    ]);
  });

  it("does not mix slots, kinds, members or configurations up", () => {
    const hash = id("hash") as Hex;
    const one = told(1, {
      bindings: [bindings.prepare(SLOT, hash), bindings.prepare(SLOT + 1n, id("next") as Hex)],
      finals: [finalOf(SHAPE, SLOT), finalOf(SHAPE, SLOT + 1n, { text: "next", value: 2n })],
    });
    const elsewhere = one.map((statement) => ({ ...statement, configDigest: id("other") as Hex, content: "other" }));
    assert.deepEqual(doublesOf(one, elsewhere), []);
  });

  it("passes over what a node sent that is no message of this committee", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    assert.deepEqual(told(0, { bindings: [{ kind: "prepare", sequence: SLOT, bytes }] }), []);
  });
});

describe("the audit of finals", () => {
  const digests = (text: string) => {
    const file = storeWith({ finals: [finalOf(SHAPE, SLOT, { text }), finalOf(SHAPE, SLOT + 1n)] });
    return readFinalDigests(file, COMMITTEE.digest);
  };

  it("finds a slot for which two nodes hold different finals", () => {
    assert.deepEqual(findForks([...digests("one"), ...digests("one")]), { slots: 2, forks: [] });
    assert.deepEqual(findForks([...digests("one"), ...digests("another")]), { slots: 2, forks: [SLOT] });
  });

  it("reads one configuration's finals alone", () => {
    assert.deepEqual(readFinalDigests(storeWith({ finals: [finalOf(SHAPE, SLOT)] }), id("other") as Hex), []);
  });
});
