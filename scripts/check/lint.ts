// Usage: npm run lint
// Types, ESLint and formatting, all of them even where one fails; then one line each and the exit code.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { buildContracts } from "../toolchain/hardhat.ts";
import { ROOT } from "../toolchain/root.ts";

/** What runs: a name for a person, the program (under node_modules), its arguments. */
const STEPS = [
  ["types", "typescript/bin/tsc", ["--project", "tsconfig.json"]],
  ["types of core, without Node's", "typescript/bin/tsc", ["--project", "core/tsconfig.json"]],
  ["types of sdk/consumer, without Node's", "typescript/bin/tsc", ["--project", "sdk/consumer/tsconfig.json"]],
  ["types of its example, with the DOM's", "typescript/bin/tsc", ["--project", "sdk/consumer/example/tsconfig.json"]],
  ["eslint", "eslint/bin/eslint.js", [".", "--max-warnings", "0"]],
  ["formatting (mend: npm run format)", "prettier/bin/prettier.cjs", ["--check", "--log-level", "warn", "."]],
] as const;

// The tests of the contracts are checked against the contracts' generated types.
await buildContracts();

const results = STEPS.map(([name, program, args]) => {
  const file = path.join(ROOT, "node_modules", program);
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: ROOT, stdio: "inherit" });
  return { name, passed: status === 0 };
});

for (const { name, passed } of results) console.log(`${passed ? "ok    " : "FAILED"} ${name}`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
