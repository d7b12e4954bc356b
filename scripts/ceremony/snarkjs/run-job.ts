import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CeremonyErrorData } from "../errors.ts";
import type { Job, JobReply } from "./messages.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
/** Of what snarkjs says of a refusal; the last words count. */
const MAX_COMPLAINT_CHARACTERS = 500;

export interface Outcome {
  readonly holds: boolean;
  /** What snarkjs complained of. */
  readonly reason: string;
}

/**
 * Does one job in a child process that ends with it.
 * @param onProgress receives snarkjs' own words, many a second.
 * @throws QuorateError<CeremonyErrorData> `snarkjs-failed` where there is no outcome: memory, disk, a file it cannot read.
 */
export async function runJob(job: Job, onProgress: (text: string) => void): Promise<Outcome> {
  const child = fork(WORKER, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  let complaints = "";
  const keep = (text: string) => (complaints = `${complaints} ${text.trim()}`.slice(-MAX_COMPLAINT_CHARACTERS));
  child.stdout?.setEncoding("utf8").on("data", keep);
  let last: JobReply | undefined;
  child.on("message", (message: JobReply) => {
    if (message.kind === "progress") onProgress(message.text);
    else if (message.kind === "complaint") keep(message.text);
    else last = message;
  });
  child.send(job);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (last?.kind === "done") return { holds: last.holds, reason: complaints.trim() };
  throw failed(job, last?.kind === "failed" ? last.reason : `its process ended with ${code ?? "a signal"}`);
}

/**
 * Does a job that makes a file.
 * @throws QuorateError<CeremonyErrorData> `snarkjs-failed` where there is no outcome, and where snarkjs refuses, in its own words.
 */
export async function makeFile(
  job: Extract<Job, { readonly to: string }>,
  onProgress: (text: string) => void,
): Promise<void> {
  const { holds, reason } = await runJob(job, onProgress);
  if (!holds) throw failed(job, reason);
}

function failed(job: Job, reason: string): QuorateError<CeremonyErrorData> {
  const message = `snarkjs could not ${job.kind}: ${reason}; check the files, free memory and disk, then run it again`;
  return new QuorateError<CeremonyErrorData>({ code: "snarkjs-failed", job: job.kind, reason }, message);
}
