import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Longer than any command takes on a busy machine. */
const PATIENCE_MS = 60_000;
const CLI = fileURLToPath(new URL("../../node/cli/main.ts", import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A `quorate` command under way. */
export interface CliRun {
  readonly ended: Promise<CliResult>;
  readonly child: ChildProcess;
}

/** Starts `quorate …` as an operator would: a process of its own, with nothing of this one's environment but the path. */
export function startCli(args: readonly string[], { env = {}, cwd }: CliOptions = {}): CliRun {
  const child = spawn(process.execPath, [CLI, ...args], {
    // A node that runs ends with its supervisor, whose channel it watches: nothing outlives a test that dies.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env.PATH, NO_COLOR: "1", ...env },
    cwd,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { ended, child };
}

/** A command that is meant to end by itself; killed, and thus failed, if it does not. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { child, ended } = startCli(args, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Asserts what a person sees of a failure that they can mend: exit code 1 and one line that ends with the error's code. */
export function assertFailure({ code, stderr }: CliResult, error: string, message = /./): void {
  assert.match(stderr, new RegExp(`^quorate: [^\\n]+ \\[${error}\\]\\n$`));
  assert.match(stderr, message);
  assert.equal(code, 1);
}
