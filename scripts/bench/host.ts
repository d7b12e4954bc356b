import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";
import { ROOT } from "../toolchain/root.ts";

/** The machine that the figures are from. */
export interface Host {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

export function describeHost(): Host {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    node: process.versions.node,
  };
}

/** The checked-out commit, with `-dirty` where files differ from it; `unknown` outside a Git checkout. */
export async function describeCommit(): Promise<string> {
  const git = promisify(execFile);
  try {
    const [head, changes] = await Promise.all([
      git("git", ["rev-parse", "HEAD"], { cwd: ROOT }),
      git("git", ["status", "--porcelain", "--untracked-files=no"], { cwd: ROOT }),
    ]);
    return `${head.stdout.trim()}${changes.stdout.trim() === "" ? "" : "-dirty"}`;
  } catch {
    return "unknown";
  }
}
