import { parentPort } from "node:worker_threads";
import type { Hex } from "../../../core/types/hex.ts";
import type { GuestResult } from "../../../core/ports/sandbox.ts";
import { admitModule } from "../admission/admit.ts";
import { instantiateGuest, runGuest, type Guest } from "../guest/guest.ts";
import type { CallDone, Job, WorkerMessage, WorkerReply } from "./messages.ts";
import { isModuleRefusal, refusal } from "../admission/refusal.ts";
import { webAssembly, type CompiledModule } from "../wasm/web-assembly.ts";

/**
 * Entry of a warm worker thread: compiles modules, keeps a few fresh instances of each ready, and runs one phase at a time.
 * It holds no handle on the world; the process around it has none either.
 */

/** Instances ready per module: both phases of a round. Each idle one costs about 6 KiB and 8 GiB of address space. */
const POOL_SIZE = 2;

interface ReadyGuest {
  readonly guest: Guest;
  readonly instantiateSeconds: number;
}

interface Program {
  readonly module: CompiledModule;
  readonly ready: ReadyGuest[];
}

const programs = new Map<Hex, Program>();

parentPort?.on("message", (message: WorkerMessage) => {
  if (message.kind === "load") load(message.digest, message.module);
  else answer(perform(message));
});
answer({ kind: "ready" });

/** An output is a copy out of the guest's memory: it moves. */
function answer(message: WorkerReply): void {
  const output = message.kind === "done" && message.result.kind === "output" ? message.result.output : undefined;
  parentPort?.postMessage(message, output === undefined ? [] : [output.buffer as ArrayBuffer]);
}

function perform(job: Job): WorkerReply {
  return job.kind === "admit" ? admit(job) : call(job);
}

function admit({ bytes, options }: Extract<Job, { kind: "admit" }>): WorkerReply {
  try {
    const module = new webAssembly.Module(admitModule(bytes, options).instrumented);
    proveInstantiation(module);
    return { kind: "compiled", module };
  } catch (error) {
    if (!isModuleRefusal(error)) throw error;
    return { kind: "refused", data: error.data, message: error.message };
  }
}

/** A start function that traps or does not end would fail every call: better to say so at once. */
function proveInstantiation(module: CompiledModule): void {
  try {
    instantiateGuest(module);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    throw refusal(
      "instantiation",
      { section: "start" },
      `the module's start function failed (${reason}): do less in it`,
    );
  }
}

function load(digest: Hex, module: CompiledModule): void {
  const program = { module, ready: [] };
  programs.set(digest, program);
  replenish(program);
}

function call(job: Extract<Job, { kind: "call" }>): CallDone {
  const program = programs.get(job.digest);
  if (program === undefined) return done(failure("unknown-module", "the worker was not given this module"), undefined);
  try {
    const { guest, instantiateSeconds } = program.ready.pop() ?? instantiate(program.module);
    return done(runGuest(guest, job), instantiateSeconds);
  } catch (error) {
    return done(failure("host-fault", error instanceof Error ? error.message : "no instance"), undefined);
  } finally {
    // After the reply has left.
    setImmediate(() => replenish(program));
  }
}

function replenish({ module, ready }: Program): void {
  try {
    while (ready.length < POOL_SIZE) ready.push(instantiate(module));
  } catch {
    // Out of address space or memory: the call that finds the pool empty reports it.
  }
}

function instantiate(module: CompiledModule): ReadyGuest {
  const start = performance.now();
  const guest = instantiateGuest(module);
  return { guest, instantiateSeconds: (performance.now() - start) / 1000 };
}

function done(result: GuestResult, instantiateSeconds: number | undefined): CallDone {
  return { kind: "done", result, instantiateSeconds };
}

function failure(code: "unknown-module" | "host-fault", message: string): GuestResult {
  return { kind: "failed", code, message, fuel: 0n };
}
