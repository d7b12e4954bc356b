import { fork, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Log } from "../../../core/ports/log.ts";
import type { ProcessMessage, ProcessOptions, ProcessReply } from "./messages.ts";

export interface SandboxProcessDeps {
  readonly log: Log;
  readonly onReply: (reply: ProcessReply) => void;
  /** Once, however it ended. */
  readonly onExit: (reason: string) => void;
}

/** The files that the sandbox process may read: its own. */
const READABLE = ["../../../package.json", "../../../core/errors/", "../"];
/** What it writes to stderr goes to the log, so much of it: it can be nothing but a crash. */
const STDERR_LINES = 20;
const STDERR_LINE_LENGTH = 500;

/** One life of the sandbox process: no file system beyond its own sources, no child processes, an empty environment. */
export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(options: ProcessOptions, { log, onReply, onExit }: SandboxProcessDeps) {
    this.#child = fork(path("./child.ts"), [JSON.stringify(options)], {
      execArgv: permissionFlags(),
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

  /** A process that is gone takes nothing; its `onExit` tells. */
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

/** Node's permission model: read the own sources, start threads, nothing else. */
export function permissionFlags(): string[] {
  const readable = READABLE.map((file) => `--allow-fs-read=${path(file)}`);
  // PERM0006: workers weaken the permission model. Known: it is the second wall, WebAssembly is the first.
  return ["--permission", "--allow-worker", ...readable, "--disable-warning=PERM0006"];
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
