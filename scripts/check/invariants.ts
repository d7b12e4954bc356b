import { readFileSync } from "node:fs";
import path from "node:path";
import type { Finding, Tree } from "./finding.ts";

const DOCUMENT = "docs/invariants.md";
/** `### INV-P1: …` */
const HEADING = /^### (INV-[A-Z]\d+): \S/;
/** A bullet that names tests: the file in backticks, then texts of it in double quotes, separated by semicolons. May be wrapped. */
const BULLET = /^- `(?<file>[^`]+)`: (?<names>"[^"]+"(?:; "[^"]+")*)$/;
const TEST_FILE = /^test\/.*\.(ts|sol)$/;

/** One bullet: the tests of one file that hold up one invariant. */
interface Evidence {
  readonly invariant: string;
  readonly line: number;
  readonly file: string;
  readonly names: readonly string[];
}

/** Finds invariants without a test, tests that docs/invariants.md names and that are gone, and tests of invariants that it lacks. */
export function checkInvariants({ root, files }: Tree): Finding[] {
  if (!files.includes(DOCUMENT)) return [];
  const text = (file: string) => readFileSync(path.join(root, file), "utf8");
  const lines = text(DOCUMENT).split("\n");
  const invariants = lines.flatMap((line) => HEADING.exec(line)?.[1] ?? []);
  const { evidence, malformed } = readEvidence(lines);
  return [
    ...malformed.map((line) =>
      finding(`${DOCUMENT}:${line}`, "a bullet that names no tests", 'Write - `file`: "name"; "name"'),
    ),
    ...repeated(invariants).map((name) => finding(DOCUMENT, `${name} stands twice`, "Number each invariant once")),
    ...invariants
      .filter((name) => !evidence.some(({ invariant }) => invariant === name))
      .map((name) => finding(DOCUMENT, `${name} names no test`, "Name the test that fails where it does not hold")),
    ...evidence.flatMap((entry) => missing(entry, files.includes(entry.file) ? text(entry.file) : undefined)),
    ...files.filter((file) => TEST_FILE.test(file)).flatMap((file) => unknown(file, text(file), invariants)),
  ];
}

function readEvidence(lines: readonly string[]): { evidence: readonly Evidence[]; malformed: readonly number[] } {
  const evidence: Evidence[] = [];
  const malformed: number[] = [];
  let invariant = "";
  for (const [index, line] of lines.entries()) {
    invariant = HEADING.exec(line)?.[1] ?? invariant;
    if (!line.startsWith("- ") || invariant === "") continue;
    const { file, names } = BULLET.exec(unwrapped(lines.slice(index)))?.groups ?? {};
    if (file === undefined || names === undefined) malformed.push(index + 1);
    else evidence.push({ invariant, line: index + 1, file, names: names.slice(1, -1).split('"; "') });
  }
  return { evidence, malformed };
}

/** The first line and those that continue it, which are indented. */
function unwrapped([first = "", ...others]: readonly string[]): string {
  const end = others.findIndex((line) => !line.startsWith("  "));
  return [first, ...others.slice(0, end < 0 ? others.length : end)].map((line) => line.trim()).join(" ");
}

function missing({ line, file, names }: Evidence, content: string | undefined): Finding[] {
  const at = `${DOCUMENT}:${line}`;
  if (content === undefined) return [finding(at, `${file} is not there`, "Name the file that holds the test now")];
  return names
    .filter((name) => !content.includes(name))
    .map((name) => finding(at, `${file} holds no "${name}"`, "Name the test as it is called now, or write it again"));
}

/** Tests that carry an invariant's number in their name. */
function unknown(file: string, content: string, invariants: readonly string[]): Finding[] {
  const named = new Set([...content.matchAll(/["'`](INV-[A-Z]\d+)\b/g)].map(([, name = ""]) => name));
  return [...named]
    .filter((name) => !invariants.includes(name))
    .map((name) => finding(file, `${name} is not in ${DOCUMENT}`, "Describe the invariant there, or mend its number"));
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function finding(at: string, problem: string, mend: string): Finding {
  return { check: "invariants", path: at, problem, mend };
}
