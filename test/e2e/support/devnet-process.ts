import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { descendantsOf } from "../../../scripts/bench/rounds/process-tree.ts";
import { ROOT } from "../../../scripts/toolchain/root.ts";

const SCRIPT = path.join(ROOT, "scripts/devnet/main.ts");
const RUNS = path.join(ROOT, ".quorate/devnet");
const POLL_MS = 100;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A devnet as a user starts it: in a process group of its own, seen through its output and its processes alone. */
export interface DevnetProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /** The scratch folder of this run, once it exists. */
  directory(): Promise<string>;
  /** To the whole group, as a terminal's Ctrl-C does. */
  interrupt(): void;
  /** To the devnet's own process alone. */
  kill(): void;
  /** All processes that it was ever seen to start, at any depth, and that still run. */
  survivors(): Promise<readonly number[]>;
  /** Ends what is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export function startDevnet(args: readonly string[]): DevnetProcess {
  const child = spawn(process.execPath, [SCRIPT, ...args], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid!;
  const output = collect(child);
  const family = watchFamily(pid);
  const exited = new Promise<Exit>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  return {
    pid,
    exited,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    directory: () => directoryOf(pid),
    interrupt: () => void process.kill(-pid, "SIGINT"),
    kill: () => void process.kill(pid, "SIGKILL"),
    survivors: () => family.survivors(),
    async [Symbol.asyncDispose]() {
      family.stop();
      for (const survivor of [pid, ...(await family.survivors())]) endProcess(survivor);
    },
  };
}

/** Runs to the end. @throws if it leaves a process behind. */
export async function runDevnet(args: readonly string[]) {
  await using devnet = startDevnet(args);
  const exit = await devnet.exited;
  const survivors = await untilNone(() => devnet.survivors(), 2_000);
  return { ...exit, stdout: devnet.stdout(), stderr: devnet.stderr(), survivors };
}

/** What is left of a list after waiting for it to become empty. */
export async function untilNone(list: () => Promise<readonly number[]>, timeoutMs: number): Promise<readonly number[]> {
  const deadline = Date.now() + timeoutMs;
  let left = await list();
  while (left.length > 0 && Date.now() < deadline) {
    await delay(POLL_MS);
    left = await list();
  }
  return left;
}

/** Waits for a condition. @throws with the devnet's own words if it ends before, or after `timeoutMs`. */
export async function until(
  devnet: DevnetProcess,
  condition: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const ended = devnet.exited.then(() => "ended" as const);
  while (!(await condition())) {
    const next = await Promise.race([ended, delay(POLL_MS, Date.now() > deadline ? "late" : "again")]);
    if (next !== "again") throw new Error(`the devnet is ${next}: ${devnet.stdout()}${devnet.stderr()}`);
  }
}

function collect({ stdout, stderr }: ChildProcess) {
  const output = { stdout: "", stderr: "" };
  stdout!.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  stderr!.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  return output;
}

/** Remembers every descendant: once a parent is gone, its children can no longer be found through it. */
function watchFamily(root: number) {
  const known = new Map<number, string>();
  const look = async (): Promise<void> => {
    for (const pid of await descendantsOf(root)) {
      const birth = await birthOf(pid);
      if (birth !== undefined) known.set(pid, birth);
      // Their own children too, after the root is gone.
      for (const below of await descendantsOf(pid)) known.set(below, (await birthOf(below)) ?? "");
    }
  };
  const timer = setInterval(() => void look(), POLL_MS);
  return {
    stop: () => clearInterval(timer),
    async survivors() {
      const alive: number[] = [];
      for (const [pid, birth] of known) if ((await birthOf(pid)) === birth) alive.push(pid);
      return alive;
    },
  };
}

/** The start time of a running process, which tells it from a later one of the same id; undefined for none or a zombie. */
async function birthOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

async function directoryOf(pid: number): Promise<string> {
  const runs = await readdir(RUNS);
  const run = runs.find((name) => name.endsWith(`-${pid}`));
  if (run === undefined) throw new Error(`no run of process ${pid} in ${RUNS}`);
  return path.join(RUNS, run);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
