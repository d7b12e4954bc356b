import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export interface ChildError {
  readonly code: "child-ended";
  readonly script: string;
  readonly logFile: string;
  readonly exitCode: number | null;
}

export interface ChildOptions {
  /** A TypeScript file of this repository. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A program, with its arguments, that runs the given one in its own place: `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** Receives standard output and standard error; appended to. */
  readonly logFile: string;
}

/** A script in a process of its own that ends with this one: it watches its IPC channel. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** Sends a message and waits for the first one of the given kind. */
  request<T extends { kind: string }>(message: object | undefined, kind: T["kind"]): Promise<T>;
  /** Asks the process to end; kills it if it does not within the grace period. */
  stop(): Promise<void>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

const STOP_GRACE_MS = 8_000;

export function spawnChild({ script, args = [], env = {}, within = [], logFile }: ChildOptions): Child {
  const log = openSync(logFile, "a");
  const [program = process.execPath, ...rest] = [...within, process.execPath, script, ...args];
  const child = spawn(program, rest, {
    stdio: ["ignore", log, log, "ipc"],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const end = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  return {
    pid: child.pid ?? -1,
    exited,
    request: (message, kind) => requestFrom(child, { message, kind, script, logFile }),
    async stop() {
      end("SIGTERM");
      const timer = setTimeout(() => end("SIGKILL"), STOP_GRACE_MS);
      await exited;
      clearTimeout(timer);
    },
    async kill() {
      end("SIGKILL");
      await exited;
    },
  };
}

interface Request {
  readonly message: object | undefined;
  readonly kind: string;
  readonly script: string;
  readonly logFile: string;
}

function requestFrom<T extends { kind: string }>(
  child: ChildProcess,
  { message, kind, script, logFile }: Request,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off("message", onMessage).off("exit", onExit);
      act();
    };
    const onMessage = (reply: T): void => {
      if (reply.kind === kind) settle(() => resolve(reply));
    };
    const onExit = (exitCode: number | null): void => {
      const data: ChildError = { code: "child-ended", script, logFile, exitCode };
      settle(() =>
        reject(new QuorateError<ChildError>(data, `${script} ended with ${exitCode ?? "a signal"}: see ${logFile}`)),
      );
    };
    child.on("message", onMessage).on("exit", onExit);
    if (message !== undefined) child.send(message);
  });
}
