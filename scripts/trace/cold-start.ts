// Usage: node scripts/trace/cold-start.ts --pid PID [--limit-ms 80]
// Prints each compilation and instantiation of WebAssembly in a running process until SIGINT. Linux, root, bpftrace.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PROGRAM = fileURLToPath(new URL("cold-start.bt", import.meta.url));
const LIMIT_MS = 80;
/** bpftrace writes here when it takes its probes away; mounted for the tracer alone where the system has not. */
const TRACEFS = "/sys/kernel/tracing";
const MOUNT = `mount -t tracefs nodev ${TRACEFS} && exec bpftrace "$@"`;
const V8_WASM = "_ZN2v88internal4wasm";
/** Some thousands of names. */
const LISTING = { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 } as const;
/** Compiling and loading an empty program takes half a second. */
const PROBE_MS = 10_000;

/** Why nothing can be traced here; undefined where it can. */
export function whyNotHere(): string | undefined {
  if (process.platform !== "linux") return "uprobes are Linux's";
  if (process.getuid?.() !== 0) return "bpftrace needs root";
  const tried = spawnSync("bpftrace", ["-e", "BEGIN { exit(); }"], { timeout: PROBE_MS, encoding: "utf8" });
  if (tried.error !== undefined) return `bpftrace does not run (${tried.error.message}): install it`;
  return tried.status === 0
    ? undefined
    : `bpftrace cannot load a program: ${tried.stderr.trim().split("\n").at(-1) ?? ""}`;
}

/** The binary of a process, reached through its own root: it may live in a container. */
function binaryOf(pid: number): string {
  try {
    return `/proc/${pid}/root${readlinkSync(`/proc/${pid}/exe`)}`;
  } catch (cause) {
    throw new Error(`there is no process ${pid} that can be read: name a running one with --pid`, { cause });
  }
}

/**
 * Every function that is traced must be there, once: V8's names change, and a stripped binary has none. A `.cold` part of a
 * function must never get a probe on its return, since it is not entered by a call.
 */
function requireSymbols(binary: string): void {
  const all = execFileSync("bpftrace", ["-l", `uprobe:${binary}:${V8_WASM}*`], LISTING).split("\n");
  for (const [, pattern = ""] of readFileSync(PROGRAM, "utf8").matchAll(/:\$1:(\w+)/g)) {
    const symbols = all.filter((line) => line.includes(`:${pattern}`));
    if (symbols.length === 1 && symbols[0]?.endsWith(".cold") === false) continue;
    throw new Error(
      `${binary} has ${symbols.length} functions ${pattern}… and needs one: scripts/trace/cold-start.bt does not fit this Node`,
    );
  }
}

/** Starts the tracer; it prints to `stdio` until it gets SIGINT. */
export function traceColdStart({ pid, limitMs = LIMIT_MS }: { pid: number; limitMs?: number }) {
  const binary = binaryOf(pid);
  requireSymbols(binary);
  const args = ["-B", "line", PROGRAM, binary, String(pid), String(limitMs)];
  const mounted = existsSync(`${TRACEFS}/uprobe_events`);
  const [command, all] = mounted ? ["bpftrace", args] : ["unshare", ["-m", "sh", "-c", MOUNT, "sh", ...args]];
  const tracer = spawn(command, all, { stdio: ["ignore", "pipe", "pipe"] });
  tracer.stderr.setEncoding("utf8").on("data", (text: string) => {
    // In a container it may not raise this limit, and does not need to.
    if (!text.includes("RLIMIT_MEMLOCK")) process.stderr.write(text);
  });
  return tracer;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { pid: { type: "string" }, "limit-ms": { type: "string" } } });
  const [pid, limitMs] = [Number(values.pid), Number(values["limit-ms"] ?? LIMIT_MS)];
  const reason = whyNotHere();
  if (!Number.isInteger(pid) || !Number.isInteger(limitMs))
    throw new Error("give --pid PID and, if need be, --limit-ms 80");
  if (reason !== undefined) throw new Error(reason);
  const tracer = traceColdStart({ pid, limitMs });
  tracer.stdout.pipe(process.stdout);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tracer.kill("SIGINT"));
  tracer.on("exit", (code) => (process.exitCode = code ?? 1));
}
