import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { MedianProof, MedianStatement, Prover } from "../../../core/ports/prover.ts";
import type { CircuitArtifacts } from "../../../core/proof/circuit.ts";
import { ProcessEnded } from "../../../node/prover/prover-process.ts";
import type { ProverProcess, startProverProcess } from "../../../node/prover/prover-process.ts";
import { createProverMetrics } from "../../../node/prover/metrics.ts";
import { createProver, MAX_QUEUED_PROOFS } from "../../../node/prover/prover.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../support/error-code.ts";
import { medianStatement, SHAPE } from "../../support/median-statement.ts";
import { silentLog } from "../../support/silent-log.ts";
import { createRecordingMeter, type RecordingMeter } from "../sandbox/support/recording-meter.ts";

const NEVER = { signal: new AbortController().signal };
const template = medianStatement();

/** A statement that is told apart by its sequence; the fake process never looks inside. */
function numbered(sequence: number): MedianStatement {
  return { ...template, report: { ...template.report, sequence: BigInt(sequence) } };
}

interface Pending {
  readonly sequence: number;
  readonly resolve: (proof: MedianProof) => void;
  readonly reject: (error: Error) => void;
}

/** A process whose answers the test gives. */
class FakeProcess implements ProverProcess {
  alive = true;
  pending: Pending | undefined;
  readonly #asked: number[];

  constructor(asked: number[]) {
    this.#asked = asked;
  }

  prove({ report }: MedianStatement): Promise<MedianProof> {
    const sequence = Number(report.sequence);
    this.#asked.push(sequence);
    return new Promise((resolve, reject) => (this.pending = { sequence, resolve, reject }));
  }

  answer(): void {
    const sequence = BigInt(this.pending?.sequence ?? 0);
    const measured = { witnessMs: 0, proveMs: 0, peakMemory: 1_000 };
    const proof = { publicSignals: [sequence, 0n, 0n], ...measured } as unknown as MedianProof;
    this.pending?.resolve(proof);
  }

  kill(): Promise<void> {
    this.alive = false;
    this.pending?.reject(new ProcessEnded("killed"));
    return Promise.resolve();
  }
}

interface Bench {
  readonly prover: Prover;
  readonly meter: RecordingMeter;
  /** Those that have started. */
  readonly processes: FakeProcess[];
  /** Lets no process start from now on, until the function that it returns is called. */
  readonly holdStarts: () => () => void;
  /** Sequences in the order in which a process was asked for them. */
  readonly asked: number[];
}

let artifacts: CircuitArtifacts;
before(async () => {
  ({ artifacts } = await ensureCircuits({ instance: "median-n4-k3-v8" }));
});

async function bench(timeoutSeconds?: number): Promise<Bench> {
  const processes: FakeProcess[] = [];
  const asked: number[] = [];
  let gate = Promise.resolve();
  const holdStarts = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    return () => resolve(undefined);
  };
  const startProcess: typeof startProverProcess = async (_, { signal }) => {
    const given = new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new ProcessEnded("given up")), { once: true });
    });
    await Promise.race([gate, given]);
    const process = new FakeProcess(asked);
    processes.push(process);
    return process;
  };
  const meter = createRecordingMeter();
  const options = {
    ...{ circuit: "median", artifacts, shape: SHAPE },
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
  const prover = await createProver(options, { log: silentLog, metrics: createProverMetrics(meter), startProcess });
  return { prover, meter, processes, asked, holdStarts };
}

