import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { provingStage } from "../../../core/consensus/transmission.ts";
import type { RecordedReport } from "../../../core/ports/chain.ts";
import type { MedianProof, MedianStatement } from "../../../core/ports/prover.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createProving, MAX_WAITING_PROOFS, RECOVERY_MS } from "../../../node/rounds/proving.ts";
import { createManualClock, settled } from "../../support/manual-clock.ts";
import {
  createProtocolFixture,
  FIXTURE_DIGEST,
  FIXTURE_DOMAIN,
  fixtureSequence,
} from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { recordedMetrics, spiedStore } from "./fixtures.ts";

const fixture = await createProtocolFixture();
const DELTA_PROOF = 15_000;
const PROVING_MS = 1_000;
const finals = Array.from({ length: 20 }, (_, i) => fixture.final(fixtureSequence(i + 1)));
const stageOf = ({ report }: FinalReport, member: number) =>
  provingStage({ n: 4, configDigest: FIXTURE_DIGEST, sequence: report.sequence, member });
const PROOF: MedianProof = {
  proof: {
    a: [1n, 2n],
    b: [
      [1n, 2n],
      [3n, 4n],
    ],
    c: [1n, 2n],
  },
  ...{ publicSignals: [1n, 2n, 3n], witnessMs: 100, proveMs: 900, peakMemory: 1_000 },
};

function transmitted({ report, digest }: FinalReport, index = report.sequence & 0xffffn): RecordedReport {
  const txHash: Hex = `0x${"aa".repeat(32)}`;
  return { sequence: report.sequence, digest, index, stored: 3, txHash, blockNumber: 1 };
}

/** Some members' proving services on one clock and one chain, which forgets nothing: what is proven stays proven. */
function createMembers(
  members: readonly number[],
  { broken = [] as number[], held = finals, waits = false, provingMs = PROVING_MS } = {},
) {
  const { store } = spiedStore([], FIXTURE_DIGEST, 2);
  store.commit({ bindings: [], epoch: undefined, finals: held, evidence: [] });
  const clock = createManualClock();
  const proven = new Map<bigint, number>();
  const statements: MedianStatement[] = [];
  const jobs: number[] = [];
  const priorities: (number | undefined)[] = [];
  const sent: (AbortSignal | undefined)[] = [];
  const services = members.map((self) => {
    const [log, { metrics, meter }] = [createRecordingLog(), recordedMetrics()];
    const proofs: bigint[] = [];
    const missing: bigint[] = [];
    const service = createProving(
      {
        configuration: fixture.configuration,
        configDigest: FIXTURE_DIGEST,
        domain: FIXTURE_DOMAIN,
        self,
        deltaProof: DELTA_PROOF,
      },
      {
        ...{ store, clock, log, metrics },
        onStage: () => undefined,
        onProof: ({ sequence }) => void proofs.push(sequence),
        onMissing: ({ sequence }) => void missing.push(sequence),
        prover: {
          ...{ verificationKeyDigest: "0x", stop: () => Promise.resolve() },
          async prove(statement, { signal, priority }) {
            jobs.push(self);
            priorities.push(priority);
            statements.push(statement);
            if (broken.includes(self)) throw new Error("out of memory");
            await clock.sleep(provingMs, signal);
            signal.throwIfAborted();
            return PROOF;
          },
        },
        reader: { awaitsProof: ({ index }) => Promise.resolve(!proven.has(index)) },
        writer: {
          prove(_, __, { index, signal }) {
            sent.push(signal);
            if (waits) return new Promise(() => undefined);
            proven.set(index, self);
            return Promise.resolve({ txHash: "0x", gasUsed: 1n, blockNumber: 1 });
          },
        },
      },
    );
    return { self, service, log, meter, proofs, missing };
  });
  return { services, clock, proven, jobs, priorities, statements, store, sent };
}

const whoProves = (final: FinalReport, stage = 0) => [0, 1, 2, 3].find((member) => stageOf(final, member) === stage)!;

