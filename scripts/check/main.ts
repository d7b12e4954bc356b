// Usage: npm run check [-- --json]
// Fails on whatever would let the structure of the project decay. Each finding is one line that says how to mend it.
import { ensureContracts } from "../toolchain/contracts.ts";
import { ROOT } from "../toolchain/root.ts";
import { checkDeadCode } from "./dead-code.ts";
import { checkMachinePaths, checkReadme, checkSizes } from "./files.ts";
import { formatFinding, type Finding, type Tree } from "./finding.ts";
import { checkGenerated } from "./generated.ts";
import { checkImports } from "./imports.ts";
import { checkInvariants } from "./invariants.ts";
import { checkLockfile, checkPins } from "./packages.ts";
import { checkSpdx } from "./spdx.ts";
import { readTree } from "./tree.ts";

const CHECKS: readonly ((tree: Tree) => Finding[] | Promise<Finding[]>)[] = [
  checkImports,
  ({ root }) => checkDeadCode(root),
  checkGenerated,
  checkSpdx,
  checkPins,
  checkLockfile,
  checkSizes,
  checkMachinePaths,
  checkReadme,
  checkInvariants,
];

await ensureContracts();
const tree = readTree(ROOT);
const findings: Finding[] = [];
for (const check of CHECKS) findings.push(...(await check(tree)));

if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ files: tree.files.length, findings }));
} else {
  for (const finding of findings) console.log(formatFinding(finding));
  const verdict = findings.length === 0 ? "nothing to mend" : `${findings.length} to mend`;
  console.log(`${CHECKS.length} checks over ${tree.files.length} files: ${verdict}`);
}
if (findings.length > 0) process.exitCode = 1;
