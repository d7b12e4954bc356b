import { spawn } from "node:child_process";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "./errors.ts";
import { NODE_MODULES, ROOT, TEMPLATES } from "./paths.ts";

/** The end of the compiler's output that an error keeps. */
const MAX_OUTPUT_CHARACTERS = 4000;

const OUTPUTS = {
  built: { flags: ["--O2", "--r1cs", "--wasm"], files: ["circuit.r1cs", "circuit_js/circuit.wasm"] },
  constraints: { flags: ["--O0", "--r1cs"], files: ["circuit.r1cs"] },
  listed: { flags: ["--O0", "--r1cs", "--sym"], files: ["circuit.r1cs", "circuit.sym"] },
  named: {
    flags: ["--O0", "--r1cs", "--wasm", "--sym"],
    files: ["circuit.r1cs", "circuit_js/circuit.wasm", "circuit.sym"],
  },
} as const;

export interface CompileOptions {
  /** For messages. */
  readonly instance: string;
  /** A circuit with `component main`. */
  readonly source: string;
  /** Existing folder for `circuit.r1cs` and `circuit.wasm`. */
  readonly folder: string;
  /**
   * Keep each signal and constraint as it is written (--O0), for those who look into them. `constraints` makes the
   * constraint file alone, `listed` also `circuit.sym`, the signals' names, and `named` the witness program as well.
   */
  readonly verbatim?: "constraints" | "listed" | "named" | undefined;
}

/**
 * Compiles a circuit with circom's WebAssembly build, fully simplified (--O2) unless verbatim. The output depends on the source, the
 * templates, circomlib and the compiler only.
 */
export async function compileCircuit({ instance, source, folder, verbatim }: CompileOptions): Promise<void> {
  const work = path.join(folder, "compile");
  await mkdir(work, { recursive: true });
  const main = path.join(work, "circuit.circom");
  await writeFile(main, source);
  const paths = [main, "--output", work].map((argument) => (argument.startsWith("-") ? argument : relative(argument)));
  const libraries = ["-l", relative(TEMPLATES), "-l", relative(NODE_MODULES)];
  const outputs = OUTPUTS[verbatim ?? "built"];
  await runCompiler(instance, [...paths, ...libraries, ...outputs.flags]);
  for (const file of outputs.files) await rename(path.join(work, file), path.join(folder, path.basename(file)));
  await rm(work, { recursive: true });
}

/** The compiler's sandbox resolves relative paths only. */
function relative(file: string): string {
  return path.relative(ROOT, file);
}

function runCompiler(instance: string, args: readonly string[]): Promise<void> {
  const cli = path.join(NODE_MODULES, "circom2/cli.js");
  const child = spawn(process.execPath, [cli, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARACTERS));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else {
        const data: CircuitBuildErrorData = { code: "circuit-compiler-failed", instance, output };
        reject(new QuorateError(data, `circom refused ${instance}: ${output.trim().split("\n").slice(-5).join(" ")}`));
      }
    });
  });
}
