import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { mainSource } from "./instances.ts";
import type { CircuitInstance } from "./instances.ts";
import { NODE_MODULES, TEMPLATES } from "./paths.ts";
import { SETUP_VERSION } from "./setup/toxic-waste.ts";

/** Packages whose version decides a build's bytes. */
const PACKAGES = ["circomlib", "circom2", "snarkjs"] as const;

/** Digest of all that a build depends on: its main circuit, the setup's version, and what every circuit depends on. */
export async function cacheKey(instance: CircuitInstance): Promise<string> {
  return digest([
    ["setup", SETUP_VERSION],
    ["main", mainSource(instance)],
    ["templates", await cacheKeyOfTemplates()],
  ]);
}

/** Digest of the templates' sources and of the versions of library and compiler. */
export async function cacheKeyOfTemplates(): Promise<string> {
  const parts: [string, string][] = [];
  for (const name of PACKAGES) parts.push([name, await versionOf(name)]);
  for (const file of (await readdir(TEMPLATES)).sort()) {
    parts.push([file, await readFile(path.join(TEMPLATES, file), "utf8")]);
  }
  return digest(parts);
}

function digest(parts: readonly (readonly [name: string, content: string])[]): string {
  const hash = createHash("sha256");
  for (const [name, content] of parts) hash.update(`${name}\0${content.length}\0${content}`);
  return hash.digest("hex");
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(path.join(NODE_MODULES, name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
