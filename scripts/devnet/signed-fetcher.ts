import { cp } from "node:fs/promises";
import path from "node:path";
import { ephemeralPublisher, signManifestWith } from "../../node/app/sign-module.ts";
import type { NodeConfig } from "../../node/config/node-config.ts";

/** What a fetcher is built from, and nothing that a node reads. */
const SOURCES = new Set(["assembly", "node_modules", "src", "target"]);

/** A fetcher as an operator would hold it: copied, reviewed by nobody, signed by a key that lives as long as this process. */
export interface SignedFetcher {
  readonly manifestFile: string;
  readonly publisher: NodeConfig["publishers"][number];
}

/** Copies a fetcher of this repository and signs the copy: what is in the repository stays unsigned. */
export async function publishFetcher(source: string, target: string): Promise<SignedFetcher> {
  await cp(source, target, { recursive: true, filter: (file) => !SOURCES.has(path.relative(source, file)) });
  const manifestFile = path.join(target, "manifest.yaml");
  const { key } = await signManifestWith(manifestFile, ephemeralPublisher());
  return { manifestFile, publisher: { name: "devnet", key } };
}
