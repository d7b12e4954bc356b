import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { Worker } from "node:worker_threads";
import type { WorkerOptions } from "./messages.ts";

/**
 * JavaScript heap of a worker, MiB. What is in it is our own, and bounded. WebAssembly memory is outside of it, but V8 counts
 * it in: near the limit each memory.grow collects garbage. Under 128 MiB a guest took 8 s to grow to its cap, here 0.2 s.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
/** What the worker's modules are among. */
const FOLDERS = ["../", "../../../core/errors/", "../../../core/ports/", "../../../core/types/"];
const ENTRY = new URL("./worker.ts", import.meta.url);

/** Gives the thread its sources as they were prepared; packages it reads itself. */
const BOOT = `
  const { registerHooks } = require("node:module");
  const { entry, sources } = require("node:worker_threads").workerData;
  registerHooks({
    load(url, context, next) {
      const source = sources[url];
      return source === undefined ? next(url, context) : { format: "module", source, shortCircuit: true };
    },
  });
  import(entry);`;

/**
 * Prepares worker threads of this process. Node strips types in each thread anew, with a compiler that each thread loads anew:
 * that took 150 ms of the 220 ms of processor time that a worker needed to start. Here it is done once, for all workers.
 */
export function prepareWorkers(options: WorkerOptions): () => Worker {
  const workerData = { ...options, entry: ENTRY.href, sources: strippedSources() };
  return () => {
    const worker = new Worker(BOOT, { eval: true, env: {}, workerData, resourceLimits: RESOURCE_LIMITS });
    // The node logs what this process writes there.
    return worker.on("error", (error) => console.error(error));
  };
}

/** JavaScript of the TypeScript files by their URLs; lines and columns stay as they are. */
function strippedSources(): Readonly<Record<string, string>> {
  const files = FOLDERS.map((folder) => new URL(folder, import.meta.url)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map(
      (file) => new URL(file.replaceAll("\\", "/"), folder),
    ),
  );
  const sources = files.filter(({ pathname }) => /(?<!\.d)\.ts$/.test(pathname));
  return Object.fromEntries(sources.map((file) => [file.href, stripTypeScriptTypes(readFileSync(file, "utf8"))]));
}
