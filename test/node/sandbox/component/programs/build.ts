import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const run = promisify(execFile);
const COMPILER = "clang-19";
/** What the committed modules were built with. Other versions write other bytes. */
export const COMPILER_VERSION = "19.1.7";

interface ProgramBuild {
  readonly world: string;
  readonly wit: URL;
  readonly target: string;
  readonly link: readonly string[];
  /** Written against preview 1, and adapted to 0.2. */
  readonly adapted?: true;
}

const FETCHER = new URL("../../../../../sdk/guest/wit/fetcher.wit", import.meta.url);
const WASI = new URL("./wasi.wit", import.meta.url);
const FREESTANDING = { target: "wasm32", link: ["-nostdlib", "-Wl,--no-entry"] };
const LIBRARY = { target: "wasm32-wasi", link: ["-nostartfiles", "-Wl,--no-entry", "-Wl,--export=_initialize"] };

/** The components of this folder: a C program each. */
const PROGRAMS = {
  phases: { ...FREESTANDING, wit: FETCHER, world: "quorate:fetcher/fetcher" },
  command: { ...FREESTANDING, wit: WASI, world: "quorate:conformance/command" },
  host: { ...FREESTANDING, wit: FETCHER, world: "quorate:fetcher/fetcher" },
  adapted: { ...LIBRARY, wit: FETCHER, world: "quorate:fetcher/fetcher", adapted: true },
} as const satisfies Readonly<Record<string, ProgramBuild>>;

export type ProgramName = keyof typeof PROGRAMS;
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** @returns undefined where there is no such compiler, or no C library for WASI. */
export async function compilerVersion(): Promise<string | undefined> {
  try {
    await readFile(await libraryFile(LIBRARY.target, "libc.a"));
    return / version ([\d.]+)/.exec((await run(COMPILER, ["--version"])).stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The core module, with its world described in it: what is committed. */
export async function buildCore(name: ProgramName): Promise<Uint8Array> {
  const { wit, world, ...build }: ProgramBuild = PROGRAMS[name];
  const binary = await compile(name, build);
  return componentEmbed({ binary, witSource: await readFile(wit, "utf8"), world });
}

export async function committedCore(name: ProgramName): Promise<Uint8Array> {
  return new Uint8Array(await readFile(coreFile(name)));
}

/** The committed program as a component. Components are not committed: they would hold a copy of the adapter. */
export async function committedProgram(name: ProgramName): Promise<Uint8Array> {
  const { adapted }: ProgramBuild = PROGRAMS[name];
  const adapters: [string, Uint8Array][] =
    adapted === true ? [["wasi_snapshot_preview1", await preview1Adapter()]] : [];
  return componentNew(await committedCore(name), adapters);
}

function coreFile(name: ProgramName): URL {
  return new URL(`./${name}.core.wasm`, import.meta.url);
}

/** Compiles and links apart: told to optimise while it links, clang would run whatever `wasm-opt` it finds. */
async function compile(
  name: ProgramName,
  { target, link }: Pick<ProgramBuild, "target" | "link">,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-component-"));
  const [object, module] = [join(folder, "program.o"), join(folder, "program.wasm")];
  const options = [`--target=${target}`, "-Wno-incompatible-library-redeclaration"];
  try {
    // Sources are named relatively, so that no path of this machine can get into a module.
    const cwd = fileURLToPath(new URL("./", import.meta.url));
    await run(COMPILER, [...options, "-Oz", "-c", "-o", object, `${name}.c`], { cwd });
    const start = target === FREESTANDING.target ? [] : [await libraryFile(target, "crt1-reactor.o")];
    await run(COMPILER, [...options, "-s", ...link, "-o", module, object, ...start]);
    return await readFile(module);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function libraryFile(target: string, name: string): Promise<string> {
  return (await run(COMPILER, [`--target=${target}`, `-print-file-name=${name}`])).stdout.trim();
}

/**
 * The adapter from preview 1 to 0.2 that toolchains use, as far as jco's own generator needed it when it was made a
 * component: without clocks, arguments and seeking.
 */
async function preview1Adapter(): Promise<Uint8Array> {
  const generator = import.meta.resolve("@bytecodealliance/jco-transpile/component");
  const binary = await readFile(new URL("./js-component-bindgen-component.core2.wasm", generator));
  const witSource = (await readFile(WASI, "utf8")).replaceAll("@0.2.0", "@0.2.12");
  return componentEmbed({ binary, witSource, world: "quorate:conformance/adapter" });
}

/** `node test/node/sandbox/component/programs/build.ts` writes the core modules anew. */
if (import.meta.main) {
  for (const name of PROGRAM_NAMES) {
    await writeFile(coreFile(name), await buildCore(name));
  }
}
