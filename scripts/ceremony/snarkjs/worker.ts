// Child process: does one job with snarkjs and ends. A process of its own because snarkjs leaves its threads running and prints
// some refusals on standard output; and because a contribution's secret is gone for certain when its process is.
import { randomBytes } from "node:crypto";
import * as snarkjs from "snarkjs";
import type { Job, JobReply } from "./messages.ts";

const SECRET_BYTES = 64;

const reply = (message: JobReply): void => void process.send?.(message);
const progress = (text: string): void => reply({ kind: "progress", text });
const complaint = (text: string): void => reply({ kind: "complaint", text });
const logger: snarkjs.Logger = { debug: progress, info: progress, warn: complaint, error: complaint };

async function perform(job: Job): Promise<boolean> {
  switch (job.kind) {
    case "check-powers":
      return snarkjs.powersOfTau.verify(job.powers, logger);
    case "begin":
      return (await snarkjs.zKey.newZKey(job.r1cs, job.powers, job.to, logger)) !== -1;
    case "contribute": {
      const { from, to, name } = job;
      // snarkjs mixes in 64 random bytes of the system's itself; these do not depend on its doing so.
      const entropy = randomBytes(SECRET_BYTES).toString("hex") + job.text;
      return (await snarkjs.zKey.contribute(from, to, name, entropy, logger)) instanceof Uint8Array;
    }
    case "beacon": {
      const { from, to, name, hash, iterationsExp } = job;
      return (await snarkjs.zKey.beacon(from, to, name, hash, iterationsExp, logger)) !== false;
    }
    case "check-key":
      return snarkjs.zKey.verifyFromInit(job.initial, job.powers, job.key, logger);
  }
}

async function answer(job: Job): Promise<JobReply> {
  try {
    return { kind: "done", holds: await perform(job) };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

process.once("message", (job: Job) => {
  void answer(job).then((message) => process.send?.(message, () => process.exit(0)));
});
// Nobody waits any more.
process.on("disconnect", () => process.exit(0));
