import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { CommitteeView } from "../../../node/app/committees/instance.ts";
import type { CommitteeOverview, CommitteeSupervisor } from "../../../node/app/committees/supervisor.ts";
import { createNodeView } from "../../../node/app/node-view.ts";
import { createProtocolFixture, fixtureSequence } from "../../support/protocol-fixture.ts";
import { committee } from "./committees/fixtures.ts";

const fixture = await createProtocolFixture();
const [identity] = fixture.identities;
const final = fixture.final(fixtureSequence(3));
const signed = { sequence: fixtureSequence(1), observationsHash: "0xaa", signature: "0xbb" } as const;
const EVIDENCE: Equivocation = {
  kind: "proposal",
  member: 2,
  sequence: fixtureSequence(1),
  first: signed,
  second: signed,
};

function viewOf(configDigest: string, { holds = false, accuses = false } = {}): CommitteeView {
  return {
    status: () => ({ configDigest, epoch: 4 }),
    finalOf: (sequence) => (holds && sequence === final.report.sequence ? final : undefined),
    evidence: () => (accuses ? [EVIDENCE] : []),
    unreadyReasons: () => [],
  };
}

function shown(overview: readonly CommitteeOverview[], { reasons = [] as readonly string[], healthy = true } = {}) {
  const view = createNodeView({ config: { name: "node-1", dataDirectory: "/data" }, identity: identity! });
  const committees: Pick<CommitteeSupervisor, "overview" | "unreadyReasons"> = {
    overview: () => overview,
    unreadyReasons: () => reasons,
  };
  view.show({
    committees,
    watcher: { healthy: () => healthy },
    writer: { status: () => ({ lowBalance: false }), unreadyReasons: () => ["the transmitter's balance is low"] },
    connection: { endpoints: () => [] },
    gossip: { addresses: ["/ip4/127.0.0.1/tcp/1"] },
  });
  return view;
}

const NEW: CommitteeOverview = {
  ...committee(2, "active"),
  phase: "running",
  failure: undefined,
  view: viewOf("0x02"),
};
const OLD: CommitteeOverview = {
  ...committee(1, "retired"),
  ...{ phase: "ended", failure: undefined, view: viewOf("0x01", { holds: true, accuses: true }) },
};

describe("what a node shows", () => {
  it("while it starts is what it waits for", () => {
    const view = createNodeView({ config: { name: "node-1", dataDirectory: "/data" }, identity: identity! });
    assert.deepEqual(view.readiness(), { ready: false, reasons: ["connecting to the chain"] });
    view.enter("starting the fetchers");
    assert.deepEqual(view.readiness().reasons, ["starting the fetchers"]);
    assert.equal((view.status() as { name: string }).name, "node-1");
    assert.deepEqual([view.evidence(), view.finalOf(1n)], [[], undefined]);
  });

  it("is what keeps any of its parts from working", () => {
    const view = shown([NEW], { reasons: ["2 of 3 members needed for a round are connected"] });
    view.enter("running");
    assert.deepEqual(view.readiness(), {
      ready: false,
      reasons: ["2 of 3 members needed for a round are connected", "the transmitter's balance is low"],
    });
  });

  it("is once that the chain cannot be read, whoever noticed", () => {
    const view = shown([NEW], { reasons: ["the chain cannot be read"], healthy: false });
    view.enter("running");
    assert.deepEqual(view.readiness().reasons, ["the chain cannot be read", "the transmitter's balance is low"]);
  });

  it("is the newest committee that runs, and each of them", () => {
    const status = shown([
      { ...NEW, phase: "failed", failure: "no fetcher", view: undefined },
      { ...OLD, phase: "running" },
    ]);
    const { configDigest, committees, peerId, watchers } = status.status() as Record<string, unknown>;
    assert.deepEqual([configDigest, peerId, watchers], ["0x01", identity!.peerId, ["/ip4/127.0.0.1/tcp/1"]]);
    const [failed, running] = committees as Record<string, unknown>[];
    assert.deepEqual(
      [failed?.index, failed?.phase, failed?.failure, failed?.epoch],
      [2, "failed", "no fetcher", undefined],
    );
    assert.deepEqual([running?.index, running?.state, running?.epoch], [1, "retired", 4]);
  });

  it("is the final reports and the evidence of committees that are over, too", () => {
    const view = shown([NEW, OLD]);
    assert.equal(view.finalOf(final.report.sequence), final);
    assert.equal(view.finalOf(final.report.sequence + 1n), undefined);
    assert.deepEqual(view.evidence(), [{ ...EVIDENCE, configDigest: OLD.digest, configIndex: 1 }]);
  });
});
