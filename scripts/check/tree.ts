import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import type { Tree } from "./finding.ts";

/**
 * Lists what git tracks in `root`, and what it would track if it were added now (new files are judged before they are committed).
 * @throws Error where `root` is no git checkout.
 */
export function readTree(root: string): Tree {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim();
    throw new Error(`Cannot list the files of ${root}: ${reason}. The checks need git and a checkout`);
  }
  const files = [...new Set(stdout.split("\0"))].filter((file) => file !== "" && existsSync(path.join(root, file)));
  return { root, files: files.toSorted() };
}
