import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { MedianProof, MedianStatement, Prover } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import { verificationKeyDigest } from "../../core/proof/verification-key.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import type { ProverErrorData } from "./errors.ts";
import { loadArtifact } from "./load-artifacts.ts";
import { ProofQueue } from "./proof-queue.ts";
import { ProcessEnded, startProverProcess } from "./prover-process.ts";
import type { ProverProcess } from "./prover-process.ts";

export interface ProverOptions {
  readonly artifacts: CircuitArtifacts;
  readonly shape: CircuitShape;
  /** Seconds for one proof; the process is ended after that. Default 120: 20 times a proof on two busy cores. */
  readonly timeoutSeconds?: number;
}

export interface ProverDeps {
  readonly log: Log;
  /** Starts the process that proves; tests replace it. */
  readonly startProcess?: typeof startProverProcess;
}

interface Job {
  readonly statement: MedianStatement;
  readonly resolve: (proof: MedianProof) => void;
  readonly reject: (error: unknown) => void;
}

/** Eight rounds of waiting: a prover that is further behind never catches up on the old ones. */
export const MAX_WAITING_PROOFS = 8;
/** A crash may be the machine's fault once (out of memory); a second one is the job's. */
const MAX_ATTEMPTS = 2;
const DEFAULT_TIMEOUT_SECONDS = 120;

/**
 * Proves medians with snarkjs in one child process at lowered priority, one job at a time, newest first.
 * Rejects with `artifact-mismatch` where a file is not the one that its digest names.
 */
export async function createProver(options: ProverOptions, deps: ProverDeps): Promise<Prover> {
  const start = () => (deps.startProcess ?? startProverProcess)(options, deps.log);
  const keyFile = new TextDecoder().decode(await loadArtifact(options.artifacts.verificationKey));
  const key = JSON.parse(keyFile) as VerificationKey;
  return new SnarkjsProver({
    log: deps.log,
    start,
    process: await start(),
    timeoutSeconds: options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    verificationKeyDigest: verificationKeyDigest(key),
  });
}

interface ProverParts {
  readonly log: Log;
  readonly start: () => Promise<ProverProcess>;
  readonly process: ProverProcess;
  readonly timeoutSeconds: number;
  readonly verificationKeyDigest: Prover["verificationKeyDigest"];
}

class SnarkjsProver implements Prover {
  readonly verificationKeyDigest: Prover["verificationKeyDigest"];
  readonly #parts: ProverParts;
  readonly #waiting = new ProofQueue<Job>(MAX_WAITING_PROOFS);
  #process: ProverProcess;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: ProverParts) {
    this.#parts = parts;
    this.#process = parts.process;
    this.verificationKeyDigest = parts.verificationKeyDigest;
  }

  async prove(statement: MedianStatement, signal: AbortSignal): Promise<MedianProof> {
    if (this.#stopped) throw stopped();
    if (signal.aborted) throw aborted();
    const { promise, resolve, reject } = Promise.withResolvers<MedianProof>();
    const job: Job = { statement, resolve, reject };
    const abort = () => {
      this.#waiting.remove(job);
      reject(aborted());
    };
    signal.addEventListener("abort", abort);
    this.#waiting.push(job)?.reject(tooMany());
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Ends the process in the middle of whatever it does: it holds nothing that could be lost. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const job of this.#waiting.clear()) job.reject(stopped());
    await this.#process.kill();
    await this.#running;
    await this.#process.kill(); // one that was just starting
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting.take(); job !== undefined; job = this.#waiting.take()) {
      await this.#attempt(job).then(job.resolve, job.reject);
    }
  }

  async #attempt({ statement }: Job): Promise<MedianProof> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#revive();
        return await this.#proveInTime(statement);
      } catch (error) {
        if (this.#stopped) throw stopped();
        if (!(error instanceof ProcessEnded)) throw error;
        this.#parts.log.warn(
          { attempt, sequence: statement.report.sequence.toString() },
          "the prover's process crashed",
        );
        if (attempt >= MAX_ATTEMPTS) throw failure({ code: "prover-crashed", attempts: attempt }, crashed(attempt));
      }
    }
  }

  async #revive(): Promise<void> {
    if (!this.#process.alive) this.#process = await this.#parts.start();
    if (this.#stopped) throw stopped();
  }

  async #proveInTime(statement: MedianStatement): Promise<MedianProof> {
    const seconds = this.#parts.timeoutSeconds;
    const timer = AbortSignal.timeout(seconds * 1000);
    const process = this.#process;
    const expire = () => void process.kill();
    timer.addEventListener("abort", expire, { once: true });
    try {
      return await process.prove(statement);
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
  const message = `dropped for newer proofs: more than ${MAX_WAITING_PROOFS} were waiting, so prove fewer reports or add cores`;
  return failure({ code: "proof-dropped", bound: MAX_WAITING_PROOFS }, message);
}

function crashed(attempts: number): string {
  return `the prover's process crashed ${attempts} times on this proof: see the log for its last words, and check free memory`;
}
