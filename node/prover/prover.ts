import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { MedianProof, MedianStatement, Prover, ProvingRequest, ProvingStage } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import { verificationKeyDigest } from "../../core/proof/verification-key.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import type { ProverErrorData } from "./errors.ts";
import { loadArtifact } from "./load-artifacts.ts";
import type { ProverMetrics } from "./metrics.ts";
import { ProofQueue, type Queued } from "./proof-queue.ts";
import { ProcessEnded, startProverProcess } from "./prover-process.ts";
import type { ProverProcess } from "./prover-process.ts";

export interface ProverOptions {
  /** Its name, for metrics. */
  readonly circuit: string;
  readonly artifacts: CircuitArtifacts;
  readonly shape: CircuitShape;
  /** Path of a rapidsnark binary that does the arithmetic. Default: none, the prover does it as snarkjs does. */
  readonly rapidsnark?: string | undefined;
  /** Seconds for one proof; the process is ended after that. Default 120: 20 times a proof on two busy cores. */
  readonly timeoutSeconds?: number;
}

export interface ProverDeps {
  readonly log: Log;
  readonly metrics: ProverMetrics;
  /** Starts the process that proves; tests replace it. */
  readonly startProcess?: typeof startProverProcess;
}

interface Job extends Queued {
  readonly statement: MedianStatement;
  readonly onStage: (stage: ProvingStage) => void;
  readonly resolve: (proof: MedianProof) => void;
  readonly reject: (error: unknown) => void;
}

/** Eight rounds of waiting: a prover that is further behind never catches up on the old ones. */
export const MAX_QUEUED_PROOFS = 8;
/** A crash may be the machine's fault once (out of memory); a second one is the job's. */
const MAX_ATTEMPTS = 2;
const DEFAULT_TIMEOUT_SECONDS = 120;

/**
 * Proves medians in one child process at lowered priority, one job at a time: by priority, then newest first. A job that
 * is called off is dropped wherever it is, in the middle of its proof too: an overloaded machine must not finish what
 * nobody wants. Rejects with `artifact-mismatch` where a file is not the one that its digest names.
 */
export async function createProver(options: ProverOptions, deps: ProverDeps): Promise<Prover> {
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const start = (signal: AbortSignal) => (deps.startProcess ?? startProverProcess)(options, { log: deps.log, signal });
  const keyFile = new TextDecoder().decode(await loadArtifact(options.artifacts.verificationKey));
  const key = JSON.parse(keyFile) as VerificationKey;
  return new ProcessProver({
    ...{ log: deps.log, metrics: deps.metrics, circuit: options.circuit, start },
    process: await start(AbortSignal.timeout(timeoutSeconds * 1000)).catch(asCrash),
    timeoutSeconds,
    verificationKeyDigest: verificationKeyDigest(key),
  });
}

interface ProverParts {
  readonly log: Log;
  readonly metrics: ProverMetrics;
  readonly circuit: string;
  readonly start: (signal: AbortSignal) => Promise<ProverProcess>;
  readonly process: ProverProcess;
  readonly timeoutSeconds: number;
  readonly verificationKeyDigest: Prover["verificationKeyDigest"];
}

class ProcessProver implements Prover {
  readonly verificationKeyDigest: Prover["verificationKeyDigest"];
  readonly #parts: ProverParts;
  readonly #waiting = new ProofQueue<Job>(MAX_QUEUED_PROOFS);
  #process: ProverProcess;
  #running: Promise<void> | undefined;
  /** The job whose proof is being made. */
  #current: Job | undefined;
  readonly #stopping = new AbortController();

  constructor(parts: ProverParts) {
    this.#parts = parts;
    this.#process = parts.process;
    this.verificationKeyDigest = parts.verificationKeyDigest;
  }

  async prove(statement: MedianStatement, { signal, priority = 0, onStage }: ProvingRequest): Promise<MedianProof> {
    if (this.#stopping.signal.aborted) throw stopped();
    if (signal.aborted) throw aborted();
    const { promise, resolve, reject } = Promise.withResolvers<MedianProof>();
    const { sequence } = statement.report;
    const job: Job = { statement, priority, sequence, onStage: onStage ?? (() => undefined), resolve, reject };
    const callOff = () => this.#callOff(job);
    signal.addEventListener("abort", callOff);
    this.#waiting.push(job)?.reject(tooMany());
    this.#tellWaiting();
    this.#running ??= this.#work();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", callOff);
    }
  }

