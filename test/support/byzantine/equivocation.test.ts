import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { checkEvidence } from "../../../core/codec/evidence-check.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import { decodeMessage, encodeMessage } from "../../../core/consensus/wire.ts";
import type { Network } from "../../../core/ports/network.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import { createEvidenceFixture, type EvidenceFixture } from "../evidence-fixture.ts";
import { fixtureSequence } from "../protocol-fixture.ts";
import { equivocatingNetwork } from "./equivocation.ts";

const SELF = 1;
const SEQUENCE = fixtureSequence(7);

let fixture: EvidenceFixture;

before(async () => {
  fixture = await createEvidenceFixture();
});

/** What each other member is sent when the equivocator broadcasts a message. */
function heard(message: Message): ReadonlyMap<number, readonly Message[]> {
  const { configuration, configDigest: digest, domain, protocol } = fixture;
  const shape = { n: 4, f: 1, lanes: configuration.lanes };
  const inboxes = new Map<number, Message[]>([0, 2, 3].map((member) => [member, []]));
  const send = (to: number, frame: Uint8Array) => inboxes.get(to)!.push(decodeMessage(frame, shape)!);
  const network: Network = {
    send,
    broadcast: (frame) => [...inboxes.keys()].forEach((member) => send(member, frame)),
    connected: () => [...inboxes.keys()],
    penalise: () => undefined,
    stop: () => Promise.resolve(),
  };
  const { chainId, hub } = domain;
  const chain = { digest, configuration, hub, chainId };
  const membership = { chain, identity: protocol.identities[SELF]!, self: SELF };
  equivocatingNetwork(network, membership).broadcast(encodeMessage(message));
  return inboxes;
}

function proposalOf(observers: readonly number[]): Message {
  const crypto = fixture.protocol.cryptoOf(SELF);
  const observations = observers.map((observer) => fixture.protocol.observation(observer, SEQUENCE));
  const header = { sequence: SEQUENCE, observationsHash: crypto.observationsHash(observations) };
  const signature = crypto.signDigest(crypto.proposalHeaderDigest(header));
  return { kind: "proposal", sequence: SEQUENCE, observations, signature };
}

describe("the equivocator", () => {
  for (const observers of [
    [0, 1, 2],
    [0, 2, 3],
  ]) {
    it(`sends two halves two proposals that nobody can find fault with: ${observers.join()}`, () => {
      const proposal = proposalOf(observers);
      const [first, other, third] = [...heard(proposal).values()].map(([message]) => message!);
      assert.deepEqual([first, third], [proposal, proposal]);
      assert.ok(other?.kind === "proposal");
      assert.ok(other.observations.every((entry) => fixture.protocol.cryptoOf(0).verifyObservation(entry)));
      const members = other.observations.map(({ observer }) => observer);
      assert.deepEqual(members, [...new Set(members)].sort());
      assert.equal(fixture.protocol.plugin.report(SEQUENCE, other.observations).kind, "report");
      assertConvicts("proposal", first!, other);
    });
  }

  it("signs two reports, and lets everybody hear both", () => {
    const [{ report }, crypto] = [fixture.protocol.final(SEQUENCE), fixture.protocol.cryptoOf(SELF)];
    const message: Message = { kind: "signature", report, signature: crypto.signDigest(crypto.reportDigest(report)) };
    for (const messages of heard(message).values()) {
      assert.equal(messages.length, 2);
      assert.deepEqual(messages[0], message);
      assertConvicts("report", messages[0], messages[1]!);
    }
  });

  it("is honest in everything else", () => {
    for (const message of [
      { kind: "new-epoch", epoch: 3, current: 2 },
      { kind: "round-start", sequence: SEQUENCE },
      { kind: "observation", ...fixture.observations(SELF).first },
    ] satisfies Message[]) {
      for (const messages of heard(message).values()) assert.deepEqual(messages, [message]);
    }
  });
});

function assertConvicts(kind: "proposal" | "report", one: Message, two: Message): void {
  const evidence = { kind, member: SELF, sequence: SEQUENCE, first: sideOf(one), second: sideOf(two) };
  assert.equal(checkEvidence(evidence as Equivocation, fixture.scope), undefined);
}

function sideOf(message: Message): object {
  if (message.kind === "signature") return { report: message.report, signature: message.signature };
  if (message.kind !== "proposal") throw new TypeError(`${message.kind} is no statement`);
  const { sequence, observations, signature } = message;
  return { sequence, observationsHash: fixture.protocol.cryptoOf(0).observationsHash(observations), signature };
}
