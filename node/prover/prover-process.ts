import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { MedianProof, MedianStatement, ProvingStage } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { ProverMessage, ProverReply, ProverRequest } from "./messages.ts";

export interface ProverProcessOptions {
  readonly artifacts: CircuitArtifacts;
  readonly shape: CircuitShape;
  /** Path of a rapidsnark binary that shall do the arithmetic. */
  readonly rapidsnark?: string | undefined;
}

export interface ProverProcessDeps {
  readonly log: Log;
  /** Gives up the start; of no effect on a process that has started. */
  readonly signal: AbortSignal;
}

export interface ProverProcess {
  readonly alive: boolean;
  /** One at a time. Rejects with the child's coded error, or with `ProcessEnded`. */
  prove(statement: MedianStatement, onStage: (stage: ProvingStage) => void): Promise<MedianProof>;
  /** Ends it and what it started at once, and waits until it is gone. Idempotent. */
  kill(): Promise<void>;
}

/** The child ended before it answered. */
export class ProcessEnded extends Error {}

/** What one line of a crash leaves in the log. */
const MAX_STDERR_CHARACTERS = 2000;

/**
 * Starts a prover's process with its artifacts loaded and checked. Rejects with `artifact-mismatch` where they differ, with
 * `ProcessEnded` where the system gives no process or the signal aborts before all is loaded; then nothing is left behind.
 */
export async function startProverProcess(
  options: ProverProcessOptions,
  { log, signal }: ProverProcessDeps,
): Promise<ProverProcess> {
  const { artifacts, shape, rapidsnark: binary } = options;
  const rapidsnark = binary === undefined ? undefined : { binary, scratch: await makeScratch() };
  const child = forkWorker(log);
  const exited = untilGone(child).then(async () => {
    if (rapidsnark !== undefined) await rm(rapidsnark.scratch, { recursive: true, force: true });
  });
  const isAlive = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const request = createRequests(child, isAlive);

  async function kill(): Promise<void> {
    if (isAlive()) killGroup(child);
    await exited;
  }

  const giveUp = (): void => killGroup(child);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const reply = await request({ kind: "load", artifacts, shape, rapidsnark });
    if (reply.kind === "failed") throw new QuorateError(reply.data, reply.message);
  } catch (error) {
    await kill();
    throw signal.aborted ? new ProcessEnded("the prover's process was ended before it was ready") : error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  return {
    get alive() {
      return isAlive();
    },
    async prove(statement, onStage) {
      const answer = await request({ kind: "prove", statement }, onStage);
      if (answer.kind === "proved") return answer.proof;
      if (answer.kind === "failed") throw new QuorateError(answer.data, answer.message);
      throw new TypeError(`unexpected reply ${answer.kind}`);
    },
    kill,
  };
}

/** Readable by this user alone. */
function makeScratch(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "quorate-prover-"));
}

/** In a process group of its own: an external engine ends with it, and a terminal's Ctrl-C does not end it before us. */
function forkWorker(log: Log): ChildProcess {
  const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
    detached: true,
  });
  child.once("exit", (code, signal) => log.debug({ pid: child.pid, code, signal }, "prover process ended"));
  child.on("error", (error) => log.warn({ pid: child.pid, error }, "prover process cannot be started or reached"));
  child.stderr?.on("data", (chunk: Buffer) => {
    log.warn({ pid: child.pid, stderr: chunk.toString().slice(0, MAX_STDERR_CHARACTERS) }, "prover process complains");
  });
  return child;
}

/** A process that the system did not give tells of an error, and of no exit. */
async function untilGone(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) await new Promise((resolve) => child.once("exit", resolve));
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It ended this moment; its exit is about to be told.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function createRequests(child: ChildProcess, isAlive: () => boolean) {
  return function request(message: ProverRequest, onStage?: (stage: ProvingStage) => void): Promise<ProverReply> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        child.off("message", onMessage).off("exit", onEnd).off("error", onEnd);
      };
      const onMessage = (answer: ProverMessage) => {
        if (answer.kind === "stage") {
          onStage?.(answer.stage);
          return;
        }
        settle();
        resolve(answer);
      };
      const onEnd = () => {
        settle();
        reject(new ProcessEnded("the prover's process ended before it answered"));
      };
      child.on("message", onMessage).once("exit", onEnd).once("error", onEnd);
      if (!isAlive() || !child.connected) onEnd();
      else child.send(message, (error) => (error === null ? undefined : onEnd()));
    });
  };
}
