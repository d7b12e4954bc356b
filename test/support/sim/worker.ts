// A thread of `runSeeds`: plays the batches that it is sent.
import { parentPort } from "node:worker_threads";
import { type Batch, playBatch } from "./run.ts";

parentPort?.on("message", (batch: Batch) => parentPort?.postMessage(playBatch(batch)));
