// Usage: node [--liftoff-only|--no-liftoff] tier-worker.ts FOLDER OUR_MODULES
// Runs the metered modules of a folder and those that our own generator makes, and prints a line for each: what it is, and
// a digest over results, effects and fuel of all its exports. `tiers.test.ts` compares what the engine's tiers print.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { meterCore } from "../../../../node/sandbox/admission/admit.ts";
import { runExports } from "./module-run.ts";
import { randomModule } from "./random-module.ts";

const FUEL = 100_000n;
const [folder = ".", ourModules = "0"] = process.argv.slice(2);

for (const file of readdirSync(folder).sort()) print(file, readFileSync(path.join(folder, file)));
for (let seed = 0; seed < Number(ourModules); seed++) print(`ours ${seed}`, randomModule(seed, { tame: false }));

function print(what: string, bytes: Uint8Array): void {
  const hash = createHash("sha256");
  for (const { name, result, effects, fuel, limit } of runExports(meterCore(bytes).instrumented, FUEL)) {
    hash.update([name, result, effects, fuel, limit].join());
  }
  console.log(`${what}: ${hash.digest("hex")}`);
}
