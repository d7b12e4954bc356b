import type { Command } from "commander";
import path from "node:path";
import pc from "picocolors";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { BuildStep, ModuleBuild } from "../app/authoring/build/build-module.ts";
import { printJson } from "./json.ts";
import { grouped } from "./outcome-text.ts";

const STEPS: Readonly<Record<BuildStep, string>> = {
  compile: "compiling",
  optimise: "optimising with binaryen",
  admit: "asking the sandbox",
};
/** Characters of the bar that shows the size. */
const BAR_WIDTH = 30;

interface BuildFlags {
  readonly wasm?: string;
  readonly asItIs?: boolean;
  readonly json?: boolean;
}

export function addBuildCommand(module: Command): void {
  module
    .command("build")
    .description(
      "compile a fetcher, optimise it, enter its digest into the manifest, and ask the sandbox whether it is admitted",
    )
    .argument(
      "[folder]",
      "the fetcher's folder: assembly/index.ts, src/<name>.c, src/lib.rs, or src/main.c or .rs (WASI)",
      ".",
    )
    .option("--wasm <file>", "take this module or component, which another toolchain made, instead of compiling one")
    .option("--as-it-is", "do not optimise and strip the module")
    .option("--json", "print the build as JSON")
    .action(async (folder: string, { json, ...options }: BuildFlags) => {
      const { buildModule } = await import("../app/authoring/build/build-module.ts");
      // Progress is for a person who waits.
      const onStep = (step: BuildStep) => process.stderr.isTTY && console.error(pc.dim(`${STEPS[step]} …`));
      try {
        const build = await buildModule(folder, { ...options, onStep });
        if (json === true) printJson({ ...build, bytes: build.bytes.length });
        else printBuild(build);
      } catch (error) {
        printCompilerOutput(error);
        throw error;
      }
    });
}

function printBuild({ file, language, compiler, bytes, maximumBytes, sha256, report, upToDate }: ModuleBuild): void {
  const share = bytes.length / maximumBytes;
  const filled = Math.min(BAR_WIDTH, Math.ceil(share * BAR_WIDTH));
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
  console.log(`${path.relative("", file)}  ${language}, ${compiler}${upToDate ? ", unchanged" : ""}`);
  console.log(
    `size    ${bar} ${grouped(bytes.length)} of ${grouped(maximumBytes)} bytes (${(share * 100).toFixed(1)} %)`,
  );
  console.log(`sha256  ${sha256}, in the manifest`);
  console.log(`admitted as a ${report.shape}; ${report.stages.at(-2)?.detail ?? ""}`);
}

/** A compiler explains itself in many lines; the error is one. */
function printCompilerOutput(error: unknown): void {
  if (error instanceof QuorateError && error.code === "module-does-not-compile") {
    const { output } = error.data as unknown as { readonly output: string };
    console.error(output.trimEnd());
  }
}
