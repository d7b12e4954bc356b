import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { addStatementCoverageInstrumentation, latestSupportedSolidityVersion } from "@nomicfoundation/edr";
import { deployedFiles } from "../solidity/deployed-files.ts";
import { onOneLine } from "../solidity/one-line.ts";

/** A statement of a contract, as Hardhat's coverage counts them: inline assembly is one of them, whatever it holds. */
export interface Statement {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly line: number;
  /** On one line, without comments. */
  readonly text: string;
  readonly covered: boolean;
}

/** What Hardhat's coverage left of its last run: how often each tag was met. */
const HITS = "coverage/data/mocha/*.json";

/** The statements of `deployedFiles`, each covered or not by the last run of `hardhat test mocha --coverage`. */
export function readStatements(root: string): Statement[] {
  const hits = new Set(globSync(HITS, { cwd: root }).flatMap((file) => tagsOf(path.join(root, file))));
  return deployedFiles(root).flatMap((file) => statementsOf(file, readFileSync(path.join(root, file), "utf8"), hits));
}

function statementsOf(file: string, content: string, hits: ReadonlySet<string>): Statement[] {
  const version = latestSupportedSolidityVersion();
  const { metadata } = addStatementCoverageInstrumentation(content, `project/${file}`, version);
  return metadata
    .filter(({ kind }) => kind === "statement")
    .map(({ tag, startUtf16, endUtf16 }) => ({
      file,
      line: content.slice(0, startUtf16).split("\n").length,
      text: onOneLine(content.slice(startUtf16, endUtf16)),
      covered: hits.has(Buffer.from(tag).toString("hex")),
    }));
}

function tagsOf(file: string): string[] {
  return Object.keys(JSON.parse(readFileSync(file, "utf8")) as Record<string, number>);
}
