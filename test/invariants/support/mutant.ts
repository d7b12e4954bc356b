import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type * as Play from "../../support/sim/play.ts";
import type { PlantedBug } from "./planted-bugs.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
/** Inside the checkout, so that packages are found. */
const SCRATCH = path.join(ROOT, ".quorate", "planted-bugs");
/** What a simulation is made of. */
const SOURCES = ["core", "test/support/sim", "test/support/random.ts"];

/** The simulator over a copy of the core with one bug in it. */
export async function plant({ file, find, replace }: PlantedBug, name: string): Promise<typeof Play> {
  const folder = path.join(SCRATCH, `${process.pid}-${name}`);
  for (const source of SOURCES) {
    mkdirSync(path.dirname(path.join(folder, source)), { recursive: true });
    cpSync(path.join(ROOT, source), path.join(folder, source), { recursive: true });
  }
  const mutated = path.join(folder, file);
  const text = readFileSync(mutated, "utf8");
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} holds ${places} times what the bug replaces, not once: ${find}`);
  writeFileSync(
    mutated,
    text.replace(find, () => replace),
  );
  return (await import(pathToFileURL(path.join(folder, "test/support/sim/play.ts")).href)) as typeof Play;
}

/** Takes away the copies of this process. */
export function removeMutants(names: readonly string[]): void {
  for (const name of names) rmSync(path.join(SCRATCH, `${process.pid}-${name}`), { recursive: true, force: true });
}
