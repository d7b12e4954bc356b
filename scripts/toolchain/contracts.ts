import { createHash } from "node:crypto";
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildContracts } from "./hardhat.ts";
import { ROOT } from "./root.ts";

/** What the compiled contracts depend on. */
const SOURCES = ["contracts/**/*.sol", "hardhat.config.ts", "package-lock.json"];
const STAMP = path.join(ROOT, "build", "contracts.sha256");
const ARTIFACT = path.join(ROOT, "artifacts", "contracts", "feeds", "FeedHub.sol", "FeedHub.json");

/**
 * Compiles the contracts if anything that they depend on changed. Asking Hardhat costs seconds even when nothing is to be
 * done; comparing digests costs milliseconds.
 */
export async function ensureContracts(): Promise<void> {
  const digest = await digestOfSources();
  if ((await readOrEmpty(STAMP)) === digest && (await readOrEmpty(ARTIFACT)) !== "") return;
  await buildContracts();
  await mkdir(path.dirname(STAMP), { recursive: true });
  await writeFile(STAMP, digest);
}

async function digestOfSources(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(SOURCES, { cwd: ROOT })) files.push(file);
  for (const file of files.sort()) {
    const content = await readFile(path.join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
