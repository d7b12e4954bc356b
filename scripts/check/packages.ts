import { readFileSync } from "node:fs";
import path from "node:path";
import { missingOptionalPackages, type LockEntry, type Lockfile } from "../toolchain/lockfile.ts";
import type { Finding, Tree } from "./finding.ts";

const LOCKFILE = "package-lock.json";
const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies"] as const;
/** `1.2.3`, `1.2.3-beta.1`, or an alias of such a version. */
const EXACT = /^(npm:(@[^/@]+\/)?[^/@]+@)?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

type Manifest = Partial<Record<(typeof SECTIONS)[number], Record<string, string>>>;

/** Finds dependencies that are not pinned to one version, in every package.json of the tree. */
export function checkPins({ root, files }: Tree): Finding[] {
  return files
    .filter((file) => path.posix.basename(file) === "package.json")
    .flatMap((file) => {
      const manifest = JSON.parse(readFileSync(path.join(root, file), "utf8")) as Manifest;
      return SECTIONS.flatMap((section) => Object.entries(manifest[section] ?? {}))
        .filter(([, version]) => !EXACT.test(version))
        .map(([name, version]) => {
          const mend = "Write the exact version that was tested (npm install --save-exact)";
          return { check: "pins", path: file, problem: `${name} is "${version}", not one exact version`, mend };
        });
    });
}

/** Finds what would make `npm ci` fail, or install something else, on another machine. */
export function checkLockfile({ root, files }: Tree): Finding[] {
  if (!files.includes(LOCKFILE)) return [];
  const lockfile = JSON.parse(readFileSync(path.join(root, LOCKFILE), "utf8")) as Lockfile;
  const missing = missingOptionalPackages(lockfile).map(({ parent, name, version }) => {
    const asking = parent === "" ? "the project" : parent;
    const mend = "Run node scripts/toolchain/complete-lockfile.ts";
    return {
      check: "lockfile",
      path: LOCKFILE,
      problem: `${name}@${version} is missing (${asking} asks for it)`,
      mend,
    };
  });
  const strange = Object.entries(lockfile.packages).flatMap(([key, entry]) => (key === "" ? [] : judge(key, entry)));
  return [...missing, ...strange];
}

function judge(key: string, { resolved, integrity, link, optional }: LockEntry): Finding[] {
  const finding = (problem: string, mend: string): Finding => ({ check: "lockfile", path: LOCKFILE, problem, mend });
  // Each machine has its own registry or mirror; versions and hashes say what is installed.
  if (resolved !== undefined && link !== true) {
    return [finding(`${key} names a place: ${resolved}`, "Run npm install again: .npmrc leaves such places out")];
  }
  // Stubs for other platforms have no hash; a package that every machine installs must have one.
  if (integrity === undefined && link !== true && optional !== true) {
    return [finding(`${key} has no integrity hash`, "Run npm install again, with the registry reachable")];
  }
  return [];
}
