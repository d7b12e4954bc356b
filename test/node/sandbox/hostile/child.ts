// A sandbox process in small: one slot, whose worker cannot be terminated. It prints what became of the job, and whose
// fault it was; then it ends as the sandbox process does. Started by `process.test.ts`.
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { WorkerSlot } from "../../../../node/sandbox/process/worker-slot.ts";
import { ORDINARY_RUN } from "../support/run-phase.ts";

const TIMEOUT_MS = 100;
const STDOUT = 1;

const slot = new WorkerSlot(
  { coldStageLimitMs: 10_000 },
  {
    spawn: () => new Worker(new URL("./stubborn-worker.ts", import.meta.url)),
    loads: () => [],
    onPool: () => undefined,
    onFree: () => void run(),
    die: (culprit) => {
      writeSync(STDOUT, `died of ${culprit ?? "nobody"}\n`);
      process.kill(process.pid, "SIGKILL");
    },
  },
);
let ran = false;

async function run(): Promise<void> {
  if (ran) return;
  ran = true;
  const { answer } = await slot.run({ kind: "call", run: { ...ORDINARY_RUN, input: new Uint8Array(4) } }, TIMEOUT_MS);
  writeSync(STDOUT, `${answer.kind}\n`);
}
