import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { checkEvidence } from "../../../core/codec/evidence-check.ts";
import { FRESH_RECORD } from "../../../core/consensus/memory.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { Network } from "../../../core/ports/network.ts";
import type { ProtocolStore } from "../../../core/ports/protocol-store.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import { createProtocolRunner, type ProtocolRunner } from "../../../node/rounds/protocol-runner.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { readStoredEvidence } from "../../../node/storage/evidence-reader.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { equivocatingNetwork } from "../../support/byzantine/equivocation.ts";
import { createEvidenceFixture, type EvidenceFixture } from "../../support/evidence-fixture.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { recordedMetrics } from "./fixtures.ts";

const MEMBERS = [0, 1, 2, 3];
const EQUIVOCATOR = 1;
const HONEST = MEMBERS.filter((member) => member !== EQUIVOCATOR);
/** A block of four epochs of RMax rounds each: everybody leads once. */
const RMAX = 2;
const ROUNDS = 4 * RMAX;

/** Four runners with real keys and databases on one manual clock; one of them contradicts itself. */
describe("a committee with an equivocator", () => {
  const folder = scratchFolder();
  const fileOf = (member: number) => path.join(folder, `${member}.db`);
  const finals = new Map<bigint, Set<string>>();
  const told: Equivocation[][] = MEMBERS.map(() => []);
  const databases = MEMBERS.map((member) => openDatabase(fileOf(member)));
  let fixture: EvidenceFixture;
  let stores: readonly ProtocolStore[];

  before(async () => {
    fixture = await createEvidenceFixture();
    const { configDigest } = fixture;
    stores = databases.map((database) => createProtocolStore({ configDigest, lanes: 2 }, { database }));
    const clock = createManualClock();
    const runners = MEMBERS.map((member) => runnerOf(member, clock));
    runners.forEach((runner, member) => runner.start(networkOf(member, runners)));
    for (const [member, runner] of runners.entries())
      for (const peer of MEMBERS) if (peer !== member) runner.onConnected(peer);
    const { deltaRound } = fixture.configuration.timing;
    for (let round = 0; round < 2 * ROUNDS; round++) await clock.advance(deltaRound);
    await Promise.all(runners.map((runner) => runner.stop()));
  });
  after(() => databases.forEach((database) => database.close()));

  it("goes on with its rounds", () => {
    assert.ok(finals.size >= ROUNDS, `${finals.size} slots are final`);
  });

  it("has at most one final report per slot", () => {
    for (const [sequence, digests] of finals) assert.equal(digests.size, 1, `slot ${sequence}`);
  });

  it("knows its equivocator: every honest member holds evidence of both kinds against it, and against nobody else", () => {
    for (const member of HONEST) {
      const kept = stores[member]!.evidence();
      assert.deepEqual([...new Set(kept.map((evidence) => evidence.member))], [EQUIVOCATOR], `member ${member}`);
      const kinds = new Set(kept.map(({ kind }) => kind));
      assert.ok(kinds.has("proposal") && kinds.has("report"), `member ${member}: ${[...kinds].join()}`);
      assert.equal(told[member]!.length > 0, true);
    }
  });

  it("holds evidence that convinces others: read from the files, all of it verifies", () => {
    for (const member of HONEST) {
      for (const { configDigest, evidence } of readStoredEvidence(fileOf(member))) {
        assert.equal(configDigest, fixture.configDigest);
        assert.equal(checkEvidence(evidence, fixture.scope), undefined);
      }
    }
  });

  function runnerOf(member: number, clock: ReturnType<typeof createManualClock>): ProtocolRunner {
    const { protocol } = fixture;
    return createProtocolRunner(
      { context: contextOf(member), record: FRESH_RECORD, lanes: 2 },
      {
        ...{ store: stores[member]!, clock, log: silentLog, metrics: recordedMetrics().metrics },
        observer: { observe: (sequence) => Promise.resolve(protocol.observation(member, sequence).observation) },
        onStage: () => undefined,
        onAsking: () => undefined,
        onFinal: (final) => noteFinal(member, final),
        onRecovered: (final) => noteFinal(member, final),
        onEvidence: (evidence) => void told[member]!.push(evidence),
      },
    );
  }

  function noteFinal(member: number, { report, digest }: FinalReport): void {
    if (member === EQUIVOCATOR) return;
    finals.set(report.sequence, (finals.get(report.sequence) ?? new Set()).add(digest));
  }

  function contextOf(self: number): ProtocolContext {
    const { configuration, configDigest, protocol } = fixture;
    return {
      ...{ size: { n: 4, f: 1 }, self, configIndex: 1, configDigest },
      timing: { ...configuration.timing, rMax: RMAX },
      ...{ plugin: protocol.plugin, crypto: protocol.cryptoOf(self) },
    };
  }

  /** Frames arrive a turn of the event loop later, in order. */
  function networkOf(self: number, runners: readonly ProtocolRunner[]): Network {
    const send = (to: number, frame: Uint8Array) => void setImmediate(() => runners[to]!.onFrame(self, frame));
    const others = MEMBERS.filter((member) => member !== self);
    const network: Network = {
      send,
      broadcast: (frame) => others.forEach((member) => send(member, frame)),
      connected: () => others,
      penalise: () => undefined,
      stop: () => Promise.resolve(),
    };
    if (self !== EQUIVOCATOR) return network;
    const { configDigest: digest, configuration, domain, protocol } = fixture;
    const chain = { digest, configuration, hub: domain.hub, chainId: domain.chainId };
    return equivocatingNetwork(network, { chain, identity: protocol.identities[self]!, self });
  }
});
