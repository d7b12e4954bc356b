import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import type { Writable } from "node:stream";
import { HARDHAT_CLI } from "../toolchain/hardhat.ts";
import { fault, NOTHING, type Tally } from "./tally.ts";

/** Hardhat's runners, by the name of their task. */
export type ContractRunner = "solidity" | "mocha";

export interface ContractSuitesOptions {
  readonly runner: ContractRunner;
  /** Only these test files, by path; none: all of them. */
  readonly files: readonly string[];
  readonly output: Writable;
  /** The program to run instead of Hardhat. */
  readonly program?: string;
}

/** How many lines below "N passing" the other counts stand: failing, and pending or skipped. */
const SUMMARY_LINES = 3;

/** Runs contract tests with one of Hardhat's runners, and passes its words on to `output`. */
export async function runContractSuites(options: ContractSuitesOptions): Promise<Tally> {
  const { runner, files, output, program = HARDHAT_CLI } = options;
  const color = "isTTY" in output && output.isTTY === true ? { FORCE_COLOR: "1" } : {};
  const child = spawn(process.execPath, [program, "test", runner, ...files], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...color },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    output.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return judge(`hardhat test ${runner}`, parseSummary(stripVTControlCharacters(text)), code);
}

function judge(command: string, summary: Tally | undefined, code: number | null): Tally {
  if (summary === undefined) return fault(`${command} ended without a summary (exit code ${code ?? "none"})`);
  if (code === 0 || summary.failed > 0) return summary;
  return { ...summary, failed: 1, faults: [`${command} reported no failure, yet its exit code is ${code ?? "none"}`] };
}

/**
 * Reads the last summary that mocha's spec reporter or Hardhat's Solidity reporter printed.
 * @returns undefined where there is none: the runner died.
 */
export function parseSummary(text: string): Tally | undefined {
  const lines = text.split("\n");
  const start = lines.findLastIndex((line) => /^\s*\d+ passing\b/.test(line));
  if (start === -1) return undefined;
  const summary = lines.slice(start, start + SUMMARY_LINES);
  const count = (word: string) => {
    const line = summary.find((line) => new RegExp(`^\\s*\\d+ ${word}\\b`).test(line));
    return line === undefined ? 0 : Number.parseInt(line.trim(), 10);
  };
  const skipped = count("pending") + count("skipped");
  // Both reporters mark a test that they skipped with a dash before its name.
  const dashes = lines.slice(0, start).filter((line) => /^\s+- \S/.test(line));
  const names = dashes.slice(-skipped || dashes.length).map((line) => line.trim().replace(/^- /, ""));
  return {
    ...NOTHING,
    passed: count("passing"),
    failed: count("failing"),
    skipped: Array.from({ length: skipped }, (_, index) => ({ name: names[index] ?? "a contract test", reason: "" })),
  };
}