/** Lets all promise callbacks run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("prover queue", () => {
  it("proves the newest first", async () => {
    const { prover, processes, asked } = await bench();
    const proofs = [1, 2, 3].map((sequence) => prover.prove(numbered(sequence), NEVER));
    for (let i = 0; i < 3; i++) {
      await settle();
      processes[0]?.answer();
    }
    const answers = await Promise.all(proofs);
    assert.deepEqual(asked, [1, 3, 2]);
    assert.deepEqual(
      answers.map(({ publicSignals }) => publicSignals[0]),
      [1n, 2n, 3n],
    );
    await prover.stop();
  });

  it("proves what has a lower priority number first, and the newest of equals, whenever they came", async () => {
    const { prover, processes, asked } = await bench();
    const jobs = [
      [1, 0],
      [9, 2],
      [3, 1],
      [2, 0],
      [4, 1],
      [5, 0],
      [7, 2],
    ] as const;
    const proofs = jobs.map(([sequence, priority]) => prover.prove(numbered(sequence), { ...NEVER, priority }));
    while (asked.length < jobs.length) {
      await settle();
      processes[0]?.answer();
    }
    await Promise.all(proofs);
    assert.deepEqual(asked, [1, 5, 2, 4, 3, 9, 7]);
    await prover.stop();
  });

  it("serves a job that comes in any turn after the last one's answer", async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { prover, processes } = await bench();
      const first = prover.prove(numbered(1), NEVER);
      await settle();
      processes[0]?.answer();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const second = prover.prove(numbered(2), NEVER);
      await first;
      await settle();
      processes[0]?.answer();
      await settle();
      const served = await Promise.race([second, Promise.resolve("never served")]);
      assert.notEqual(served, "never served", `${turns} turns later`);
      await prover.stop();
    }
  });

  it("gives up what would go last when more than its bound wait, be it the one that comes", async () => {
    const { prover, meter } = await bench();
    const all = Array.from({ length: MAX_QUEUED_PROOFS + 2 }, (_, i) => prover.prove(numbered(i), NEVER));
    const [running, oldest, ...rest] = all;
    assert.ok(running && oldest);
    await assert.rejects(oldest, withCode("proof-dropped"));
    await assert.rejects(prover.prove(numbered(99), { ...NEVER, priority: 1 }), withCode("proof-dropped"));
    assert.equal(meter.last("prover_jobs_waiting", { circuit: "median" }), MAX_QUEUED_PROOFS);
    const stopped = [running, ...rest].map((proof) => assert.rejects(proof, withCode("prover-stopped")));
    await prover.stop();
    await Promise.all(stopped);
  });

  it("drops an aborted job that waits, and goes on", async () => {
    const { prover, processes, asked } = await bench();
    const waiting = new AbortController();
    const [first, third] = [1, 3].map((sequence) => prover.prove(numbered(sequence), NEVER));
    const second = prover.prove(numbered(2), waiting);
    await settle();
    waiting.abort();
    await assert.rejects(second, withCode("proof-aborted"));
    for (let i = 0; i < 2; i++) {
      processes[0]?.answer();
      await settle();
    }
    assert.deepEqual([(await first)?.publicSignals[0], (await third)?.publicSignals[0]], [1n, 3n]);
    assert.deepEqual(asked, [1, 3]);
    await assert.rejects(prover.prove(numbered(4), { signal: AbortSignal.abort() }), withCode("proof-aborted"));
    await prover.stop();
  });

  it("ends the process of an aborted job that runs, and proves the next with another", async () => {
    const { prover, meter, processes, asked } = await bench();
    const running = new AbortController();
    const first = prover.prove(numbered(1), running);
    const second = prover.prove(numbered(2), NEVER);
    await settle();
    running.abort();
    await assert.rejects(first, withCode("proof-aborted"));
    await settle();
    assert.deepEqual([processes.length, processes[0]?.alive], [2, false]);
    processes[1]?.answer();
    assert.equal((await second).publicSignals[0], 2n);
    assert.deepEqual(asked, [1, 2]);
    assert.equal(meter.total("prover_restarts_total", { reason: "unwanted" }), 1);
    assert.equal(meter.total("prover_restarts_total", { reason: "crashed" }), 0);
    // What is aborted afterwards has nothing to end.
    running.abort();
    assert.equal(processes[1]?.alive, true);
    await prover.stop();
  });

  it("starts a crashed process again and retries the job once", async () => {
    const { prover, processes, asked } = await bench();
    const proof = prover.prove(numbered(1), NEVER);
    await settle();
    await processes[0]?.kill();
    await settle();
    processes[1]?.answer();
    assert.equal((await proof).publicSignals[0], 1n);
    assert.deepEqual(asked, [1, 1]);
    await prover.stop();
  });

  it("fails a job that crashes twice, and serves the next", async () => {
    const { prover, processes } = await bench();
    const failing = prover.prove(numbered(1), NEVER);
    const rejected = assert.rejects(failing, withCode("prover-crashed"));
    for (let i = 0; i < 2; i++) {
      await settle();
      await processes[i]?.kill();
    }
    await rejected;
    const next = prover.prove(numbered(2), NEVER);
    await settle();
    processes[2]?.answer();
    assert.equal((await next).publicSignals[0], 2n);
    await prover.stop();
  });

  it("ends a process that takes too long, without a retry", async () => {
    const { prover, processes, asked } = await bench(0.01);
    await assert.rejects(prover.prove(numbered(1), NEVER), withCode("proof-timeout"));
    assert.equal(processes[0]?.alive, false);
    assert.deepEqual(asked, [1]);
    await prover.stop();
  });

  describe("while its process starts again", () => {
    /** A prover whose process was just ended, and another one asked for. */
    async function restarting(timeoutSeconds?: number) {
      const parts = await bench(timeoutSeconds);
      await parts.processes[0]?.kill();
      const release = parts.holdStarts();
      return { ...parts, release };
    }

    it("ends nothing for a job that is called off, and proves the next with it", async () => {
      const { prover, meter, processes, asked, release } = await restarting();
      const unwanted = new AbortController();
      const first = prover.prove(numbered(1), unwanted);
      const second = prover.prove(numbered(2), NEVER);
      await settle();
      unwanted.abort();
      await assert.rejects(first, withCode("proof-aborted"));
      release();
      await settle();
      processes[1]?.answer();
      assert.equal((await second).publicSignals[0], 2n);
      assert.deepEqual([asked, processes.length], [[2], 2]);
      assert.equal(meter.total("prover_restarts_total"), 0);
      await prover.stop();
    });

    it("waits no longer than for a proof, and serves the next", async () => {
      const { prover, processes, release } = await restarting(0.01);
      await assert.rejects(prover.prove(numbered(1), NEVER), withCode("proof-timeout"));
      release();
      const next = prover.prove(numbered(2), NEVER);
      await settle();
      processes[1]?.answer();
      assert.equal((await next).publicSignals[0], 2n);
      await prover.stop();
    });

    it("stops", async () => {
      const { prover, processes } = await restarting();
      const proof = assert.rejects(prover.prove(numbered(1), NEVER), withCode("prover-stopped"));
      await settle();
      await prover.stop();
      await proof;
      assert.equal(processes.length, 1);
    });
  });
});
