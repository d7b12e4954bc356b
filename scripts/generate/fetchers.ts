import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../toolchain/root.ts";

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

export interface BuildFetchersOptions {
  /** Only compare: write nothing. */
  readonly check: boolean;
}

const FETCHERS = path.join(ROOT, "fetchers");
const ENTRY = "assembly/index.ts";

/**
 * A fresh instance serves each phase, so memory is never freed: the stub runtime is enough, and small. Optimised for
 * speed: calls that remain cost the meter most (2.8 times the raw time at shrink level 2, 1.6 times at 0).
 */
const FLAGS = ["--runtime", "stub", "--optimizeLevel", "3", "--shrinkLevel", "0", "--converge"];

/**
 * Compiles every AssemblyScript fetcher and enters its digest into the manifest.
 * @returns whether all modules and manifests were up to date before.
 */
export async function buildFetchers({ check }: BuildFetchersOptions): Promise<boolean> {
  const names = (await readdir(FETCHERS)).filter((name) => existsSync(path.join(FETCHERS, name, ENTRY)));
  let upToDate = true;
  for (const name of names.sort()) if (!(await buildFetcher(name, check))) upToDate = false;
  return upToDate;
}

async function buildFetcher(name: string, check: boolean): Promise<boolean> {
  const folder = path.join(FETCHERS, name);
  const [moduleFile, manifestFile] = [path.join(folder, "build", `${name}.wasm`), path.join(folder, "manifest.yaml")];
  const module = await compile(path.join("fetchers", name, ENTRY));
  const manifest = await readFile(manifestFile, "utf8");
  const wanted = manifest.replace(/^sha256: .*$/m, `sha256: "0x${createHash("sha256").update(module).digest("hex")}"`);
  const current = await readFile(moduleFile).catch(() => undefined);
  if (current?.equals(module) === true && manifest === wanted) return true;
  if (!check) {
    await mkdir(path.dirname(moduleFile), { recursive: true });
    await writeFile(moduleFile, module);
    await writeFile(manifestFile, wanted);
  }
  return false;
}

/** @param entry relative to the root: the compiler puts paths into the module. */
async function compile(entry: string): Promise<Buffer> {
  const output: { module?: Buffer } = {};
  const asc = (await import(import.meta.resolve("assemblyscript/asc"))) as AssemblyScriptCompiler;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main([entry, "--baseDir", ROOT, "--outFile", "module.wasm", ...FLAGS], {
    stderr,
    writeFile: (_name, contents) => void (output.module = Buffer.from(contents)),
  });
  if (error !== null || output.module === undefined) {
    throw new Error(`${entry} does not compile: ${stderr.toString().trim()}`, { cause: error });
  }
  return output.module;
}

if (import.meta.main) await buildFetchers({ check: false });
