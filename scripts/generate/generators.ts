import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../toolchain/root.ts";

/** A function that writes generated files; with `check` it only compares. Tells whether they were up to date before. */
export type Generate = (options: { readonly check: boolean }) => Promise<boolean>;

export interface Generator {
  readonly name: string;
  /** Path from the root of the module that exports it. */
  readonly module: string;
  /** Name of the exported {@link Generate}. */
  readonly export: string;
  /** What it writes, for a person. */
  readonly writes: string;
}

/** Everything in the checkout that is generated and committed, in the order in which it must be made. */
export const GENERATORS: readonly Generator[] = [
  { name: "abi", module: "scripts/generate/abi.ts", export: "generateAbi", writes: "node/chain/generated/abi.ts" },
  { name: "fetchers", module: "scripts/generate/fetchers.ts", export: "buildFetchers", writes: "fetchers/*/build" },
  {
    name: "notices",
    module: "scripts/generate/notices.ts",
    export: "generateNotices",
    writes: "THIRD-PARTY-NOTICES.md",
  },
];

/** Loads a generator's function; undefined where its module is not there. */
export async function loadGenerator(generator: Generator, root = ROOT): Promise<Generate | undefined> {
  const file = path.join(root, generator.module);
  if (!existsSync(file)) return undefined;
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const generate = module[generator.export];
  if (typeof generate !== "function")
    throw new TypeError(`${generator.module} exports no function ${generator.export}`);
  return generate as Generate;
}
