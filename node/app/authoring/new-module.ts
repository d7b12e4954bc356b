import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../../core/errors/quorate-error.ts";

export type NewModuleError =
  | { readonly code: "module-name-invalid"; readonly name: string }
  | { readonly code: "folder-not-empty"; readonly folder: string };

export interface NewModuleOptions {
  readonly name: string;
  readonly language: string;
  /** Made if it is not there. */
  readonly folder: string;
}

/** What a language's project has besides its template: the SDK, so that the project needs nothing else. */
interface Kit {
  readonly program: string;
  readonly sdk?: { readonly from: string; readonly to: string };
}

const SDK = fileURLToPath(new URL("../../../sdk/guest", import.meta.url));
const SDK_LICENSE = path.join(SDK, "../LICENSE");
const TEMPLATES = path.join(SDK, "templates");

/** Stands for the name, so that the templates are programs and documents as they are. */
const NAME_IN_TEMPLATES = "fetcher-name";

const KITS: Readonly<Record<string, Kit>> = {
  assemblyscript: { program: "assembly/index.ts", sdk: { from: "assembly", to: "assembly/quorate" } },
  c: { program: `src/${NAME_IN_TEMPLATES}.c`, sdk: { from: "c/quorate.h", to: "src/quorate.h" } },
  rust: { program: "src/lib.rs", sdk: { from: "rust", to: "quorate-guest" } },
  "wasi-c": { program: "src/main.c" },
  other: { program: "" },
};
/** As a manifest takes it. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Writes a project that builds and passes its tests as it is, anywhere.
 * @returns the files, relative to the folder.
 * @throws QuorateError<NewModuleError> where something would be overwritten.
 */
export async function newModule({ name, language, folder }: NewModuleOptions): Promise<string[]> {
  const kit = KITS[language] ?? { program: "" };
  if (!NAME.test(name)) {
    const message = `${name} cannot be a fetcher's name: begin with a-z, go on with a-z, 0-9 and -, up to 64 characters`;
    throw new QuorateError<NewModuleError>({ code: "module-name-invalid", name }, message);
  }
  if (existsSync(folder) && (await readdir(folder)).length > 0) {
    const message = `${folder} is not empty: name another folder with --dir`;
    throw new QuorateError<NewModuleError>({ code: "folder-not-empty", folder }, message);
  }
  const filled = (text: string) => text.replaceAll("the-program", kit.program).replaceAll(NAME_IN_TEMPLATES, name);
  const written = new Set<string>();
  // A language's own files stand in place of the shared ones.
  for (const template of ["shared", language]) {
    const root = path.join(TEMPLATES, template);
    for (const entry of await filesBelow(root)) {
      const file = filled(entry);
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), filled(await readFile(path.join(root, entry), "utf8")));
      written.add(file);
    }
  }
  if (kit.sdk !== undefined) {
    await cp(path.join(SDK, kit.sdk.from), path.join(folder, kit.sdk.to), { recursive: true });
    await cp(SDK_LICENSE, path.join(folder, "SDK-LICENSE"));
    written.add(kit.sdk.to).add("SDK-LICENSE");
  }
  return [...written].sort();
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}
