import type { GuestResult, PreopenedFolder } from "../../../core/ports/sandbox.ts";
import type { AdmittedProgram } from "../admission/admit.ts";
import { webAssembly, type CompiledModule } from "../wasm/web-assembly.ts";
import type { PhaseRun } from "./session.ts";

/** An admitted program, compiled. Threads pass it on by structured clone, which shares the code. */
export type CompiledProgram =
  | { readonly shape: "reactor" | "command"; readonly module: CompiledModule }
  | {
      readonly shape: "component";
      readonly glue: string;
      /** By the path that the glue asks for. */
      readonly cores: Readonly<Record<string, CompiledModule>>;
    };

/** What of a module's terms its instances are made with. */
export interface ProgramTerms {
  readonly folders: readonly PreopenedFolder[];
  readonly fileDescriptors: number;
}

export interface PhaseOutcome {
  /** An output is alone in its buffer. */
  readonly result: GuestResult;
  /** Linear memory at the end of the phase. */
  readonly memoryBytes: number;
}

/** A fresh instance. It serves one phase of one round and is then dropped, so nothing leaks from one to the next. */
export interface Guest {
  /** Linear memory that it holds now. */
  readonly memoryBytes: number;
  /** Never throws: whatever the guest does ends as a coded result. */
  run(run: PhaseRun): PhaseOutcome;
}

/** A module that is ready to be instantiated in this thread. */
export interface Program {
  readonly shape: CompiledProgram["shape"];
  /** Throws what the engine throws when a start function traps or this machine cannot give the initial memory. */
  instantiate(): Guest;
}

export function compileProgram(program: AdmittedProgram): CompiledProgram {
  if (program.shape !== "component") {
    return { shape: program.shape, module: new webAssembly.Module(program.instrumented) };
  }
  const cores = Object.entries(program.cores).map(([path, bytes]) => [path, new webAssembly.Module(bytes)] as const);
  return { shape: "component", glue: program.glue, cores: Object.fromEntries(cores) };
}
