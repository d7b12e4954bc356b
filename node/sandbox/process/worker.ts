import { parentPort, workerData } from "node:worker_threads";
import type { Hex } from "../../../core/types/hex.ts";
import { admitModule } from "../admission/admit.ts";
import { isModuleRefusal, printable } from "../admission/refusal.ts";
import { createProgram } from "../guest/create-program.ts";
import { compileProgram } from "../guest/program.ts";
import type { PhaseRun } from "../guest/session.ts";
import { ColdStart } from "./cold-start.ts";
import { FillQueue } from "./fill-queue.ts";
import { IdleMemory } from "./idle-memory.ts";
import { proveInstantiation } from "./instantiation-proof.ts";
import type {
  CallDone,
  Faulted,
  Job,
  LoadProgram,
  Refused,
  WorkerMessage,
  WorkerOptions,
  WorkerReply,
} from "./messages.ts";
import { ProgramPool } from "./program-pool.ts";

/**
 * Entry of a warm worker thread: admits modules, keeps a few fresh instances of each ready, and runs one phase at a time.
 * It holds no handle on the world; the process around it has none either.
 */

type Reply = Extract<WorkerReply, { kind: "reply" }>;

interface Loaded {
  readonly pool: ProgramPool;
  called: boolean;
}

const { poolSize, coldStageLimitMs } = workerData as WorkerOptions;
/** A component takes a while to load; calls of it wait. */
const programs = new Map<Hex, Loaded | Promise<Loaded>>();
const fills = new FillQueue({ defer: setImmediate });
const memory = new IdleMemory();

parentPort?.on("message", (message: WorkerMessage) => {
  if (message.kind === "load") load(message);
  else if (message.kind === "admit") void admit(message).then(reply);
  else perform(message);
});
tell({ kind: "ready" });

function tell(news: WorkerReply): void {
  parentPort?.postMessage(news);
}

/** An output is a copy out of the guest's memory: it moves. */
function reply(message: Reply): void {
  const { answer } = message;
  const output = answer.kind === "done" && answer.result.kind === "output" ? answer.result.output : undefined;
  parentPort?.postMessage(message, output === undefined ? [] : [output.buffer as ArrayBuffer]);
}

function coldStart(): ColdStart {
  return new ColdStart({ limitMs: coldStageLimitMs }, { onStage: (start) => tell({ kind: "stage", ...start }) });
}

async function admit({ bytes, options, terms, again }: Extract<Job, { kind: "admit" }>): Promise<Reply> {
  tell({ kind: "began" });
  const cold = coldStart();
  try {
    const { program: admitted } = await cold.stage("instrument", () => admitModule(bytes, options));
    const program = await cold.stage("compile", () => compileProgram(admitted));
    const unproven = { admitted, program, terms, again };
    const idleBytes = await cold.stage("instantiate", () => proveInstantiation(unproven));
    return { kind: "reply", answer: { kind: "compiled", program, idleBytes }, stages: cold.times };
  } catch (error) {
    return { kind: "reply", answer: notAdmitted(error), stages: cold.times };
  }
}

function notAdmitted(error: unknown): Refused | Faulted {
  if (isModuleRefusal(error)) return { kind: "refused", data: error.data, message: error.message };
  return { kind: "faulted", reason: printable(String(error)) };
}

function load({ digest, program, terms, idleBytes }: LoadProgram): void {
  const loading = createProgram(program, terms).then((ready) => {
    const onSize = (size: number) => tell({ kind: "pool", digest, ready: size });
    const pool = new ProgramPool(ready, { size: poolSize, idleBytes }, { fills, memory, onSize });
    pool.fillLater();
    const loaded = { pool, called: false };
    programs.set(digest, loaded);
    return loaded;
  });
  programs.set(digest, loading);
  // The call that finds it so reports it.
  loading.catch(() => undefined);
}

/** Answers in the same turn of the loop, unless the module is still being loaded. */
function perform({ run }: Extract<Job, { kind: "call" }>): void {
  const program = programs.get(run.module);
  if (program instanceof Promise) {
    const late = (error: unknown) => reply({ kind: "reply", answer: hostFault(error) });
    void program.then((loaded) => call(run, loaded), late);
  } else if (program === undefined) {
    reply({ kind: "reply", answer: failed("unknown-module", "the worker was not given this module") });
  } else call(run, program);
}

function call(run: PhaseRun, loaded: Loaded): void {
  tell({ kind: "began" });
  reply(loaded.called ? { kind: "reply", answer: runOnce(run, loaded.pool) } : firstCall(run, loaded));
  loaded.pool.refill();
}

function firstCall(run: PhaseRun, loaded: Loaded): Reply {
  loaded.called = true;
  const cold = coldStart();
  const answer = cold.stageSync("first_call", () => runOnce(run, loaded.pool));
  return { kind: "reply", answer, stages: cold.times };
}

function runOnce(run: PhaseRun, pool: ProgramPool): CallDone {
  try {
    const { guest, instantiateSeconds, pooled } = pool.take();
    const start = performance.now();
    const { result, memoryBytes } = guest.run(run);
    const elapsedNs = Math.round((performance.now() - start) * 1e6);
    return { kind: "done", result, measured: { elapsedNs, instantiateSeconds, pooled, memoryBytes } };
  } catch (error) {
    return hostFault(error);
  }
}

function hostFault(error: unknown): CallDone {
  return failed("host-fault", error instanceof Error ? error.message : "no instance");
}

function failed(code: "unknown-module" | "host-fault", message: string): CallDone {
  return { kind: "done", result: { kind: "failed", code, message, fuel: 0n } };
}
