import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import type { BuildErrorData } from "./build-errors.ts";

/** Languages that `module build` compiles. Those that begin with `wasi` become command modules, the others reactors. */
export const LANGUAGES = ["assemblyscript", "c", "rust", "wasi-c", "wasi-rust"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Project {
  /** Absolute. */
  readonly folder: string;
  readonly language: Language;
  /** Relative to the folder. */
  readonly entry: string;
}

/** A program is told by where it stands: each language has one usual place. */
const ENTRIES: readonly (readonly [entry: string, language: Language])[] = [
  ["assembly/index.ts", "assemblyscript"],
  ["src/lib.rs", "rust"],
  ["src/main.rs", "wasi-rust"],
  ["src/main.c", "wasi-c"],
];

/** @throws QuorateError `language-unknown` for a folder that holds no program, or several in C of which none is main. */
export function detectProject(folder: string): Project {
  const found = ENTRIES.find(([entry]) => existsSync(path.join(folder, entry)));
  if (found !== undefined) return { folder, entry: found[0], language: found[1] };
  const sources = existsSync(path.join(folder, "src")) ? readdirSync(path.join(folder, "src")) : [];
  const [source, ...more] = sources.filter((name) => name.endsWith(".c"));
  if (source !== undefined && more.length === 0) return { folder, entry: `src/${source}`, language: "c" };
  throw new QuorateError<BuildErrorData>(
    { code: "language-unknown", folder },
    `${folder} holds no program that can be built: put it into assembly/index.ts (AssemblyScript), src/<name>.c (C), src/lib.rs (Rust), or src/main.c or src/main.rs (WASI); name a module made elsewhere with --wasm`,
  );
}
