import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Finding, Tree } from "./finding.ts";

/** Larger files make every clone slow for ever; artifacts are built, not committed. */
const MAX_FILE_BYTES = 1_000_000;
/** A README is read at one sitting. */
const MAX_README_LINES = 80;

/**
 * Absolute paths that exist on one machine only: home folders, temporary and working folders, Windows drives.
 * Preceded by nothing that would make them the middle of a URL or of a relative path.
 */
const MACHINE_PATH =
  /(?:(?<![\w.~/:*)}\]-])|(?<=file:\/\/))(\/(home|Users|root|work|mnt|tmp|private|var\/folders)\/[\w.@-]+|[A-Z]:\\{1,2}\w+)/;
/** Texts that are not ours to change. */
const FOREIGN = /(^|\/)(LICENSE|package-lock\.json)$/;

/** Finds files too large to be tracked. */
export function checkSizes({ root, files }: Tree): Finding[] {
  return files.flatMap((file) => {
    const { size } = statSync(path.join(root, file));
    const problem = `${size} bytes, more than ${MAX_FILE_BYTES}`;
    const mend = "Build it on first use and ignore it, or take it from an npm package";
    return size > MAX_FILE_BYTES ? [{ check: "sizes", path: file, problem, mend }] : [];
  });
}

/** Finds absolute paths of the machine on which a file was written. */
export function checkMachinePaths({ root, files }: Tree): Finding[] {
  return files.filter((file) => !FOREIGN.test(file)).flatMap((file) => machinePaths(root, file));
}

/** Finds a README that has grown too long. */
export function checkReadme({ root, files }: Tree): Finding[] {
  if (!files.includes("README.md")) return [];
  const lines = readFileSync(path.join(root, "README.md"), "utf8").trimEnd().split("\n").length;
  const mend = "Move details into docs/";
  const problem = `${lines} lines, more than ${MAX_README_LINES}`;
  return lines > MAX_README_LINES ? [{ check: "readme", path: "README.md", problem, mend }] : [];
}

function machinePaths(root: string, file: string): Finding[] {
  const bytes = readFileSync(path.join(root, file));
  if (bytes.includes(0)) return []; // binary
  return bytes
    .toString("utf8")
    .split("\n")
    .flatMap((line, index) => {
      const found = MACHINE_PATH.exec(line)?.[1];
      const mend = "Make it relative to the checkout, or ask the system (os.tmpdir(), os.homedir())";
      const problem = `the absolute path ${found} exists on one machine only`;
      return found === undefined ? [] : [{ check: "paths", path: `${file}:${index + 1}`, problem, mend }];
    });
}
