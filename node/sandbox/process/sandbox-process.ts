import { fork, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Log } from "../../../core/ports/log.ts";
import type { ProcessMessage, ProcessOptions, ProcessReply } from "./messages.ts";
import type { NetworkWall } from "./network-wall.ts";
import { permissionFlags } from "./permissions.ts";
import type { ProcessEvents, ProcessLife } from "./supervisor.ts";

export interface SandboxProcessOptions {
  readonly process: ProcessOptions;
  readonly wall: NetworkWall;
}

/** What it writes to stderr goes to the log, so much of it: it can be nothing but a crash. */
const STDERR_LINES = 20;
const STDERR_LINE_LENGTH = 500;

/**
 * How often each byte of a call is copied between the caller and the guest. The input is serialised (1), written to the pipe
 * (2), read from it (3), taken out of the read buffer (4; it then moves to the worker) and written into the guest's memory
 * (5). The output is taken out of the guest's memory (1; it then moves to the process's own thread), serialised (2), written
 * to the pipe (3) and read from it (4). What is larger than one read of the pipe, 64 KiB, is joined once more.
 */
export const COPIES = { input: 5, output: 4 } as const;

/**
 * One life of the sandbox process: no file system beyond its own sources, no child processes, an empty environment, and
 * no network where the system allows that.
 */
export class SandboxProcess implements ProcessLife {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(
    { process, wall }: SandboxProcessOptions,
    { log, onReply, onExit }: ProcessEvents & { readonly log: Log },
  ) {
    this.#child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [JSON.stringify(process)], {
      ...sandboxCommand(wall),
      env: {},
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.on("message", (reply) => onReply(reply as ProcessReply));
    this.#ended = new Promise((resolve) => {
      const end = (reason: string) => {
        onExit(reason);
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("exit", (code, signal) => end(signal ?? `exit code ${code ?? "unknown"}`));
    });
    this.#logStderr(log);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ProcessMessage): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Asks it to end by closing the channel; kills it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const grace = setTimeout(() => this.kill(), graceMs);
    await this.#ended;
    clearTimeout(grace);
  }

  #logStderr(log: Log): void {
    const { stderr } = this.#child;
    if (stderr === null) return;
    let left = STDERR_LINES;
    createInterface({ input: stderr }).on("line", (line) => {
      if (left-- > 0) log.warn({ line: line.slice(0, STDERR_LINE_LENGTH) }, "sandbox process says");
    });
  }
}

/** How Node is started behind both walls. */
export function sandboxCommand({ prefix }: NetworkWall): { readonly execPath: string; readonly execArgv: string[] } {
  const [execPath = process.execPath, ...execArgv] = [...prefix, process.execPath, ...permissionFlags()];
  return { execPath, execArgv };
}
