import { readFileSync } from "node:fs";
import path from "node:path";
import type { Finding, Tree } from "./finding.ts";

const NEEDS_HEADER = /\.(sol|circom)$/;
/** The header stands at the top; one that comes later is taken for prose. */
const HEADER_LINES = 3;
const HEADER = /SPDX-License-Identifier: ([^\n*]+)/;
const PROJECT = "GPL-3.0-or-later";
const PERMISSIVE = ["MIT", `MIT OR ${PROJECT}`];

/** Parts that are offered under MIT too; the rest is under the project's licence. */
const PERMISSIVE_PLACES = [
  "contracts/consumers/",
  "contracts/interfaces/",
  "contracts/mocks/MockFeed.sol",
  "contracts/mocks/MockHub.sol",
  "core/",
  "sdk/",
];
/** Made by snarkjs from its own template, which carries its own licence line. */
const GENERATED_FOLDERS = ["contracts/verifiers/generated/"];

/** Finds Solidity and circom files without the licence header that their folder asks for. */
export function checkSpdx({ root, files }: Tree): Finding[] {
  return files.filter((file) => NEEDS_HEADER.test(file)).flatMap((file) => judge(file, head(path.join(root, file))));
}

function judge(file: string, head: string): Finding[] {
  const licence = HEADER.exec(head)?.[1]?.trim();
  const allowed = allowedLicences(file);
  const mend = `Begin it with "// SPDX-License-Identifier: ${allowed[0] ?? PROJECT}"`;
  if (licence === undefined) return [{ check: "spdx", path: file, problem: "no SPDX licence header", mend }];
  if (allowed.length === 0 || allowed.includes(licence)) return [];
  return [{ check: "spdx", path: file, problem: `licence ${licence} where ${allowed.join(" or ")} is due`, mend }];
}

/** Empty: any licence, as long as it is named. */
function allowedLicences(file: string): readonly string[] {
  if (GENERATED_FOLDERS.some((folder) => file.startsWith(folder))) return [];
  return PERMISSIVE_PLACES.some((place) => file.startsWith(place)) ? PERMISSIVE : [PROJECT];
}

function head(file: string): string {
  return readFileSync(file, "utf8").split("\n", HEADER_LINES).join("\n");
}
