import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const COMPILER = "clang-19";
const TARGET = "--target=wasm32-wasi";
const COMPILE = ["-Oz", "-Wall", "-Werror", "-Wno-unused-result", "-c"];
/** Without a C library: all that the program imports is in its source. */
const FREESTANDING = { compile: ["-ffreestanding", "-mbulk-memory"], link: ["-nostdlib", "-Wl,--no-entry"] };

interface ProgramBuild {
  /** The module's own name unless said otherwise. */
  readonly source?: string;
  readonly compile?: readonly string[];
  readonly link?: readonly string[];
}

const PROGRAMS: Readonly<Record<string, ProgramBuild>> = {
  "bad-pointers": {},
  clocks: {},
  descriptors: {},
  environment: {},
  exits: {},
  files: {},
  randomness: {},
  "read-only": {},
  stdio: {},
  unstable: FREESTANDING,
  "unstable-as-preview1": {
    ...FREESTANDING,
    source: "unstable",
    compile: [...FREESTANDING.compile, '-DWASI="wasi_snapshot_preview1"'],
  },
  vectors: {},
};

export const PROGRAM_NAMES = Object.keys(PROGRAMS);

/** What decides a module's bytes besides its source: other versions compile other bytes. */
export interface Toolchain {
  readonly compiler: string;
  /** sha256 of `libc.a`. */
  readonly library: string;
}

export interface ProgramManifest {
  readonly toolchain: Toolchain;
  /** sha256 of each module. */
  readonly programs: Readonly<Record<string, string>>;
}

const FOLDER = new URL("../programs/", import.meta.url);

export function moduleUrl(name: string): URL {
  return new URL(`${name}.wasm`, FOLDER);
}

export async function readManifest(): Promise<ProgramManifest> {
  return JSON.parse(await readFile(new URL("manifest.json", FOLDER), "utf8")) as ProgramManifest;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** @returns undefined where there is no compiler or no C library for WASI. */
export async function installedToolchain(): Promise<Toolchain | undefined> {
  try {
    const { stdout: version } = await run(COMPILER, ["--version"]);
    const { stdout: library } = await run(COMPILER, [TARGET, "-print-file-name=libc.a"]);
    return { compiler: version.split("\n")[0] ?? "", library: sha256(await readFile(library.trim())) };
  } catch {
    return undefined;
  }
}

/** Compiles and links apart: told to optimise while it links, clang would run whatever `wasm-opt` it finds. */
export async function buildProgram(name: string): Promise<Uint8Array> {
  const { source = name, compile = [], link = [] } = PROGRAMS[name] ?? {};
  const folder = await mkdtemp(join(tmpdir(), "wasi-program-"));
  const [object, module] = [join(folder, "program.o"), join(folder, "program.wasm")];
  try {
    // Sources are named relatively, so that no path of this machine can get into a module.
    await run(COMPILER, [TARGET, ...COMPILE, ...compile, "-o", object, `${source}.c`], { cwd: FOLDER });
    await run(COMPILER, [TARGET, "-s", ...link, "-o", module, object]);
    return await readFile(module);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const toolchain = await installedToolchain();
  if (toolchain === undefined) throw new Error(`no ${COMPILER} with a C library for WASI: install wasi-libc`);
  const programs: Record<string, string> = {};
  for (const name of PROGRAM_NAMES) {
    const bytes = await buildProgram(name);
    await writeFile(moduleUrl(name), bytes);
    programs[name] = sha256(bytes);
  }
  const manifest: ProgramManifest = { toolchain, programs };
  await writeFile(new URL("manifest.json", FOLDER), `${JSON.stringify(manifest, null, 2)}\n`);
}
