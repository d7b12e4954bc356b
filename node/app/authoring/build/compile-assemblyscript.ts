import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "./language.ts";
import { resolveNpmTool } from "./npm-tool.ts";
import { type Compiler, doesNotCompile } from "./toolchain.ts";

/**
 * What is used of the compiler's API. Its own declarations are left alone: they change the global types of every file
 * that is checked together with them.
 */
interface AssemblyScriptCompiler {
  createMemoryStream(): { toString(): string };
  main(
    args: readonly string[],
    options: { stderr: object; writeFile: (name: string, contents: Uint8Array | string) => void },
  ): Promise<{ readonly error: Error | null }>;
}

/**
 * A fresh instance serves each phase, so memory is never freed: the stub runtime is enough, and small. Optimised for
 * speed: calls that remain cost the meter most (2.8 times the raw time at shrink level 2, 1.6 times at 0).
 */
const FLAGS = ["--runtime", "stub", "--optimizeLevel", "3", "--shrinkLevel", "0", "--converge"];

/** The compiler comes with npm: it is the one in node_modules. */
export function assemblyScriptCompiler(): Compiler {
  const main = fileURLToPath(resolveNpmTool("assemblyscript/asc"));
  const manifest = JSON.parse(readFileSync(path.join(path.dirname(main), "../package.json"), "utf8")) as object;
  return { program: "asc", version: `AssemblyScript ${"version" in manifest ? String(manifest.version) : ""}` };
}

/** @param base a folder that holds the project and all it imports: the compiler puts paths below it into the module. */
export async function compileAssemblyScript({ folder, entry }: Project, base: string): Promise<Uint8Array> {
  const output: { module?: Uint8Array } = {};
  const asc = (await import(resolveNpmTool("assemblyscript/asc"))) as AssemblyScriptCompiler;
  const stderr = asc.createMemoryStream();
  const program = path.relative(base, path.join(folder, entry));
  const { error } = await asc.main([program, "--baseDir", base, "--outFile", "module.wasm", ...FLAGS], {
    stderr,
    writeFile: (_name, contents) => void (output.module = Buffer.from(contents)),
  });
  if (error === null && output.module !== undefined) return output.module;
  throw doesNotCompile(entry, stderr.toString(), error);
}
