import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Project } from "./language.ts";
import { type Compiler, compileWith, wasiTarget } from "./toolchain.ts";

/** What the sandbox admits, beyond the first WebAssembly, and C has a use for. */
const FEATURES = ["-mcpu=mvp", "-mbulk-memory", "-msign-ext", "-mnontrapping-fptoint"];
/** One page. A fetcher recurses little, and each page of a fresh instance is paid for in every phase. */
const STACK = ["-Wl,-z,stack-size=65536", "-Wl,--stack-first"];
const COMMON = ["-std=c11", "-O2", "-Wall", "-Wextra", ...FEATURES, ...STACK, "-Wl,--strip-all"];
/** Without a C library, and with the SDK's exports alone. */
const FREESTANDING = ["--target=wasm32-unknown-unknown", "-ffreestanding", "-nostdlib", "-Wl,--no-entry"];

/**
 * Compiles the program of a C project. Paths are relative to the project's folder, so that the module is the same wherever
 * that stands.
 * @param scratch a folder for what the compiler writes.
 */
export async function compileC(
  { folder, entry, language }: Project,
  compiler: Compiler,
  scratch: string,
): Promise<Uint8Array> {
  const output = path.join(scratch, "module.wasm");
  const target =
    language === "wasi-c" ? [`--target=${(await wasiTarget(compiler.program)) ?? "wasm32-wasi"}`] : FREESTANDING;
  const args = [...target, ...COMMON, entry, "-o", output];
  await compileWith({ program: compiler.program, args, cwd: folder, entry });
  return readFile(output);
}
