// Usage: node scripts/toolchain/complete-lockfile.ts [--check]
// Adds to package-lock.json the optional packages of other platforms that npm left out. Run it after `npm install`.
import { readFileSync, writeFileSync } from "node:fs";
import { completeLockfile, missingOptionalPackages, type Lockfile } from "./lockfile.ts";

const file = new URL("../../package-lock.json", import.meta.url);
const lockfile = JSON.parse(readFileSync(file, "utf8")) as Lockfile;
const missing = missingOptionalPackages(lockfile);

for (const { parent, name, version } of missing) console.log(`${name}@${version}, for ${parent}`);
if (process.argv.includes("--check")) {
  if (missing.length > 0) process.exitCode = 1;
} else if (missing.length > 0) {
  writeFileSync(file, `${JSON.stringify(completeLockfile(lockfile), null, 2)}\n`);
}
console.log(missing.length === 0 ? "The lockfile is complete." : `${missing.length} platform packages were missing.`);
