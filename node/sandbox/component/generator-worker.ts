import { parentPort, workerData } from "node:worker_threads";
import { generateGlue } from "./generator.ts";

/**
 * Entry of a thread that generates the glue of one component and ends: the generator keeps 80 MB once it is loaded, and a
 * component that breaks it, or keeps it busy, breaks this thread alone.
 */
parentPort?.postMessage(await generateGlue(workerData as Uint8Array));