describe("proving", () => {
  it("is one member's task: it proves what the observations behind the report say, and the others only look", async () => {
    const { services, clock, proven, jobs, statements } = createMembers([0, 1, 2, 3]);
    const final = finals[4]!;
    for (const { service } of services) service.accept(transmitted(final));
    await clock.advance(4 * DELTA_PROOF);
    const prover = whoProves(final);
    assert.deepEqual(jobs, [prover]);
    assert.deepEqual([...proven.values()], [prover]);
    assert.deepEqual(statements[0], {
      ...{ domain: FIXTURE_DOMAIN, report: final.report, feeds: final.feeds, observations: final.observations },
      observerKeys: fixture.configuration.members.map(({ observer }) => observer),
      window: fixture.configuration.timing.window,
    });
    for (const { self, meter, proofs } of services) {
      assert.equal(meter.total("proofs_total", { result: self === prover ? "proven" : "already-proven" }), 1);
      assert.deepEqual(proofs, self === prover ? [final.report.sequence] : []);
    }
  });

  it("is taken over by the next member if the first does not deliver, and no sooner", async () => {
    const final = finals[2]!;
    const [first, second] = [whoProves(final), whoProves(final, 1)];
    const { services, clock, proven, jobs, priorities } = createMembers([0, 1, 2, 3], { broken: [first] });
    for (const { service } of services) service.accept(transmitted(final));
    await clock.advance(DELTA_PROOF - 1);
    assert.deepEqual(jobs, [first]);
    await clock.advance(1 + PROVING_MS);
    assert.deepEqual(
      [jobs, priorities],
      [
        [first, second],
        [0, 1],
      ],
    );
    assert.deepEqual([...proven.values()], [second]);
    await clock.advance(3 * DELTA_PROOF);
    assert.equal(jobs.length, 2);
    const failed = services.find(({ self }) => self === first)!;
    assert.equal(failed.meter.total("proofs_total", { result: "failed" }), 1);
    assert.equal(failed.log.lines.at(-1)?.level, "error");
  });

  it("throws its proof away if another was quicker", async () => {
    const final = finals[1]!;
    const { services, clock, proven } = createMembers([whoProves(final)]);
    services[0]!.service.accept(transmitted(final));
    await clock.advance(PROVING_MS - 1);
    proven.set(transmitted(final).index, 9);
    await clock.advance(1);
    assert.deepEqual([...proven.values()], [9]);
    assert.equal(services[0]!.meter.total("proofs_total", { result: "already-proven" }), 1);
  });

  it("is called off when another's proof is on the chain, in the middle of its own", async () => {
    const final = finals[1]!;
    const { services, clock, proven } = createMembers([whoProves(final)]);
    const { service, meter, proofs, log } = services[0]!;
    const report = transmitted(final);
    service.accept(report);
    await clock.advance(PROVING_MS / 2);
    service.onProven({ ...report, blockNumber: 2 });
    await settled();
    assert.equal(clock.pending, 0);
    assert.deepEqual([[...proven], proofs, log.lines], [[], [], []]);
    assert.equal(meter.total("proofs_total", { result: "already-proven" }), 1);
    // A reorganisation that takes the other's proof away brings the job back.
    service.onReorganised(2);
    await clock.advance(PROVING_MS);
    assert.deepEqual([...proven.keys()], [report.index]);
  });

  it("goes round until somebody can: a member that failed has its next turn after all others", async () => {
    const final = finals[2]!;
    const broken = [0, 1, 2, 3];
    const { services, clock, proven, jobs } = createMembers([0, 1, 2, 3], { broken });
    for (const { service } of services) service.accept(transmitted(final));
    await clock.advance(4 * DELTA_PROOF - 1);
    const schedule = [0, 1, 2, 3].map((stage) => whoProves(final, stage));
    assert.deepEqual(jobs, schedule);
    broken.splice(0, 4, schedule[0]!);
    await clock.advance(8 * DELTA_PROOF);
    assert.deepEqual(jobs, [...schedule, schedule[0], schedule[1]]);
    assert.deepEqual([...proven.values()], [schedule[1]]);
  });

  it("ends with the report's place in the hub", async () => {
    const final = finals[2]!;
    const { services, clock, proven, jobs } = createMembers([whoProves(final)], { broken: [whoProves(final)] });
    services[0]!.service.accept(transmitted(final));
    await clock.advance(4 * DELTA_PROOF);
    assert.equal(jobs.length, 2);
    proven.set(transmitted(final).index, 9); // As the chain answers of a report that it has forgotten, too.
    await clock.advance(40 * DELTA_PROOF);
    assert.deepEqual([jobs.length, clock.pending], [2, 0]);
  });

  it("gives the member before it the more time the longer proofs take, so that a busy network proves nothing twice", async () => {
    const provingMs = 2.5 * DELTA_PROOF;
    const { services, clock, proven, jobs } = createMembers([0, 1, 2, 3], { provingMs });
    const busy = finals.slice(0, 12);
    const seen = new Set<bigint>();
    for (const [i, final] of busy.entries()) {
      for (const { service } of services) service.accept(transmitted(final, BigInt(i + 1)));
      for (let ms = 0; ms < 40_000; ms += 1_000) {
        await clock.advance(1_000);
        for (const index of proven.keys()) {
          if (seen.has(index)) continue;
          seen.add(index);
          const report = { ...transmitted(busy[Number(index) - 1]!, index), blockNumber: 1 };
          for (const { service } of services) service.onProven(report);
        }
      }
    }
    assert.deepEqual([...seen].length, busy.length);
    // The first report was proven thrice before anybody knew better: by its prover, and by the two that took over.
    assert.equal(jobs.length, busy.length + 2);
  });

  it("proves only reports that it holds, with the digest that the chain took", async () => {
    const final = finals[0]!;
    const { services, clock, jobs } = createMembers([whoProves(final)]);
    const { service, meter } = services[0]!;
    service.accept({ ...transmitted(final), digest: `0x${"00".repeat(32)}` });
    await clock.advance(RECOVERY_MS);
    assert.equal(meter.total("proofs_total", { result: "unknown-report" }), 1);
    service.accept({ ...transmitted(final, 70n), sequence: fixtureSequence(999) });
    await clock.advance(4 * DELTA_PROOF + RECOVERY_MS);
    assert.deepEqual(jobs, []);
    assert.ok(meter.total("proofs_total", { result: "unknown-report" }) >= 2);
  });

  it("takes a report once, and the newest of them where there are too many", async () => {
    const { services, clock, proven } = createMembers([0]);
    const { service, meter } = services[0]!;
    const final = finals.find((one) => stageOf(one, 0) === 3)!;
    const reports = MAX_WAITING_PROOFS + 50;
    for (let index = 1; index <= reports; index++) {
      service.accept(transmitted(final, BigInt(index)));
      service.accept(transmitted(final, BigInt(index)));
    }
    await settled();
    assert.equal(clock.pending, MAX_WAITING_PROOFS);
    assert.equal(meter.total("proofs_total", { result: "outdated" }), 50);
    await clock.advance(4 * DELTA_PROOF);
    assert.equal(meter.total("proofs_total", { result: "proven" }), MAX_WAITING_PROOFS);
    const youngest = Array.from({ length: MAX_WAITING_PROOFS }, (_, i) => BigInt(reports - i));
    assert.deepEqual(
      [...proven.keys()].toSorted((a, b) => Number(b - a)),
      youngest,
    );
  });

  it("takes a member's own report at once, though as many as it may wait for wait already", async () => {
    const late = finals.find((one) => stageOf(one, 0) === 3)!;
    const own = finals.find((one) => stageOf(one, 0) === 0)!;
    const { services, clock, proven } = createMembers([0]);
    for (let index = 1; index <= MAX_WAITING_PROOFS; index++)
      services[0]!.service.accept(transmitted(late, BigInt(index)));
    services[0]!.service.accept(transmitted(own, 100n));
    await clock.advance(PROVING_MS);
    assert.deepEqual([...proven.keys()], [100n]);
  });

  it("calls off what waits in the writer's queue in the very turn in which it is stopped", async () => {
    const final = finals[3]!;
    const { services, clock, sent } = createMembers([whoProves(final)], { waits: true });
    services[0]!.service.accept(transmitted(final));
    await clock.advance(PROVING_MS);
    await settled();
    const [signal] = sent;
    assert.equal(signal?.aborted, false);
    const stopping = services[0]!.service.stop();
    assert.ok(signal.aborted);
    await clock.advance(3_000);
    await stopping;
  });

  it("drops what it proves when it stops, and leaves no timer", async () => {
    const final = finals[3]!;
    const { services, clock, proven, jobs } = createMembers([whoProves(final)]);
    const { service, meter, log } = services[0]!;
    service.accept(transmitted(final));
    service.accept(transmitted(finals.find((one) => stageOf(one, whoProves(final)) === 3)!));
    await clock.advance(10);
    assert.equal(jobs.length, 1);
    await service.stop();
    await settled();
    assert.equal(clock.pending, 0);
    assert.deepEqual([...proven.keys()], []);
    assert.equal(meter.total("proofs_total", { result: "failed" }), 0);
    assert.deepEqual(log.lines, []);
  });

  describe("a report that it lacks", () => {
    const final = finals[0]!;
    const member = whoProves(final);

    it("is asked for in its turn, and proven when it comes", async () => {
      const { services, clock, proven, store } = createMembers([member], { held: [] });
      const { service, missing } = services[0]!;
      service.accept(transmitted(final));
      await clock.advance(10);
      assert.deepEqual(missing, [final.report.sequence]);
      store.commit({ bindings: [], epoch: undefined, finals: [final], evidence: [] });
      service.onRecovered(final);
      await clock.advance(PROVING_MS);
      assert.deepEqual([...proven.values()], [member]);
    });

    it("is waited for a bounded time", async () => {
      const { services, clock, jobs } = createMembers([member], { held: [] });
      const { service, meter } = services[0]!;
      service.accept(transmitted(final));
      await clock.advance(RECOVERY_MS - 1);
      assert.equal(meter.total("proofs_total"), 0);
      await clock.advance(1);
      assert.equal(meter.total("proofs_total", { result: "unknown-report" }), 1);
      assert.deepEqual(jobs, []);
    });

    it("is proven in a later turn if it comes after that time", async () => {
      const { services, clock, proven, store } = createMembers([member], { held: [] });
      const { service, missing } = services[0]!;
      service.accept(transmitted(final));
      await clock.advance(RECOVERY_MS);
      store.commit({ bindings: [], epoch: undefined, finals: [final], evidence: [] });
      service.onRecovered(final);
      await clock.advance(4 * DELTA_PROOF);
      assert.deepEqual([...proven.values()], [member]);
      assert.deepEqual(missing, [final.report.sequence]);
    });

    it("is not waited for by a node that stops", async () => {
      const { services, clock } = createMembers([member], { held: [] });
      services[0]!.service.accept(transmitted(final));
      await clock.advance(1);
      await services[0]!.service.stop();
      assert.equal(clock.pending, 0);
    });
  });

  describe("after a reorganisation", () => {
    const at = (final: FinalReport, blockNumber: number) => ({ ...transmitted(final), blockNumber });
    const provenIn = (final: FinalReport, blockNumber: number) => {
      const { sequence, index, txHash } = transmitted(final);
      return { sequence, index, txHash, blockNumber };
    };
    const mine = finals.filter((final) => stageOf(final, 0) === 0);

    it("forgets what waits from the blocks that are gone, and takes it up when it is told again", async () => {
      const late = finals.find((final) => stageOf(final, 0) === 1)!;
      const { services, clock, proven } = createMembers([0]);
      const { service } = services[0]!;
      service.accept(at(late, 12));
      service.onReorganised(12);
      await clock.advance(4 * DELTA_PROOF);
      assert.equal(proven.size, 0);
      service.accept(at(late, 13));
      await clock.advance(2 * DELTA_PROOF);
      assert.equal(proven.size, 1);
    });

    it("leaves what waits from older blocks its turn", async () => {
      const late = finals.find((final) => stageOf(final, 0) === 1)!;
      const { services, clock, proven } = createMembers([0]);
      services[0]!.service.accept(at(late, 11));
      await clock.advance(DELTA_PROOF / 2);
      services[0]!.service.onReorganised(12);
      await clock.advance(DELTA_PROOF / 2 + PROVING_MS);
      assert.equal(proven.size, 1);
    });

    it("proves again what was proven in them", async () => {
      const [kept, lost] = mine as [FinalReport, FinalReport];
      const { services, clock, proven, jobs } = createMembers([0]);
      const { service } = services[0]!;
      service.accept(at(kept, 10));
      service.accept(at(lost, 10));
      await clock.advance(2 * PROVING_MS);
      service.onProven(provenIn(kept, 11));
      service.onProven(provenIn(lost, 12));
      assert.equal(jobs.length, 2);
      proven.delete(transmitted(lost).index);
      service.onReorganised(12);
      await clock.advance(2 * PROVING_MS);
      assert.equal(jobs.length, 3);
      assert.equal(proven.size, 2);
    });
  });

  it("leaves alone what the hub gave no slot", async () => {
    const { services, clock } = createMembers([0]);
    services[0]!.service.accept(transmitted(finals[0]!, 0n));
    await clock.advance(4 * DELTA_PROOF);
    assert.equal(services[0]!.meter.total("proofs_total"), 0);
  });
});
