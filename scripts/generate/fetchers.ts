import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { buildModule, MANIFEST } from "../../node/app/authoring/build/build-module.ts";
import { ROOT } from "../toolchain/root.ts";

export interface BuildFetchersOptions {
  /** Only compare: write nothing. */
  readonly check: boolean;
}

const FETCHERS = path.join(ROOT, "fetchers");
/** The compiler that made the committed module, in one line. Another version makes other bytes. */
const TOOLCHAIN = path.join("build", "toolchain.txt");

/**
 * Builds every fetcher whose compiler is here, in the version that made the committed module, and enters its digest into the
 * manifest. The others are kept, and said to be; their digests are checked all the same.
 * @returns whether all modules and manifests were up to date before.
 */
export async function buildFetchers({ check }: BuildFetchersOptions): Promise<boolean> {
  const names = (await readdir(FETCHERS)).filter((name) => existsSync(path.join(FETCHERS, name, MANIFEST)));
  let upToDate = true;
  for (const name of names.sort()) if (!(await buildFetcher(name, check))) upToDate = false;
  return upToDate;
}

async function buildFetcher(name: string, check: boolean): Promise<boolean> {
  const folder = path.join(FETCHERS, name);
  const recorded = (await readFile(path.join(folder, TOOLCHAIN), "utf8").catch(() => "")).trim();
  try {
    const build = await buildModule(folder, { check, ...(recorded !== "" && { version: recorded }) });
    if (build.upToDate && build.compiler === recorded) return true;
    if (!check) {
      await mkdir(path.join(folder, "build"), { recursive: true });
      await writeFile(path.join(folder, TOOLCHAIN), `${build.compiler}\n`);
    }
    return false;
  } catch (error) {
    if (!(error instanceof QuorateError) || error.code !== "toolchain-missing") throw error;
    console.warn(`fetchers: ${name} is kept as it is (made by ${recorded}): ${error.message}`);
    return isDigestRight(folder, name);
  }
}

async function isDigestRight(folder: string, name: string): Promise<boolean> {
  const module = await readFile(path.join(folder, "build", `${name}.wasm`));
  const digest = createHash("sha256").update(module).digest("hex");
  return (await readFile(path.join(folder, MANIFEST), "utf8")).includes(`sha256: "0x${digest}"`);
}

if (import.meta.main) await buildFetchers({ check: false });
