import { WasiExit } from "../wasi/wasi.ts";
import type { CompiledModule } from "../wasm/web-assembly.ts";
import { instantiateCore, type CoreExports, type CoreInstance } from "./core-instance.ts";
import { wantedImports } from "./imports.ts";
import { performPhase } from "./phase.ts";
import type { Guest, Program, ProgramTerms } from "./program.ts";

interface CommandExports extends CoreExports {
  readonly _start: () => void;
}

/** A WASI program: the phase in its arguments, the envelope on stdin, the answer on stdout, exit code 0. */
export function createCommand(module: CompiledModule, terms: ProgramTerms): Program {
  const wanted = wantedImports(module);
  return {
    shape: "command",
    instantiate(): Guest {
      const instance = instantiateCore<CommandExports>({ module, wanted, terms });
      return {
        get memoryBytes() {
          return instance.exports.memory.buffer.byteLength;
        },
        run(run) {
          const result = performPhase(instance, run, () => execute(instance));
          return { result, memoryBytes: this.memoryBytes };
        },
      };
    },
  };
}

function execute({ exports, wasi }: CoreInstance<CommandExports>): Uint8Array {
  try {
    exports._start();
  } catch (error) {
    // Most programs end by `proc_exit`, those that end well too.
    if (!(error instanceof WasiExit) || error.exitCode !== 0) throw error;
  }
  return wasi?.stdout().slice() ?? new Uint8Array();
}
