import os from "node:os";
import path from "node:path";
import type { Writable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fault, NOTHING, sum, type Skip, type Tally } from "./tally.ts";

/** The longest that one test may take: building a circuit for the first time takes a minute or two on a slow machine. */
const TEST_TIMEOUT_MS = 300_000;
/** No word from any file for so long means that one is in an endless loop, which its own time limit cannot interrupt. */
const SILENCE_MS = TEST_TIMEOUT_MS + 60_000;
/** How long a file may take to end once its last test is over: closing libp2p hosts and workers takes seconds. */
const GRACE_MS = 15_000;
/** End-to-end tests start processes of their own: more files at once would only slow each other down. */
const MAX_FILES_AT_ONCE = 4;

export interface NodeSuitesOptions {
  /** Absolute paths of the test files. */
  readonly files: readonly string[];
  readonly output: Writable;
  /** How long all files may be silent, in milliseconds. */
  readonly silenceMs?: number;
  /** How long a file may take to end after its last test, in milliseconds. */
  readonly graceMs?: number;
  /** The longest that one test may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Runs test files with node:test, each in a process of its own, and reports to `output` as they end. */
export async function runNodeSuites(options: NodeSuitesOptions): Promise<Tally> {
  const { files, output, silenceMs = SILENCE_MS, graceMs = GRACE_MS, timeoutMs = TEST_TIMEOUT_MS } = options;
  if (files.length === 0) return NOTHING;
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(), silenceMs);
  const stream = run({
    files,
    signal: silence.signal,
    concurrency: Math.min(os.availableParallelism(), MAX_FILES_AT_ONCE),
    timeout: timeoutMs,
    execArgv: ["--import", new URL(`alive-guard.ts?graceMs=${graceMs}`, import.meta.url).href],
  });
  stream.on("data", () => watchdog.refresh());
  const observed = observe(stream, files);
  for await (const chunk of stream.compose(spec)) output.write(chunk);
  clearTimeout(watchdog);
  const tally = judge(observed);
  const silent = `no test file said anything for ${silenceMs / 1000} s: stopped them`;
  return silence.signal.aborted ? sum([tally, fault(silent)]) : tally;
}

interface Observed {
  counts?: { readonly passed: number; readonly failed: number };
  readonly skipped: Skip[];
  /** Files without any test, which node:test counts as one pass each. */
  readonly empty: string[];
}

/** Gathers what the stream's events tell, while somebody reads the stream. */
function observe(stream: ReturnType<typeof run>, files: readonly string[]): Observed {
  const observed: Observed = { skipped: [], empty: [] };
  stream.on("test:pass", ({ name, nesting, skip, todo, file }) => {
    if (nesting === 0 && files.includes(name)) observed.empty.push(path.relative("", name));
    for (const [kind, mark] of Object.entries({ skip, todo })) {
      if (mark === undefined || mark === false) continue;
      observed.skipped.push({ name: `${path.relative("", file ?? "")}: ${name}`, reason: mark === true ? kind : mark });
    }
  });
  stream.on("test:summary", ({ file, success, counts: { tests, passed, skipped, todo } }) => {
    // Without a file it is the summary of the whole run. What neither passed nor was skipped failed or was cancelled.
    const failed = Math.max(tests - passed - skipped - todo, success ? 0 : 1);
    if (file === undefined) observed.counts = { passed, failed };
  });
  return observed;
}

function judge({ counts, skipped, empty }: Observed): Tally {
  if (counts === undefined) return fault("node:test ended without a summary");
  const tally = { ...NOTHING, passed: counts.passed - empty.length, failed: counts.failed, skipped };
  return sum([tally, ...empty.map((file) => fault(`${file} has no tests`))]);
}
