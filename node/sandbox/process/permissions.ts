import { existsSync, lstatSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** What the sandbox process may read: the sandbox's sources and the core's, which know no secret. */
const SOURCES = ["../../../package.json", "../../../core/", "../"];
interface ImportedPackage {
  readonly name: string;
  /** The package that imports it, if we do not: npm may give that one another version than ours. */
  readonly importer?: string;
}

/** Packages that it imports, and those that these import. */
const PACKAGES: readonly ImportedPackage[] = [
  { name: "@bjorn3/browser_wasi_shim" },
  { name: "@bytecodealliance/jco-transpile" },
  { name: "@bytecodealliance/preview2-shim", importer: "@bytecodealliance/jco-transpile" },
];

/** Node's permission model: read the own sources, start threads, nothing else; and no evaluation of text. */
export function permissionFlags(): string[] {
  const readable = new Set([...SOURCES.map(sourcePath), ...PACKAGES.flatMap(packageFolders)]);
  // PERM0006: workers weaken the permission model. Known: it is the second wall, WebAssembly is the first.
  return [
    "--permission",
    "--allow-worker",
    // Nothing in the process makes code out of text; the glue of components must not be able to.
    "--disallow-code-generation-from-strings",
    ...Array.from(readable, (file) => `--allow-fs-read=${file}`),
    "--disable-warning=PERM0006",
    // Types are stripped by an API that Node calls experimental, as it calls running TypeScript.
    "--disable-warning=ExperimentalWarning",
  ];
}

function sourcePath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/**
 * Where Node looks for a package, and where that leads if there are links on the way, which it reads as well. A package
 * that is not there, or is inside its importer, which may be read, needs no permission.
 */
function packageFolders({ name, importer }: ImportedPackage): string[] {
  const from = importer === undefined ? sourcePath(".") : lookUp(importer, sourcePath("."));
  const found = from === undefined ? undefined : lookUp(name, realpathSync(from));
  if (found === undefined || (from !== undefined && found.startsWith(realpathSync(from)))) return [];
  const onTheWay = ancestors(found).filter((folder) => folder.includes("node_modules"));
  const links = onTheWay.filter((folder) => lstatSync(folder).isSymbolicLink());
  // Links first: Node forgets a path that is given after one below it.
  return [...links, ...new Set([`${found}${path.sep}`, `${realpathSync(found)}${path.sep}`])];
}

function lookUp(name: string, from: string): string | undefined {
  return ancestors(from)
    .map((folder) => path.join(folder, "node_modules", name))
    .find((folder) => existsSync(folder));
}

function ancestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
