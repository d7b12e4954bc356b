import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Hex } from "../../../../core/types/hex.ts";
import { type Manifest, parseManifest, readManifestBytes } from "../../../config/manifest.ts";
import { type AdmissionReport, inspectModule } from "../../../sandbox/admission/admit.ts";
import { admissionOptions } from "../admission-options.ts";
import { readModuleFile, requireWebAssembly } from "../module-file.ts";
import { assemblyScriptCompiler, compileAssemblyScript } from "./compile-assemblyscript.ts";
import { compileC } from "./compile-c.ts";
import { compileRust } from "./compile-rust.ts";
import { detectProject, type Language, type Project } from "./language.ts";
import { withDigests } from "./manifest-digests.ts";
import { optimise } from "./optimise.ts";
import { findClang, findRustc } from "./toolchain.ts";

export const MANIFEST = "manifest.yaml";

export type BuildStep = "compile" | "optimise" | "admit";

export interface CompiledProject {
  readonly bytes: Uint8Array;
  /** Name and version in one line. */
  readonly compiler: string;
}

export interface CompileOptions {
  /** Compile with this version and no other. */
  readonly version?: string;
  readonly onStep?: (step: BuildStep) => void;
}

export interface ModuleBuild extends CompiledProject {
  /** `other` for a module that was made elsewhere. */
  readonly language: Language | "other";
  /** Absolute. */
  readonly file: string;
  readonly manifestFile: string;
  readonly sha256: Hex;
  /** What the manifest allows the module, in bytes. */
  readonly maximumBytes: number;
  readonly report: AdmissionReport;
  /** Whether module and manifest were like this before. */
  readonly upToDate: boolean;
}

export interface BuildModuleOptions extends CompileOptions {
  /** Only compare: write nothing. */
  readonly check?: boolean;
  /** Take this module, which some other toolchain made, instead of compiling one. */
  readonly wasm?: string;
  /** Leave the module as the compiler made it. */
  readonly asItIs?: boolean;
}

const CHECKOUT = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Compiles a project, optimises the module, asks the admission, and only then writes module and digest. The same sources
 * give the same bytes with the same compiler, wherever they stand.
 * @throws QuorateError of BuildErrorData and ModuleFileError, and `module-refused` for a module that the sandbox would not take.
 */
export async function buildModule(folder: string, options: BuildModuleOptions = {}): Promise<ModuleBuild> {
  const manifestFile = path.join(path.resolve(folder), MANIFEST);
  const project = options.wasm === undefined ? detectProject(path.resolve(folder)) : undefined;
  const before = Buffer.from(await readManifestBytes(manifestFile)).toString("utf8");
  const { bytes, compiler } = await (project === undefined ? foreignModule(options) : compileProject(project, options));
  const sha256: Hex = `0x${createHash("sha256").update(bytes).digest("hex")}`;
  const after = await withDigests(before, { file: manifestFile, sha256 });
  const manifest = parseManifest(Buffer.from(after), manifestFile);
  options.onStep?.("admit");
  const report = await inspectModule(bytes, admissionOptions(manifest));
  const current = await readFile(manifest.module).catch(() => undefined);
  const upToDate = before === after && current?.equals(bytes) === true;
  if (!upToDate && options.check !== true) await write(manifest, { manifestFile, text: after, bytes });
  return {
    ...{ language: project?.language ?? "other", compiler, bytes, sha256, report, upToDate },
    ...{ file: manifest.module, manifestFile, maximumBytes: manifest.limits.moduleBytes },
  };
}

/** The module of a project, optimised and stripped. */
export async function compileProject(project: Project, options: BuildModuleOptions = {}): Promise<CompiledProject> {
  const scratch = await mkdtemp(path.join(tmpdir(), "quorate-build-"));
  try {
    options.onStep?.("compile");
    const { bytes, compiler } = await compile(project, options, scratch);
    return { bytes: await finished(bytes, options), compiler };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function foreignModule(options: BuildModuleOptions): Promise<CompiledProject> {
  const file = options.wasm ?? "";
  const bytes = await readModuleFile(file);
  requireWebAssembly(bytes, file);
  return { bytes: await finished(bytes, options), compiler: `from ${path.basename(file)}` };
}

/** A component is taken as it is: its core modules are inside. */
async function finished(bytes: Uint8Array, { asItIs = false, onStep }: BuildModuleOptions): Promise<Uint8Array> {
  if (asItIs || isComponent(bytes)) return bytes;
  onStep?.("optimise");
  return optimise(bytes);
}

/** The layer field of the header: 0 for a core module. */
function isComponent(bytes: Uint8Array): boolean {
  return bytes[6] === 1;
}

async function compile(project: Project, options: CompileOptions, scratch: string): Promise<CompiledProject> {
  const wanted = { language: project.language, ...(options.version !== undefined && { version: options.version }) };
  switch (project.language) {
    case "assemblyscript": {
      // The examples of this checkout import the SDK from it; a project elsewhere has all it needs.
      const base = project.folder.startsWith(CHECKOUT) ? CHECKOUT : project.folder;
      return { bytes: await compileAssemblyScript(project, base), compiler: assemblyScriptCompiler().version };
    }
    case "c":
    case "wasi-c": {
      const clang = await findClang(wanted);
      return { bytes: await compileC(project, clang, scratch), compiler: clang.version };
    }
    case "rust":
    case "wasi-rust": {
      const rustc = await findRustc(wanted);
      return { bytes: await compileRust(project, rustc, scratch), compiler: rustc.version };
    }
  }
}

interface Written {
  readonly manifestFile: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

async function write({ module }: Manifest, { manifestFile, text, bytes }: Written): Promise<void> {
  await mkdir(path.dirname(module), { recursive: true });
  await writeFile(module, bytes);
  await writeFile(manifestFile, text);
}