  /** Ends the process in the middle of whatever it does: it holds nothing that could be lost. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const job of this.#waiting.clear()) job.reject(stopped());
    await this.#process.kill();
    await this.#running;
    await this.#process.kill(); // one that had just started
  }

  #callOff(job: Job): void {
    job.reject(aborted());
    if (this.#waiting.remove(job)) this.#tellWaiting();
    if (this.#current !== job) return;
    this.#current = undefined;
    // One that only starts serves the next job.
    if (this.#process.alive) this.#end("unwanted");
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting.take(); job !== undefined; job = this.#waiting.take()) {
      this.#tellWaiting();
      this.#current = job;
      await this.#attempt(job).then(job.resolve, job.reject);
      this.#current = undefined;
    }
    // In the same turn as the look that found nothing: a job that comes after it starts the work anew.
    this.#running = undefined;
  }

  async #attempt(job: Job): Promise<MedianProof> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#proveInTime(job);
      } catch (error) {
        this.#requireWanted(job);
        if (!(error instanceof ProcessEnded)) throw error;
        this.#noteCrash(attempt, job);
        if (attempt >= MAX_ATTEMPTS) throw failure({ code: "prover-crashed", attempts: attempt }, crashed(attempt));
      }
    }
  }

  /** @throws for a job that was called off, or after a stop: what its process then says does not count. */
  #requireWanted(job: Job): void {
    if (this.#stopping.signal.aborted) throw stopped();
    if (this.#current !== job) throw aborted();
  }

  async #revive(signal: AbortSignal): Promise<void> {
    if (!this.#process.alive) this.#process = await this.#parts.start(signal);
  }

  /** The time for one proof is also that for a process to prove it in. */
  async #proveInTime(job: Job): Promise<MedianProof> {
    const { timeoutSeconds: seconds, metrics, circuit } = this.#parts;
    const timer = AbortSignal.timeout(seconds * 1000);
    const expire = () => this.#end("timeout");
    timer.addEventListener("abort", expire, { once: true });
    try {
      await this.#revive(AbortSignal.any([timer, this.#stopping.signal]));
      this.#requireWanted(job);
      const proof = await this.#process.prove(job.statement, job.onStage);
      metrics.peakMemory.set(proof.peakMemory, { circuit });
      return proof;
    } catch (error) {
      if (!timer.aborted) throw error;
      throw failure(
        { code: "proof-timeout", seconds },
        `no proof within ${seconds} s: the machine is too busy or too small`,
      );
    } finally {
      timer.removeEventListener("abort", expire);
    }
  }

  #end(reason: "timeout" | "unwanted"): void {
    const { metrics, circuit } = this.#parts;
    metrics.restarts.add(1, { circuit, reason });
    void this.#process.kill();
  }

  #noteCrash(attempt: number, { sequence }: Job): void {
    const { log, metrics, circuit } = this.#parts;
    metrics.restarts.add(1, { circuit, reason: "crashed" });
    log.warn({ attempt, sequence: sequence.toString() }, "the prover's process crashed");
  }

  #tellWaiting(): void {
    const { metrics, circuit } = this.#parts;
    metrics.waiting.set(this.#waiting.size, { circuit });
  }
}

/** Of the first process of all: there is nothing that another one would do better. */
function asCrash(error: unknown): never {
  throw error instanceof ProcessEnded ? failure({ code: "prover-crashed", attempts: 1 }, crashed(1)) : error;
}

function failure(data: ProverErrorData, message: string): QuorateError<ProverErrorData> {
  return new QuorateError(data, message);
}

function stopped(): QuorateError<ProverErrorData> {
  return failure({ code: "prover-stopped" }, "the prover was stopped: start the node again to prove");
}

function aborted(): QuorateError<ProverErrorData> {
  return failure({ code: "proof-aborted" }, "the proof was no longer wanted by its caller");
}

function tooMany(): QuorateError<ProverErrorData> {
  const message = `dropped for newer proofs: more than ${MAX_QUEUED_PROOFS} were waiting, so prove fewer reports or add cores`;
  return failure({ code: "proof-dropped", bound: MAX_QUEUED_PROOFS }, message);
}

function crashed(attempts: number): string {
  return `the prover's process crashed or could not be started, ${attempts} times in a row: see the log for its last words, and check free memory`;
}
