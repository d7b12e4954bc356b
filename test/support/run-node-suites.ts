// Usage: node run-node-suites.ts LIMITS FILE…, LIMITS as JSON: { silenceMs, graceMs }
// Runs test files, reports to stderr, and prints the tally as JSON.
import { runNodeSuites } from "../../scripts/test/node-suites.ts";

const [limits = "{}", ...files] = process.argv.slice(2);
const { silenceMs, graceMs } = JSON.parse(limits) as { silenceMs: number; graceMs: number };
console.log(JSON.stringify(await runNodeSuites({ files, output: process.stderr, silenceMs, graceMs })));
