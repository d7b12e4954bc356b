import { admitCore } from "../../../node/sandbox/admission/admit.ts";
import { createCoreProgram } from "../../../node/sandbox/guest/create-program.ts";
import type { Guest, Program } from "../../../node/sandbox/guest/program.ts";
import { FillQueue } from "../../../node/sandbox/process/fill-queue.ts";
import { IdleMemory } from "../../../node/sandbox/process/idle-memory.ts";
import { ProgramPool } from "../../../node/sandbox/process/program-pool.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import type { Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import { FETCHER_GUEST, unseen } from "./guests.ts";

const COMPILE_RUNS = 100;
const POOL_RUNS = 200;
const INSTANCES = 500;
const TERMS = { folders: [], fileDescriptors: 16 };

/** What the parts of a cold start cost in a warm thread, and what a ready instance costs. */
export async function instanceFigures(): Promise<Measurement[]> {
  const program = compiled(0).program;
  const made = Array.from({ length: COMPILE_RUNS }, (_, run) => compiled(run + 1));
  const figure = { unit: "ms", digits: 4 };
  return [
    summarise({
      ...{ ...figure, name: "sandbox.admission", samples: made.map(({ admission }) => admission) },
      about: "all stages of admission for a 2 KiB module, metering included",
    }),
    summarise({
      ...{ ...figure, name: "sandbox.compile", samples: made.map(({ compile }) => compile) },
      about: "V8 compiles the metered module",
    }),
    summarise({
      ...{ ...figure, name: "sandbox.instantiate", samples: instantiations(program) },
      about: "a fresh instance with its imports",
    }),
    summarise({
      ...{ ...figure, name: "sandbox.pool.get", samples: await poolGets(program) },
      about: "taking a ready instance",
    }),
    memoryPerInstance(program),
  ];
}

interface Made {
  readonly program: Program;
  readonly admission: number;
  readonly compile: number;
}

/** Each mark makes other bytes, which V8 has not seen. */
function compiled(mark: number): Made {
  const bytes = unseen(FETCHER_GUEST, mark);
  const start = performance.now();
  const { emitted } = admitCore(bytes);
  const admitted = performance.now();
  const module = new webAssembly.Module(emitted.bytes);
  const end = performance.now();
  const program = createCoreProgram({ shape: "reactor", module }, TERMS);
  return { program, admission: admitted - start, compile: end - admitted };
}

function instantiations(program: Program): number[] {
  return Array.from({ length: POOL_RUNS }, () => {
    const start = performance.now();
    program.instantiate();
    return performance.now() - start;
  });
}

/** Each time from a full pool, as between two calls. */
async function poolGets(program: Program): Promise<number[]> {
  const deps = { fills: new FillQueue({ defer: setImmediate }), memory: new IdleMemory(), onSize: () => undefined };
  const pool = new ProgramPool(program, { size: 4, idleBytes: program.instantiate().memoryBytes }, deps);
  const samples: number[] = [];
  for (let run = 0; run < POOL_RUNS; run++) {
    pool.refill();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => void setImmediate(resolve));
    const start = performance.now();
    const { pooled } = pool.take();
    samples.push(performance.now() - start);
    if (!pooled) throw new TypeError("the pool was empty: this would measure an instantiation");
  }
  return samples;
}

function memoryPerInstance(program: Program): Measurement {
  const before = process.memoryUsage.rss();
  const guests: Guest[] = Array.from({ length: INSTANCES }, () => program.instantiate());
  const bytes = process.memoryUsage.rss() - before;
  return {
    name: "sandbox.memory.instance",
    value: Math.round(bytes / guests.length / 1024),
    unit: "KiB",
    about: `resident, of ${guests.length} idle instances; each also reserves 8 GiB of address space`,
  };
}
