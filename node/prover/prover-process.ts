import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { MedianProof, MedianStatement } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { ProverReply, ProverRequest } from "./messages.ts";

export interface ProverProcessOptions {
  readonly artifacts: CircuitArtifacts;
  readonly shape: CircuitShape;
}

export interface ProverProcess {
  readonly alive: boolean;
  /** One at a time. Rejects with the child's coded error, or with `ProcessEnded`. */
  prove(statement: MedianStatement): Promise<MedianProof>;
  /** Ends it at once and waits until it is gone. Idempotent. */
  kill(): Promise<void>;
}

/** The child ended before it answered. */
export class ProcessEnded extends Error {}

/** What one line of a crash leaves in the log. */
const MAX_STDERR_CHARACTERS = 2000;

/** Starts a prover's process with its artifacts loaded and checked. Rejects with `artifact-mismatch` where they differ. */
export async function startProverProcess(options: ProverProcessOptions, log: Log): Promise<ProverProcess> {
  const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  const exited = once(child, "exit");
  let alive = true;
  child.once("exit", (code, signal) => {
    alive = false;
    log.debug({ pid: child.pid, code, signal }, "prover process ended");
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    log.warn({ pid: child.pid, stderr: chunk.toString().slice(0, MAX_STDERR_CHARACTERS) }, "prover process complains");
  });

  function request(message: ProverRequest): Promise<ProverReply> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        child.off("message", onMessage).off("exit", onEnd).off("error", onEnd);
      };
      const onMessage = (reply: ProverReply) => {
        settle();
        resolve(reply);
      };
      const onEnd = () => {
        settle();
        reject(new ProcessEnded("the prover's process ended before it answered"));
      };
      child.once("message", onMessage).once("exit", onEnd).once("error", onEnd);
      if (!alive || !child.connected) onEnd();
      else child.send(message, (error) => (error === null ? undefined : onEnd()));
    });
  }

  async function kill(): Promise<void> {
    if (!alive) return;
    child.kill("SIGKILL");
    await exited;
  }

  const reply = await request({ kind: "load", ...options });
  if (reply.kind === "failed") {
    await kill();
    throw new QuorateError(reply.data, reply.message);
  }
  return {
    get alive() {
      return alive;
    },
    async prove(statement) {
      const answer = await request({ kind: "prove", statement });
      if (answer.kind === "proved") return answer.proof;
      if (answer.kind === "failed") throw new QuorateError(answer.data, answer.message);
      throw new TypeError(`unexpected reply ${answer.kind}`);
    },
    kill,
  };
}
