import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import type { BuildErrorData } from "./build-errors.ts";
import type { Language } from "./language.ts";

/** A compiler of this machine. */
export interface Compiler {
  readonly program: string;
  /** Name and version in one line: equal ones make equal modules. */
  readonly version: string;
}

export interface CompilerOptions {
  readonly language: Language;
  /** Take this version and no other. */
  readonly version?: string;
}

/** LLVM versions whose clang and wasm-ld are looked for by name, newest first, behind the plain `clang`. */
const CLANG_VERSIONS = [22, 21, 20, 19, 18, 17, 16, 15, 14];
/** Where Debian and the WASI SDK keep the C library, by its name for the target; the older name is the more common. */
const WASI_TARGETS = ["wasm32-wasi", "wasm32-wasip1"] as const;
/** A compiler's output that is more than this is not read by anybody. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

const run = promisify(execFile);

/** A clang that links for wasm32, with the C library of WASI where the language needs it. */
export async function findClang(wanted: CompilerOptions): Promise<Compiler> {
  const { language, version } = wanted;
  for (const name of ["clang", ...CLANG_VERSIONS.map((number) => `clang-${number}`)]) {
    const line = await firstLine(name, ["--version"]);
    if (line === undefined || (version !== undefined && line !== version)) continue;
    if (await linksWasm(name, language)) return { program: name, version: line };
  }
  const libraries = language === "wasi-c" ? ", wasi-libc and libclang-rt-19-dev-wasm32" : "";
  throw missing({ ...wanted, tool: "clang" }, `Debian's clang-19, lld-19${libraries}`);
}

export interface RustCompiler extends Compiler {
  readonly target: string;
}

/** A rustc that has the library of the target: reactors are built for `wasm32-unknown-unknown`, commands for WASI. */
export async function findRustc(wanted: CompilerOptions): Promise<RustCompiler> {
  const { language, version } = wanted;
  const targets = language === "rust" ? ["wasm32-unknown-unknown"] : ["wasm32-wasip1", "wasm32-wasi"];
  for (const program of everywhere("rustc")) {
    const line = await firstLine(program, ["--version"]);
    if (line === undefined || (version !== undefined && line !== version)) continue;
    for (const target of targets) {
      const library = await firstLine(program, ["--print", "target-libdir", "--target", target]);
      if (library !== undefined && existsSync(library)) return { program, version: line, target };
    }
  }
  throw missing(
    { ...wanted, tool: "rustc" },
    `rustup target add ${targets[0] ?? ""}, or Debian's rustc, libstd-rust-dev-wasm32 and lld`,
  );
}

export async function requireCargo(): Promise<void> {
  if ((await firstLine("cargo", ["--version"])) !== undefined) return;
  throw missing({ language: "rust", tool: "cargo" }, "rustup's or Debian's cargo, or do without other dependencies");
}

export interface CompileRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What is compiled, for the message. */
  readonly entry: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a compiler. @throws QuorateError `module-does-not-compile` with all that the compiler said. */
export async function compileWith({ program, args, cwd, entry, env = process.env }: CompileRun): Promise<void> {
  try {
    await run(program, [...args], { cwd, env, maxBuffer: MAX_OUTPUT_BYTES });
  } catch (cause) {
    throw doesNotCompile(entry, (cause as { stderr?: string }).stderr ?? String(cause), cause);
  }
}

export function doesNotCompile(entry: string, output: string, cause?: unknown): QuorateError<BuildErrorData> {
  const first = output.split("\n").find((line) => /error/i.test(line)) ?? output.split("\n")[0] ?? "";
  return new QuorateError<BuildErrorData>(
    { code: "module-does-not-compile", entry, output },
    `${entry} does not compile: ${first.trim()}`,
    { cause },
  );
}

async function linksWasm(clang: string, language: Language): Promise<boolean> {
  const linker = await firstLine(clang, ["--target=wasm32", "-print-prog-name=wasm-ld"]);
  if (linker === undefined || (await firstLine(linker, ["--version"])) === undefined) return false;
  return language !== "wasi-c" || (await wasiTarget(clang)) !== undefined;
}

/** The name under which a clang finds the C library of WASI preview 1; undefined where there is none. */
export async function wasiTarget(clang: string): Promise<string | undefined> {
  for (const target of WASI_TARGETS) {
    const start = await firstLine(clang, [`--target=${target}`, "-print-file-name=crt1-command.o"]);
    if (start !== undefined && path.isAbsolute(start) && existsSync(start)) return target;
  }
  return undefined;
}

/** First line of what a program prints; undefined where there is no such program or it fails. */
async function firstLine(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(program, [...args])).stdout.split("\n")[0]?.trim();
  } catch {
    return undefined;
  }
}

/** Each program of this name on the search path: the first one may lack the target. */
function everywhere(name: string): string[] {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return [...new Set(folders.map((folder) => path.join(folder, name)))].filter((file) => existsSync(file));
}

function missing(
  { language, version, tool }: CompilerOptions & { readonly tool: string },
  mend: string,
): QuorateError<BuildErrorData> {
  const lacks = version === undefined ? `no ${tool} that compiles ${language} to WebAssembly` : `no ${version}`;
  return new QuorateError<BuildErrorData>(
    { code: "toolchain-missing", language, tool },
    `this machine has ${lacks}: install ${mend}`,
  );
}
