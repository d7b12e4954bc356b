import { readdir, rm } from "node:fs/promises";
import path from "node:path";

/** Folders of earlier runs that are kept to look into. */
const KEPT_RUNS = 5;

/** Deletes all but the newest runs. Their names begin with their time. */
export async function pruneRuns(directory: string): Promise<void> {
  const runs = await readdir(directory).catch(() => []);
  const old = runs.sort().slice(0, -KEPT_RUNS);
  await Promise.all(old.map((run) => rm(path.join(directory, run), { recursive: true, force: true })));
}
