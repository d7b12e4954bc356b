import { spawnSync } from "node:child_process";
import path from "node:path";
import type { Finding } from "./finding.ts";

/** What knip looks for, and the mend for each. */
const MENDS = {
  files: [
    "a file that nothing imports",
    "Use it or delete it; a program of its own belongs in scripts/check/knip.config.ts",
  ],
  exports: ["an export that nothing imports", "Drop the export, or the code"],
  types: ["an exported type that nothing uses", "Drop it"],
  duplicates: ["one thing exported under several names", "Keep one name"],
  dependencies: ["a dependency that nothing imports", "npm uninstall it"],
  devDependencies: ["a development dependency that nothing imports", "npm uninstall it"],
  unlisted: ["a package that package.json does not list", "npm install it"],
  unresolved: ["an import that leads nowhere", "Mend its path"],
} as const;
type Kind = keyof typeof MENDS;

type KnipIssue = { readonly file: string } & Partial<Record<Kind, readonly { name: string; line?: number }[]>>;

/** Finds files, exports and packages that nothing uses, with knip. Its configuration is `config`, a path from `root`. */
export function checkDeadCode(root: string, config = "scripts/check/knip.config.ts"): Finding[] {
  const kinds = Object.keys(MENDS) as Kind[];
  const program = path.join(import.meta.dirname, "../../node_modules/knip/bin/knip.js");
  const args = [program, "--config", config, "--include", kinds.join(), "--reporter", "json", "--no-progress"];
  const { stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return parse(stdout, error?.message ?? stderr).flatMap((issue) => kinds.flatMap((kind) => findings(issue, kind)));
}

function parse(output: string, reason: string): readonly KnipIssue[] {
  try {
    return (JSON.parse(output) as { issues: readonly KnipIssue[] }).issues;
  } catch (cause) {
    throw new Error(`knip gave no report: ${reason.trim()}`, { cause });
  }
}

function findings(issue: KnipIssue, kind: Kind): Finding[] {
  const [problem, mend] = MENDS[kind];
  return (issue[kind] ?? []).map(({ name, line }) => ({
    check: "dead-code",
    path: line === undefined ? issue.file : `${issue.file}:${line}`,
    problem: kind === "files" ? problem : `${problem}: ${name}`,
    mend,
  }));
}
